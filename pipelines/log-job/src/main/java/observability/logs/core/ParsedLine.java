package observability.logs.core;

import java.util.Arrays;

/** What one line said, as far as it is kept; used again for the next line. */
final class ParsedLine {
    /** A String, Long, Double, Boolean or List of these for each slot of the layout; null where nothing is kept. */
    final Object[] values;

    /** Names in the line, at every depth. */
    int fields;

    /** Names whose values are not kept; what is inside them is not counted again. */
    int dropped;

    /** The address to be replaced by its place. */
    String address;

    ParsedLine(int slots) {
        values = new Object[slots];
    }

    void clear() {
        Arrays.fill(values, null);
        fields = 0;
        dropped = 0;
        address = null;
    }
}
