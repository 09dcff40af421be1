package observability.logs.core;

import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneOffset;

/** Parses and formats timestamps, in milliseconds since 1970; by hand, since each line has one. */
final class Timestamps {
    /** Numbers below are seconds: as milliseconds they would be before March 1973, as seconds they reach to 5138. */
    private static final long SECONDS_BELOW = 100_000_000_000L;

    private static final long LAST = 253_402_300_799_999L; // the end of the year 9999

    private Timestamps() {}

    /**
     * Parses ISO 8601: "T" or a space between, point or comma before the fraction, "Z", an offset, or none for UTC.
     *
     * @throws DateTimeException when the text is no such time
     */
    static long parse(String text) {
        if (text.length() < 19 || text.length() > 40) {
            throw new DateTimeException("length");
        }
        expect(text, 4, '-');
        expect(text, 7, '-');
        char between = text.charAt(10);
        if (between != 'T' && between != 't' && between != ' ') {
            throw new DateTimeException("separator");
        }
        expect(text, 13, ':');
        expect(text, 16, ':');
        int second = number(text, 17, 19);
        long day = LocalDate.of(number(text, 0, 4), number(text, 5, 7), number(text, 8, 10)).toEpochDay();
        int hour = below(number(text, 11, 13), 24);
        int minute = below(number(text, 14, 16), 60);
        // A leap second becomes the one before it, as clocks in cloud providers have it.
        long millis = ((day * 24 + hour) * 60 + minute) * 60_000 + Math.min(below(second, 61), 59) * 1000L;
        int at = 19;
        if (at < text.length() && (text.charAt(at) == '.' || text.charAt(at) == ',')) {
            int end = at + 1;
            while (end < text.length() && digit(text.charAt(end))) {
                end++;
            }
            millis += fraction(text, at + 1, end);
            at = end;
        }
        return inRange(millis - offset(text, at));
    }

    /** Converts seconds or milliseconds since 1970 to milliseconds. */
    static long parse(double number) {
        if (!(number >= 0)) {
            throw new DateTimeException("number");
        }
        return inRange((long) (number < SECONDS_BELOW ? Math.floor(number * 1000 + 1e-6) : number));
    }

    private static long inRange(long millis) {
        if (millis < 0 || millis > LAST) {
            throw new DateTimeException("range");
        }
        return millis;
    }

    private static int fraction(String text, int from, int to) {
        if (from == to) {
            throw new DateTimeException("fraction");
        }
        int millis = 0;
        for (int i = from; i < from + 3; i++) {
            millis = millis * 10 + (i < to ? text.charAt(i) - '0' : 0);
        }
        return millis;
    }

    /** Returns the offset from UTC in milliseconds: of "Z", "+02:00", "+0200", "+02". */
    private static long offset(String text, int at) {
        int left = text.length() - at;
        if (left == 0 || left == 1 && (text.charAt(at) == 'Z' || text.charAt(at) == 'z')) {
            return 0;
        }
        char sign = text.charAt(at);
        if (sign != '+' && sign != '-' || left != 3 && left != 5 && left != 6) {
            throw new DateTimeException("offset");
        }
        if (left == 6) {
            expect(text, at + 3, ':');
        }
        int minutes = below(number(text, at + 1, at + 3), 24) * 60;
        minutes += left == 3 ? 0 : below(number(text, text.length() - 2, text.length()), 60);
        return (sign == '-' ? -minutes : minutes) * 60_000L;
    }

    private static int number(String text, int from, int to) {
        int found = 0;
        for (int i = from; i < to; i++) {
            if (!digit(text.charAt(i))) {
                throw new DateTimeException("digit");
            }
            found = found * 10 + text.charAt(i) - '0';
        }
        return found;
    }

    private static int below(int found, int limit) {
        if (found >= limit) {
            throw new DateTimeException("range");
        }
        return found;
    }

    private static boolean digit(char found) {
        return found >= '0' && found <= '9';
    }

    private static void expect(String text, int at, char expected) {
        if (text.charAt(at) != expected) {
            throw new DateTimeException("form");
        }
    }

    /** Formats as "2026-01-29T10:30:00.123Z". */
    static String format(long millis) {
        LocalDateTime time = utc(millis);
        StringBuilder out = new StringBuilder(24).append(date(time, '-')).append('T');
        two(out, time.getHour()).append(':');
        two(out, time.getMinute()).append(':');
        two(out, time.getSecond()).append('.');
        int fraction = (int) Math.floorMod(millis, 1000L);
        out.append((char) ('0' + fraction / 100));
        return two(out, fraction % 100).append('Z').toString();
    }

    static LocalDateTime utc(long millis) {
        int nanos = (int) Math.floorMod(millis, 1000L) * 1_000_000;
        return LocalDateTime.ofEpochSecond(Math.floorDiv(millis, 1000L), nanos, ZoneOffset.UTC);
    }

    /** Formats a date as "2026-01-29", with the given separator. */
    static String date(LocalDateTime time, char between) {
        StringBuilder out = new StringBuilder(10);
        two(out, time.getYear() / 100);
        two(out, time.getYear() % 100).append(between);
        two(out, time.getMonthValue()).append(between);
        return two(out, time.getDayOfMonth()).toString();
    }

    static StringBuilder two(StringBuilder out, int number) {
        return out.append((char) ('0' + number / 10)).append((char) ('0' + number % 10));
    }
}
