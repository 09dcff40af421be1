package observability.logs.core;

import com.google.re2j.Matcher;
import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import java.util.List;
import java.util.Map;

/**
 * Masks the matches of the declared patterns, in their order. The exact engine (RE2: linear in the text, whatever the
 * expression) runs only those that the prefilter has as candidates.
 */
final class Patterns {

    private record Entry(Pattern expression, String replacement, boolean cards) {}

    private final List<Entry> entries;
    private final Prefilter prefilter;

    /** Compiles the section `patterns` of job.json. */
    Patterns(List<Map<String, Object>> section) {
        entries = section.stream().map(Patterns::entry).toList();
        prefilter = new Prefilter(section.stream().map(one -> Json.text(one, "expression")).toList());
    }

    private static Entry entry(Map<String, Object> one) {
        try {
            Pattern expression = Pattern.compile(Json.text(one, "expression"));
            return new Entry(expression, Json.text(one, "replacement"), "luhn".equals(one.get("check")));
        } catch (PatternSyntaxException wrong) {
            throw new ConfigException("job.json: patterns: " + one.get("name") + ": expected an expression of RE2: "
                    + wrong.getMessage(), wrong);
        }
    }

    /** Returns the text with all matches replaced; the very same object where there are none. */
    String mask(String text) {
        long candidates = prefilter.candidates(text);
        String masked = text;
        for (int i = 0; candidates >>> i != 0 && i < entries.size(); i++) {
            if ((candidates >>> i & 1) != 0) {
                String before = masked;
                masked = replace(entries.get(i), masked);
                if (before != masked) {
                    // What was put in, and what has come together, may be another pattern's.
                    candidates |= prefilter.candidates(masked);
                }
            }
        }
        return masked;
    }

    private static String replace(Entry entry, String text) {
        Matcher matcher = entry.expression.matcher(text);
        StringBuilder out = null;
        int done = 0;
        int from = 0;
        while (from <= text.length() && matcher.find(from)) {
            int start = matcher.start();
            int end = entry.cards ? Cards.end(text, start) : matcher.end();
            String replacement = entry.cards ? Cards.mask(text, start, end, entry.replacement) : entry.replacement;
            if (replacement != null) {
                out = out == null ? new StringBuilder(text.length()) : out;
                out.append(text, done, start).append(replacement);
                done = end;
            }
            from = Math.max(end, start + 1);
        }
        return out == null ? text : out.append(text, done, text.length()).toString();
    }
}
