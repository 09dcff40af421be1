package observability.logs.core;

import java.util.BitSet;

/**
 * Parses a regular expression into an automaton that accepts at least what the expression matches: word boundaries and
 * upper bounds of long repetitions are left out. That is enough to say "nothing here" for sure. What it does not know,
 * it refuses; the caller then takes the exact engine for that pattern.
 */
final class Expression {
    /** Repetitions beyond are not counted: "at least so many" becomes "at least this many". */
    private static final int MOST_COPIES = 24;

    private final String text;
    private final boolean anyCase;
    private final Nfa nfa;
    private int at;

    private Expression(String text, Nfa nfa) {
        this.anyCase = text.startsWith("(?i)");
        this.text = anyCase ? text.substring(4) : text;
        this.nfa = nfa;
    }

    /** Adds the expression between a start state and a new one, which accepts the pattern of that number. */
    static void add(String text, Nfa nfa, int start, int pattern) {
        Expression expression = new Expression(text, nfa);
        int end = expression.alternatives(start);
        if (expression.at < expression.text.length()) {
            throw new UnsupportedOperationException("at " + expression.at);
        }
        nfa.accept(end, pattern);
    }

    private int alternatives(int start) {
        int end = nfa.state();
        while (true) {
            nfa.leads(sequence(start), end);
            if (!more() || peek() != '|') {
                return end;
            }
            at++;
        }
    }

    private int sequence(int start) {
        int state = start;
        while (more() && peek() != '|' && peek() != ')') {
            state = repeated(state);
        }
        return state;
    }

    /** Parses one element and its quantifier: "*", "+", "?" or "{2,5}". */
    private int repeated(int start) {
        int from = at;
        int isolated = nfa.state();
        nfa.leads(start, isolated);
        int once = element(isolated);
        int until = at;
        int[] times = times();
        int after = at;
        int state = once;
        if (times[0] == 0) {
            int skipped = nfa.state();
            nfa.leads(isolated, skipped);
            nfa.leads(once, skipped);
            state = skipped;
        }
        for (int copy = 1; copy < Math.min(times[0], MOST_COPIES); copy++) {
            at = from;
            isolated = nfa.state();
            nfa.leads(state, isolated);
            once = element(isolated);
            state = once;
            assert at == until;
        }
        if (times[1] != 1 && times[1] != times[0]) {
            nfa.leads(once, isolated);
        }
        at = after;
        return state;
    }

    private int[] times() {
        if (!more()) {
            return new int[] {1, 1};
        }
        int[] found;
        switch (peek()) {
            case '*' -> found = new int[] {0, Integer.MAX_VALUE};
            case '+' -> found = new int[] {1, Integer.MAX_VALUE};
            case '?' -> found = new int[] {0, 1};
            case '{' -> {
                int end = text.indexOf('}', at);
                String[] bounds = text.substring(at + 1, end).split(",", -1);
                int least = Integer.parseInt(bounds[0]);
                int most = bounds.length == 1 ? least
                        : bounds[1].isEmpty() ? Integer.MAX_VALUE : Integer.parseInt(bounds[1]);
                found = new int[] {least, most};
                at = end;
            }
            default -> {
                return new int[] {1, 1};
            }
        }
        at++;
        if (more() && (peek() == '?' || peek() == '+' || peek() == '*' || peek() == '{')) {
            throw new UnsupportedOperationException("repetition of a repetition at " + at);
        }
        return found;
    }

    private int element(int start) {
        char c = text.charAt(at++);
        switch (c) {
            case '(':
                if (more() && peek() == '?') {
                    if (!text.startsWith("?:", at)) {
                        throw new UnsupportedOperationException("group at " + at);
                    }
                    at += 2;
                }
                int end = alternatives(start);
                at++; // the closing bracket
                return end;
            case '[':
                return nfa.consume(start, charClass());
            case '.':
                return nfa.consume(start, all());
            case '\\':
                return escape(start);
            case '^', '$':
                return start;
            default:
                return nfa.consume(start, cased(only(c)));
        }
    }

    private int escape(int start) {
        char c = text.charAt(at++);
        if (c == 'b' || c == 'B') {
            return start;
        }
        return nfa.consume(start, cased(escaped(c)));
    }

    private static BitSet escaped(char c) {
        BitSet found = new BitSet();
        switch (c) {
            case 't' -> found.set('\t');
            case 'r' -> found.set('\r');
            case 'n' -> found.set('\n');
            case 'd' -> found.set('0', '9' + 1);
            default -> {
                if (Character.isLetterOrDigit(c)) {
                    throw new UnsupportedOperationException("escape " + c);
                }
                return only(c);
            }
        }
        return found;
    }

    private BitSet charClass() {
        boolean negated = peek() == '^';
        at += negated ? 1 : 0;
        BitSet found = new BitSet();
        boolean first = true;
        while (first || peek() != ']') {
            first = false;
            char c = text.charAt(at++);
            if (c == '[' && peek() == ':' || c == '&' && peek() == '&') {
                throw new UnsupportedOperationException("class at " + at);
            }
            BitSet one = c == '\\' ? escaped(text.charAt(at++)) : only(c);
            if (one.cardinality() == 1 && peek() == '-' && text.charAt(at + 1) != ']') {
                at++;
                char last = text.charAt(at++);
                int end = last == '\\' ? escaped(text.charAt(at++)).nextSetBit(0) : symbol(last);
                one.set(one.nextSetBit(0), end + 1);
            }
            found.or(one);
        }
        at++;
        BitSet wanted = cased(found);
        if (negated) {
            wanted.flip(0, Nfa.SYMBOLS);
            wanted.set(Nfa.OTHER); // of the others, a class can only leave out some
        }
        return wanted;
    }

    /** Adds the other case of each letter where case is ignored; beyond ASCII there are letters that fold to "k" and "s". */
    private BitSet cased(BitSet found) {
        if (anyCase) {
            for (int c = 'a'; c <= 'z'; c++) {
                if (found.get(c) || found.get(c - 32)) {
                    found.set(c);
                    found.set(c - 32);
                    if (c == 'k' || c == 's') {
                        found.set(Nfa.OTHER);
                    }
                }
            }
        }
        return found;
    }

    private static BitSet all() {
        BitSet found = new BitSet();
        found.set(0, Nfa.SYMBOLS);
        return found;
    }

    private static BitSet only(char c) {
        BitSet found = new BitSet();
        found.set(symbol(c));
        return found;
    }

    static int symbol(char c) {
        return c < Nfa.OTHER ? c : Nfa.OTHER;
    }

    private boolean more() {
        return at < text.length();
    }

    private char peek() {
        return text.charAt(at);
    }
}
