package observability.logs.core;

import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** The compiled job.json: the catalog's rules on logs. */
public final class Job {
    private static final long VERSION = 1;

    final String environment;
    final Limits limits;
    final Map<String, String> levels;
    final Set<String> categories;
    final Map<String, Stream> streams;
    final Map<String, Object> raw;

    private Job(Map<String, Object> raw) {
        if (!Long.valueOf(VERSION).equals(raw.get("version"))) {
            throw new ConfigException("job.json: version: expected " + VERSION + ", found " + raw.get("version")
                    + ": compile it with the catalog of the image's own release");
        }
        this.raw = raw;
        environment = Json.text(raw, "environment");
        limits = Limits.of(Json.map(raw, "limits"));
        levels = Json.strings(Json.map(raw, "levels"));
        categories = Set.copyOf(Json.list(raw, "categories"));
        streams = Stream.all(raw);
    }

    /**
     * Parses a compiled job.json.
     *
     * @throws ConfigException when it is not of the form that this release knows
     */
    public static Job of(byte[] json) {
        return new Job(Json.read(json));
    }

    /** Returns the one schema's level for a workload's own, in any case of letters; null where there is none. */
    String level(String own) {
        String exact = levels.get(own);
        return exact != null ? exact : levels.get(own.toUpperCase(Locale.ROOT));
    }

    /** Returns the topics with raw lines. */
    public Set<String> topics() {
        return new TreeSet<>(streams.keySet());
    }

    /** Returns the topics for dead letters. */
    public Set<String> deadLetterTopics() {
        Set<String> found = new TreeSet<>();
        streams.values().forEach(stream -> found.add(stream.deadLetterTopic));
        return found;
    }
}
