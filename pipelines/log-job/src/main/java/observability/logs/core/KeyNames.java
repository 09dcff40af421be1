package observability.logs.core;

import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Matches the names of forbidden keys: "password" exactly, "*token" as an ending, whatever the separators. */
final class KeyNames {
    /** Longer words are no keys; what looks like one is cut, from the left, since endings count. */
    private static final int LONGEST = 128;

    private final Set<String> exact = new HashSet<>();
    private final List<String> endings;

    KeyNames(Collection<String> names) {
        names.stream().filter(name -> !name.startsWith("*")).map(KeyNames::normal).forEach(exact::add);
        endings = names.stream().filter(name -> name.startsWith("*")).map(KeyNames::normal).distinct().toList();
    }

    /** Returns a name in lower case, letters and digits only: X-Api-Key, api_key and apiKey are one name. */
    static String normal(String name) {
        StringBuilder out = new StringBuilder(name.length());
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (Character.isLetterOrDigit(c)) {
                out.append(c);
            }
        }
        return out.toString().toLowerCase(Locale.ROOT);
    }

    boolean contains(String key) {
        String name = normal(key.length() > LONGEST ? key.substring(key.length() - LONGEST) : key);
        if (name.isEmpty()) {
            return false;
        }
        if (exact.contains(name)) {
            return true;
        }
        for (String ending : endings) {
            if (name.endsWith(ending)) {
                return true;
            }
        }
        return false;
    }
}
