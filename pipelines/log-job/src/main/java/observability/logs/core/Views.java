package observability.logs.core;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** Decodes a text: percent signs of URLs, plus signs of forms, escapes of JSON in a string. */
final class Views {
    private Views() {}

    static boolean mayBeEncoded(String text) {
        return text.indexOf('%') >= 0 || text.indexOf('+') >= 0 || text.contains("\\u");
    }

    /** Decodes percent signs and JSON's escapes once; everything else stays. */
    static String decoded(String text) {
        String percent = text.indexOf('%') < 0 ? text : percent(text);
        return percent.contains("\\u") ? escapes(percent) : percent;
    }

    private static String percent(String text) {
        StringBuilder out = new StringBuilder(text.length());
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        int i = 0;
        while (i < text.length()) {
            int value = text.charAt(i) == '%' ? hex(text, i + 1, 2) : -1;
            if (value >= 0) {
                bytes.write(value);
                i += 3;
                continue;
            }
            flush(bytes, out);
            out.append(text.charAt(i++));
        }
        flush(bytes, out);
        return out.toString();
    }

    private static void flush(ByteArrayOutputStream bytes, StringBuilder out) {
        if (bytes.size() > 0) {
            out.append(bytes.toString(StandardCharsets.UTF_8));
            bytes.reset();
        }
    }

    private static String escapes(String text) {
        StringBuilder out = new StringBuilder(text.length());
        int i = 0;
        while (i < text.length()) {
            int value = text.startsWith("\\u", i) ? hex(text, i + 2, 4) : -1;
            out.append(value >= 0 ? (char) value : text.charAt(i));
            i += value >= 0 ? 6 : 1;
        }
        return out.toString();
    }

    private static int hex(String text, int from, int digits) {
        if (from + digits > text.length()) {
            return -1;
        }
        int value = 0;
        for (int i = from; i < from + digits; i++) {
            int digit = Character.digit(text.charAt(i), 16);
            if (digit < 0) {
                return -1;
            }
            value = value * 16 + digit;
        }
        return value;
    }
}
