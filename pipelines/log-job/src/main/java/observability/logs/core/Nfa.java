package observability.logs.core;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/** A nondeterministic automaton of several expressions, over ASCII and one symbol for all else. */
final class Nfa {
    /** The symbol of every character that is not ASCII. */
    static final int OTHER = 128;

    static final int SYMBOLS = OTHER + 1;

    /** The symbols that a state consumes; null for a state without. */
    private final List<BitSet> symbols = new ArrayList<>();

    private final List<int[]> next = new ArrayList<>();
    private final List<Integer> accepts = new ArrayList<>();

    int state() {
        symbols.add(null);
        next.add(new int[0]);
        accepts.add(-1);
        return symbols.size() - 1;
    }

    void leads(int from, int to) {
        int[] before = next.get(from);
        int[] after = java.util.Arrays.copyOf(before, before.length + 1);
        after[before.length] = to;
        next.set(from, after);
    }

    /** Adds a state that consumes one of the symbols; returns the state after it. */
    int consume(int from, BitSet wanted) {
        int reads = state();
        int after = state();
        leads(from, reads);
        symbols.set(reads, wanted);
        leads(reads, after);
        return after;
    }

    void accept(int state, int pattern) {
        accepts.set(state, pattern);
    }

    int size() {
        return symbols.size();
    }

    /** Returns the pattern that has matched when this state is reached, or -1. */
    int accepted(int state) {
        return accepts.get(state);
    }

    BitSet symbols(int state) {
        return symbols.get(state);
    }

    /** Adds to the set all states that can be reached from one without input. */
    void reach(int from, BitSet found) {
        int[] stack = new int[size()];
        int depth = 0;
        if (!found.get(from)) {
            found.set(from);
            stack[depth++] = from;
        }
        while (depth > 0) {
            int state = stack[--depth];
            if (symbols.get(state) != null) {
                continue;
            }
            for (int to : next.get(state)) {
                if (!found.get(to)) {
                    found.set(to);
                    stack[depth++] = to;
                }
            }
        }
    }

    /** Returns the state after a consuming state. */
    int after(int state) {
        return next.get(state)[0];
    }
}
