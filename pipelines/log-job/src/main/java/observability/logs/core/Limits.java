package observability.logs.core;

import java.util.Map;

/** What a line may be at most; the figures are the catalog's. */
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
