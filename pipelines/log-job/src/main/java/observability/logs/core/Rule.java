package observability.logs.core;

import java.util.Locale;
import java.util.Map;

/**
 * The rule on a field: its type and its treatment.
 *
 * @param name the dotted name of the one schema
 * @param target the dotted name in the document: the name itself, or that of its hash
 * @param domain the kind of a hashed id: equal ids of two kinds hash differently
 * @param hex how many hexadecimal digits an integer id gets; 0 where it stays decimal
 * @param items the type of an array's items; null for others
 */
record Rule(String name, Type type, Treat treat, String target, String domain, int hex, Type items, boolean required) {

    /** The type of the value. */
    enum Type { TIMESTAMP, LEVEL, ID, STRING, TEXT, NUMBER, INTEGER, BOOLEAN, IP, ARRAY }

    /** What becomes of it. */
    enum Treat { KEEP, HASH, GEO, DROP }

    static Rule of(String name, Map<String, Object> entry) {
        Treat treat = Treat.valueOf(Json.text(entry, "treat", "keep").toUpperCase(Locale.ROOT));
        String target = Json.text(entry, "into", name);
        String items = Json.text(entry, "items", null);
        return new Rule(
                name,
                type(name, Json.text(entry, "type", "")),
                treat,
                target,
                Json.text(entry, "domain", kind(target)),
                entry.get("hex") == null ? 0 : Json.integer(entry, "hex"),
                items == null ? null : type(name, items),
                Boolean.TRUE.equals(entry.get("required")));
    }

    /** Returns the kind of id in a target: of "context.user_id_hash", a user. */
    private static String kind(String target) {
        return target.substring(target.lastIndexOf('.') + 1).replaceFirst("(_id)?_hash$", "");
    }

    private static Type type(String name, String found) {
        try {
            return Type.valueOf(found.toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException unknown) {
            throw new ConfigException("job.json: " + name + ": type: expected one that stands for a value, found '"
                    + found + "': name what is in an object by dotted names", unknown);
        }
    }
}
