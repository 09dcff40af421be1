package observability.logs.core;

/** Redacts one string, as it stands and decoded. */
final class Redactor {
    /** How often a text may have been encoded: once by a client, once by a proxy, once by a logger. */
    private static final int ROUNDS = 3;

    /** Characters that are read past the kept length, so that a secret cut in two is still recognised. */
    private static final int MARGIN = 1024;

    private final Patterns patterns;
    private final AssignedKeys keys;
    private final int longest;

    Redactor(Patterns patterns, KeyNames names, int longest) {
        this.patterns = patterns;
        this.keys = new AssignedKeys(names);
        this.longest = longest;
    }

    /** Returns the redacted string, cut to the allowed length. */
    String redact(String text) {
        return redact(text, longest);
    }

    String redact(String text, int most) {
        boolean cut = text.length() > most + MARGIN;
        String masked = mask(cut ? text.substring(0, most + MARGIN) : text);
        if (cut) {
            masked = masked.substring(0, lastBlank(masked));
        }
        return valid(masked.length() > most ? masked.substring(0, most) : masked);
    }

    /** Returns where the last whole word of a cut text ends: the rest may be half a secret. */
    private static int lastBlank(String text) {
        int least = Math.max(0, text.length() - MARGIN);
        for (int i = text.length() - 1; i > least; i--) {
            if (Character.isWhitespace(text.charAt(i))) {
                return i;
            }
        }
        return least;
    }

    private String mask(String text) {
        String masked = patterns.mask(keys.mask(text));
        if (!Views.mayBeEncoded(masked)) {
            return masked;
        }
        String view = masked;
        for (int round = 0; round <= ROUNDS; round++) {
            // The last look is at forms, which write a blank as a plus sign.
            String decoded = round < ROUNDS ? Views.decoded(view) : view.replace('+', ' ');
            view = patterns.mask(keys.mask(decoded));
            if (!view.equals(decoded)) {
                masked = view;
            }
        }
        return masked;
    }

    /** Replaces half a character, which JSON's escapes or a cut can leave, since it is no UTF-8. */
    private static String valid(String text) {
        StringBuilder out = null;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (!Character.isSurrogate(c)) {
                continue;
            }
            if (Character.isHighSurrogate(c) && i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))) {
                i++;
                continue;
            }
            out = out == null ? new StringBuilder(text) : out;
            out.setCharAt(i, '\uFFFD');
        }
        return out == null ? text : out.toString();
    }
}
