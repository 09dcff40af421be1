package observability.logs.core;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Finds in one pass the patterns that may match in a text; mostly none. The automaton's states are made when they
 * are first needed, and thrown away when they become too many, so that neither time nor memory depends on the text.
 * Not for several threads at once.
 */
final class Prefilter {
    /** Of 4 bytes times the classes of symbols each, some hundred: a few megabytes. Real logs need hundreds. */
    private static final int MOST_STATES = 8_192;

    private static final int UNKNOWN = -1;

    private final Nfa nfa = new Nfa();
    private final int start;
    private final long always;
    private final int[] classOf = new int[Nfa.SYMBOLS];
    private final int classes;
    private final Map<BitSet, Integer> numbers = new HashMap<>();
    private final List<BitSet> sets = new ArrayList<>();
    private int[] next = new int[0];
    private long[] matched = new long[0];

    /** Compiles up to 64 expressions; those that it cannot parse always "may match". */
    Prefilter(List<String> expressions) {
        if (expressions.size() > Long.SIZE) {
            throw new ConfigException("job.json: patterns: expected up to 64, found " + expressions.size());
        }
        start = nfa.state();
        long unread = 0;
        for (int i = 0; i < expressions.size(); i++) {
            int own = nfa.state();
            try {
                Expression.add(expressions.get(i), nfa, own, i);
                nfa.leads(start, own);
            } catch (UnsupportedOperationException unknown) {
                unread |= 1L << i;
            }
        }
        always = unread;
        classes = divide();
        forget();
    }

    /** Returns one bit for each pattern that may match somewhere in the text. */
    long candidates(CharSequence text) {
        int state = 0;
        long found = always;
        for (int i = 0; i < text.length(); i++) {
            int symbol = classOf[Expression.symbol(text.charAt(i))];
            int to = next[state * classes + symbol];
            if (to == UNKNOWN) {
                to = step(state, symbol);
            }
            state = to;
            found |= matched[state];
        }
        return found;
    }

    /** Groups symbols that every state treats alike: the tables become a fifth. */
    private int divide() {
        Map<BitSet, Integer> found = new HashMap<>();
        for (int symbol = 0; symbol < Nfa.SYMBOLS; symbol++) {
            BitSet readers = new BitSet();
            for (int state = 0; state < nfa.size(); state++) {
                readers.set(state, nfa.symbols(state) != null && nfa.symbols(state).get(symbol));
            }
            classOf[symbol] = found.computeIfAbsent(readers, unseen -> found.size());
        }
        return found.size();
    }

    private void forget() {
        numbers.clear();
        sets.clear();
        BitSet first = new BitSet();
        nfa.reach(start, first);
        number(first);
    }

    private int step(int from, int symbolClass) {
        BitSet before = sets.get(from);
        if (sets.size() >= MOST_STATES) {
            forget();
            from = number(before);
        }
        int symbol = 0;
        while (classOf[symbol] != symbolClass) {
            symbol++;
        }
        BitSet after = new BitSet();
        for (int state = before.nextSetBit(0); state >= 0; state = before.nextSetBit(state + 1)) {
            BitSet wanted = nfa.symbols(state);
            if (wanted != null && wanted.get(symbol)) {
                nfa.reach(nfa.after(state), after);
            }
        }
        nfa.reach(start, after);
        int to = number(after);
        next[from * classes + symbolClass] = to;
        return to;
    }

    private int number(BitSet set) {
        Integer known = numbers.get(set);
        if (known != null) {
            return known;
        }
        int number = sets.size();
        sets.add(set);
        numbers.put(set, number);
        if ((number + 1) * classes > next.length) {
            next = Arrays.copyOf(next, Math.max(64, (number + 1) * 2) * classes);
            matched = Arrays.copyOf(matched, next.length / classes);
        }
        Arrays.fill(next, number * classes, (number + 1) * classes, UNKNOWN);
        matched[number] = 0;
        for (int state = set.nextSetBit(0); state >= 0; state = set.nextSetBit(state + 1)) {
            if (nfa.accepted(state) >= 0) {
                matched[number] |= 1L << nfa.accepted(state);
            }
        }
        return number;
    }
}
