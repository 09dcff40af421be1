package observability.logs.core;

import java.util.HashMap;
import java.util.Map;

/** The names that a stream's lines may have, as they are nested there; each leaf knows its rule and its place. */
final class SourceTree {
    private final Map<String, SourceTree> children = new HashMap<>();
    private Rule rule;
    private int slot = -1;

    /** Adds a dotted name; one that is both a value and an object of values is refused. */
    void add(String dotted, Rule itsRule, int itsSlot) {
        SourceTree node = this;
        for (String part : dotted.split("\\.")) {
            if (node.rule != null) {
                throw new ConfigException("job.json: " + dotted + ": expected an object, found " + node.rule.type());
            }
            node = node.children.computeIfAbsent(part, unseen -> new SourceTree());
        }
        if (!node.children.isEmpty()) {
            throw new ConfigException("job.json: " + dotted + ": expected a value, found an object of others");
        }
        node.rule = itsRule;
        node.slot = itsSlot;
    }

    /** Returns what is known of a name in here; null where it is to be dropped. */
    SourceTree child(String name) {
        return children.get(name);
    }

    /** Whether the name is known, and still nothing of it is kept. */
    boolean isDropped() {
        return rule != null && rule.treat() == Rule.Treat.DROP;
    }

    Rule rule() {
        return rule;
    }

    int slot() {
        return slot;
    }
}
