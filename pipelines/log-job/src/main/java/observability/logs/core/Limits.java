package observability.logs.core;

import java.util.Map;

/** The limits of a line, from the catalog. */
record Limits(int lineBytes, int depth, int fields, int stringChars, int futureSeconds, int prefixChars) {

    static Limits of(Map<String, Object> section) {
        return new Limits(
                Json.integer(section, "line_bytes"),
                Json.integer(section, "depth"),
                Json.integer(section, "fields"),
                Json.integer(section, "string_chars"),
                Json.integer(section, "future_seconds"),
                Json.integer(section, "prefix_chars"));
    }
}
