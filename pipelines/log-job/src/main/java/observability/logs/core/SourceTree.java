package observability.logs.core;

import java.util.HashMap;
import java.util.Map;

/** Maps the nested names of a stream's lines to their rules and slots. */
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

    /** Returns the entry of a name; null where the name is dropped. */
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
