package observability.logs.core;

/**
 * Masks the values of forbidden keys in text: "token=abc", "password: 'a b'", JSON inside a string however often
 * it was quoted, lists and objects included. Where a value's end is unclear, more goes rather than less.
 */
final class AssignedKeys {
    static final String REPLACEMENT = "[removed]";

    private final KeyNames names;

    AssignedKeys(KeyNames names) {
        this.names = names;
    }

    /** Returns the text with forbidden keys and their values replaced; the very same object where there are none. */
    String mask(String text) {
        StringBuilder out = null;
        int done = 0;
        for (int i = 1; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c != '=' && c != ':') {
                continue;
            }
            int key = keyStart(text, done, i);
            if (key < 0) {
                continue;
            }
            int end = valueEnd(text, i + 1, isQuote(text.charAt(lastOfKey(text, key, i))));
            out = out == null ? new StringBuilder(text.length()) : out;
            out.append(text, done, key).append(REPLACEMENT);
            done = end;
            i = end - 1;
        }
        return out == null ? text : out.append(text, done, text.length()).toString();
    }

    private static int lastOfKey(String text, int start, int separator) {
        int at = separator - 1;
        while (at > start && isBlank(text.charAt(at))) {
            at--;
        }
        return at;
    }

    /** Returns where the forbidden key before a separator begins, its quote left out; -1 where there is none. */
    private int keyStart(String text, int from, int separator) {
        int end = separator;
        while (end > from && (isBlank(text.charAt(end - 1)) || isQuote(text.charAt(end - 1)))) {
            end--;
        }
        int start = end;
        while (start > from && isOfKey(text.charAt(start - 1))) {
            start--;
        }
        return start < end && names.contains(text.substring(start, end)) ? start : -1;
    }

    private static int valueEnd(String text, int from, boolean keyWasQuoted) {
        int at = from;
        while (at < text.length() && (isBlank(text.charAt(at)) || text.charAt(at) == '=' || text.charAt(at) == '>')) {
            at++;
        }
        if (at == text.length()) {
            return at;
        }
        int quoted = quote(text, at);
        if (quoted >= 0) {
            return afterQuoted(text, at, quoted);
        }
        char c = text.charAt(at);
        if (c == '[' || c == '{' || c == '(') {
            return afterNested(text, at);
        }
        if (keyWasQuoted) {
            while (at < text.length() && ",}]\n".indexOf(text.charAt(at)) < 0) {
                at++;
            }
            return at;
        }
        int end = afterWord(text, at);
        // "Authorization: Bearer abc": the word says only what follows.
        boolean scheme = end - at <= 10 && end < text.length() && text.charAt(end) == ' '
                && text.substring(at, end).matches("(?i)bearer|basic|digest|token|apikey|negotiate");
        return scheme ? afterWord(text, end + 1) : end;
    }

    /** Returns the place of the quotation mark that opens here, past its backslashes; -1 where there is none. */
    private static int quote(String text, int from) {
        int at = from;
        while (at < text.length() && text.charAt(at) == '\\') {
            at++;
        }
        return at < text.length() && (text.charAt(at) == '"' || text.charAt(at) == '\'') ? at : -1;
    }

    /** Returns the end of a quoted value: the next such mark with as many backslashes before it. */
    private static int afterQuoted(String text, int from, int quote) {
        int slashes = quote - from;
        int counted = 0;
        for (int i = quote + 1; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == text.charAt(quote) && counted == slashes) {
                return i + 1;
            }
            counted = c == '\\' ? counted + 1 : 0;
        }
        return text.length();
    }

    private static int afterNested(String text, int from) {
        int depth = 0;
        for (int i = from; i < text.length(); i++) {
            int quoted = quote(text, i);
            if (quoted >= 0) {
                i = afterQuoted(text, i, quoted) - 1;
                continue;
            }
            char c = text.charAt(i);
            depth += c == '[' || c == '{' || c == '(' ? 1 : 0;
            depth -= c == ']' || c == '}' || c == ')' ? 1 : 0;
            if (depth == 0) {
                return i + 1;
            }
        }
        return text.length();
    }

    private static int afterWord(String text, int from) {
        int at = from;
        while (at < text.length() && !Character.isWhitespace(text.charAt(at)) && text.charAt(at) != '&') {
            at++;
        }
        return at;
    }

    private static boolean isOfKey(char c) {
        return Character.isLetterOrDigit(c) || c == '_' || c == '-';
    }

    private static boolean isBlank(char c) {
        return c == ' ' || c == '\t';
    }

    private static boolean isQuote(char c) {
        return c == '"' || c == '\'' || c == '\\' || c == ']';
    }
}
