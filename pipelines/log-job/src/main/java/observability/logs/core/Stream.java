package observability.logs.core;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** One stream of job.json: its topic, and the rules on its lines. */
final class Stream {
    final String name;
    final String workload;
    final String topic;
    final String deadLetterTopic;
    final String index;
    /** The prefix of its objects in S3: the bucket's lifecycle rules are by retention class. */
    final String folder;

    final boolean dropsText;
    final String defaultService;
    final Set<String> services;
    final String category;
    final Map<String, String> categories;
    final SourceTree sources = new SourceTree();
    final Layout layout = new Layout();
    final List<Rule> required = new ArrayList<>();
    /**
     * The keys whose values are masked in every string of this stream: the forbidden keys, and those whose values are
     * hashed.
     */
    final KeyNames keysInText;

    final int timestamp = layout.unwritten("timestamp");
    final int level = layout.slot("level");
    final int service = layout.slot("service");
    final int instance = layout.slot("instance");
    final int traceId = layout.slot("trace_id");
    final int requestId = layout.slot("request_id");
    final int event = layout.slot("event");
    final int ownCategory = layout.slot("category");
    final int[] geo = new int[Layout.GEO.length];

    Stream(Map<String, Object> entry, Map<String, Object> record, List<String> forbiddenEverywhere) {
        name = Json.text(entry, "name");
        workload = Json.text(entry, "workload");
        topic = Json.text(entry, "topic");
        deadLetterTopic = Json.text(entry, "dead_letter");
        index = Json.text(entry, "index");
        folder = Json.text(entry, "retention") + "/logs/workload=" + workload + "/service=";
        dropsText = "drop".equals(entry.get("text"));
        services = Set.copyOf(Json.list(entry, "services"));
        defaultService = Json.text(entry, "default_service", null);
        category = Json.text(entry, "category");
        categories = Json.strings(Json.map(entry, "categories"));
        for (int i = 0; i < geo.length; i++) {
            geo[i] = layout.slot(Layout.GEO[i]);
        }
        List<String> forbidden = new ArrayList<>(forbiddenEverywhere);
        forbidden.addAll(Json.list(entry, "forbidden"));
        KeyNames removed = new KeyNames(forbidden);
        Map<String, Rule> rules = rules(record, Json.map(entry, "fields"));
        rules.values().forEach(rule -> read(rule.name(), rule, removed));
        Json.strings(Json.map(entry, "aliases")).forEach((alias, target) -> {
            read(alias, known(rules, alias, target), removed);
            forbidden.addAll(sensitive(alias, rules.get(target)));
        });
        rules.values().forEach(rule -> forbidden.addAll(sensitive(rule.name(), rule)));
        rules.values().stream().filter(Rule::required).forEach(required::add);
        keysInText = new KeyNames(forbidden);
    }

    private static Map<String, Rule> rules(Map<String, Object> record, Map<String, Object> own) {
        Map<String, Rule> found = new LinkedHashMap<>();
        for (Map<String, Object> section : List.of(record, own)) {
            section.keySet().forEach(name -> found.put(name, Rule.of(name, Json.map(section, name))));
        }
        return found;
    }

    private Rule known(Map<String, Rule> rules, String alias, String target) {
        if (!rules.containsKey(target)) {
            throw new ConfigException("job.json: " + name + ": aliases: " + alias + ": expected a field, found " + target);
        }
        return rules.get(target);
    }

    /** Adds a name to read, unless one of its parts is a forbidden key: then it counts as unknown. */
    private void read(String source, Rule rule, KeyNames removed) {
        for (String part : source.split("\\.")) {
            if (removed.contains(part)) {
                return;
            }
        }
        boolean kept = rule.treat() == Rule.Treat.KEEP || rule.treat() == Rule.Treat.HASH;
        sources.add(source, rule, kept ? layout.slot(rule.target()) : -1);
    }

    /** Returns the field's key, for masking in text as well ("user_id=12345"), unless its value is kept. */
    private static List<String> sensitive(String source, Rule rule) {
        boolean kept = rule.treat() == Rule.Treat.KEEP;
        return kept ? List.of() : List.of(source.substring(source.lastIndexOf('.') + 1));
    }

    /** Returns the category of an event, else the line's own, else the stream's. */
    String category(Object itsEvent, Object said, Set<String> allowed) {
        String byEvent = itsEvent == null ? null : categories.get(itsEvent);
        if (byEvent != null) {
            return byEvent;
        }
        return said != null && allowed.contains(said) ? (String) said : category;
    }

    /** Returns streams by topic. */
    static Map<String, Stream> all(Map<String, Object> job) {
        Map<String, Stream> found = new HashMap<>();
        for (Map<String, Object> entry : Json.maps(job, "streams")) {
            Stream stream = new Stream(entry, Json.map(job, "record"), Json.list(job, "forbidden"));
            found.put(stream.topic, stream);
        }
        if (found.isEmpty()) {
            throw new ConfigException("job.json: streams: expected at least one");
        }
        return found;
    }
}
