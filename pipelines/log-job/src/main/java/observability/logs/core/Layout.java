package observability.logs.core;

import java.util.LinkedHashMap;
import java.util.Map;

/** Maps the dotted names of a document to slots, and keeps how they are nested. */
final class Layout {
    /** What the place of an address adds. */
    static final String[] GEO = {"geo.continent_code", "geo.country_code", "geo.country", "geo.region", "geo.city"};

    /** An object, or a leaf with a slot. */
    static final class Node {
        final Map<String, Node> children = new LinkedHashMap<>();
        int slot = -1;
    }

    private final Node root = new Node();
    private final Map<String, Integer> slots = new LinkedHashMap<>();

    /** Returns the slot of a name; a new one where it has none. */
    int slot(String dotted) {
        Integer known = slots.get(dotted);
        if (known != null) {
            return known;
        }
        Node node = root;
        for (String part : dotted.split("\\.")) {
            node = node.children.computeIfAbsent(part, unseen -> new Node());
        }
        node.slot = slots.size();
        slots.put(dotted, node.slot);
        return node.slot;
    }

    /** Returns the slot of a name that is read and not written. */
    int unwritten(String dotted) {
        return slots.computeIfAbsent(dotted, unseen -> slots.size());
    }

    int size() {
        return slots.size();
    }

    Node root() {
        return root;
    }
}
