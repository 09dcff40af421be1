package observability.logs.core;

import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Redacts the beginning of an unusable line, which helps to find the cause. Of what looks like JSON it shows the
 * structure, the names that the stream knows and the values that would have been kept as they are; of other text only
 * words without digits. Everything doubtful is left out.
 */
final class Prefix {
    /** Longer than what is shown, since much of it is replaced by shorter text. */
    private static final int READ_FACTOR = 4;

    private final Stream stream;
    private final Redactor redactor;
    private final int longest;

    Prefix(Stream stream, Redactor redactor, int longest) {
        this.stream = stream;
        this.redactor = redactor;
        this.longest = longest;
    }

    String of(byte[] line) {
        if (line == null || longest == 0) {
            return "";
        }
        int read = Math.min(line.length, longest * READ_FACTOR);
        String text = new String(line, 0, read, StandardCharsets.UTF_8);
        String start = text.stripLeading();
        String shown = start.startsWith("{") || start.startsWith("[") ? new Scan(text).shown() : words(text);
        return shown.length() > longest ? redactor.redact(shown, longest) : shown;
    }

    /** Returns words without digits; the last may be half a secret, and text with quoted names is a part of JSON. */
    private String words(String text) {
        if (stream.dropsText || text.contains("\":") || text.contains("\" :")) {
            return "";
        }
        StringBuilder out = new StringBuilder();
        String[] words = redactor.redact(text).split("\\s+");
        for (int i = 0; i < words.length; i++) {
            boolean last = i == words.length - 1;
            boolean plain = !last && words[i].chars().allMatch(c -> c < 128 && !Character.isDigit(c));
            out.append(i == 0 ? "" : " ").append(plain ? words[i] : "#");
        }
        return out.toString();
    }

    /** Scans the text once, with the names of the objects around each place. */
    private final class Scan {
        private final String text;
        private final StringBuilder out = new StringBuilder();
        private final Deque<SourceTree> around = new ArrayDeque<>();
        private SourceTree named = stream.sources;
        private int at;

        Scan(String text) {
            this.text = text;
        }

        String shown() {
            while (at < text.length() && step()) {
                // each step moves on
            }
            return out.toString();
        }

        private boolean step() {
            char c = text.charAt(at);
            if (Character.isWhitespace(c)) {
                at++;
                return true;
            }
            return switch (c) {
                case '{' -> open(c, named == null ? new SourceTree() : named);
                case '[' -> open(c, new SourceTree());
                case '}', ']' -> close(c);
                case ',' -> comma();
                case '"' -> string();
                default -> literal();
            };
        }

        private boolean open(char bracket, SourceTree inside) {
            around.push(inside);
            named = null;
            out.append(bracket);
            at++;
            return true;
        }

        private boolean close(char bracket) {
            if (around.poll() == null || around.isEmpty()) {
                return false;
            }
            named = null;
            out.append(bracket);
            at++;
            return true;
        }

        private boolean comma() {
            named = null;
            out.append(',');
            at++;
            return true;
        }

        private boolean string() {
            int end = at + 1;
            while (end < text.length() && text.charAt(end) != '"') {
                end += text.charAt(end) == '\\' ? 2 : 1;
            }
            if (end >= text.length() || around.isEmpty()) {
                return false;
            }
            String inside = text.substring(at + 1, end);
            at = end + 1;
            int next = at;
            while (next < text.length() && Character.isWhitespace(text.charAt(next))) {
                next++;
            }
            if (next < text.length() && text.charAt(next) == ':') {
                at = next + 1;
                return key(inside);
            }
            // Escapes and broken bytes could hide what a pattern would see: such a value is not shown.
            boolean shown = isPlain(named) && inside.indexOf('\\') < 0 && inside.indexOf('\uFFFD') < 0;
            out.append('"').append(shown ? redactor.redact(inside) : "…").append('"');
            return true;
        }

        private boolean key(String name) {
            boolean envelope = around.size() == 1 && name.equals("log");
            named = envelope ? stream.sources : around.peek().child(name);
            out.append('"').append(named == null ? "?" : name).append("\":");
            return true;
        }

        private boolean literal() {
            int end = at;
            while (end < text.length() && isOfLiteral(text.charAt(end))) {
                end++;
            }
            if (end == at || end == text.length()) {
                return false;
            }
            String word = text.substring(at, end);
            boolean constant = word.equals("true") || word.equals("false") || word.equals("null");
            boolean number = isNumber(named) && word.matches("-?\\d{1,11}(\\.\\d{1,9})?");
            out.append(constant || number ? word : "#");
            at = end;
            return true;
        }

        private static boolean isOfLiteral(char c) {
            return c < 128 && (Character.isLetterOrDigit(c) || c == '-' || c == '+' || c == '.');
        }

        private static boolean isPlain(SourceTree known) {
            if (known == null || known.rule() == null || known.rule().treat() != Rule.Treat.KEEP) {
                return false;
            }
            return switch (known.rule().type()) {
                case TIMESTAMP, LEVEL, ID, STRING -> true;
                default -> false;
            };
        }

        private static boolean isNumber(SourceTree known) {
            if (known == null || known.rule() == null || known.rule().treat() != Rule.Treat.KEEP) {
                return false;
            }
            return switch (known.rule().type()) {
                case NUMBER, INTEGER, TIMESTAMP -> true;
                default -> false;
            };
        }
    }
}
