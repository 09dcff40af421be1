package observability.logs.core;

/**
 * Masks card numbers, also among other numbers. An expression takes the longest run of digits: "45 4111 1111 1111
 * 1111" as a whole fails the checksum, and a part of it passes. So every stretch of whole groups is tried.
 */
final class Cards {
    private static final int SHORTEST = 12; // digits; ISO/IEC 7812-1 allows 10 to 19, schemes in use have 12 to 19
    private static final int LONGEST = 19;

    private Cards() {}

    /** Returns where the run of digits ends that begins here, with at most one blank or hyphen between two. */
    static int end(String text, int start) {
        int end = start;
        for (int i = start; i < text.length(); i++) {
            if (digit(text, i)) {
                end = i + 1;
            } else if (text.charAt(i) != ' ' && text.charAt(i) != '-' || i != end) {
                break;
            }
        }
        return end;
    }

    /** Returns the stretch with every card number in it replaced, or null where there is none. */
    static String mask(String text, int start, int end, String replacement) {
        StringBuilder out = new StringBuilder();
        int done = start;
        int at = start;
        while (at < end) {
            int card = begins(text, start, at) ? longest(text, at, end) : -1;
            if (card > 0) {
                out.append(text, done, at).append(replacement);
                done = card;
                at = card;
            } else {
                at++;
            }
        }
        return done == start ? null : out.append(text, done, end).toString();
    }

    private static boolean begins(String text, int start, int at) {
        return digit(text, at) && (at == start || !digit(text, at - 1));
    }

    /** Returns the end of the longest card number that begins here, or -1. */
    private static int longest(String text, int start, int end) {
        int digits = 0;
        int found = -1;
        for (int i = start; i < end && digits < LONGEST; i++) {
            digits += digit(text, i) ? 1 : 0;
            boolean groupEnds = digit(text, i) && (i + 1 == end || !digit(text, i + 1));
            if (groupEnds && digits >= SHORTEST && luhn(text, start, i + 1)) {
                found = i + 1;
            }
        }
        return found;
    }

    private static boolean digit(String text, int at) {
        return text.charAt(at) >= '0' && text.charAt(at) <= '9';
    }

    /** Returns whether the check digit of a card number is right (ISO/IEC 7812-1, annex B). */
    static boolean luhn(String text, int start, int end) {
        int sum = 0;
        boolean twice = false;
        for (int i = end - 1; i >= start; i--) {
            if (digit(text, i)) {
                int worth = (text.charAt(i) - '0') * (twice ? 2 : 1);
                sum += worth > 9 ? worth - 9 : worth;
                twice = !twice;
            }
        }
        return sum % 10 == 0;
    }
}
