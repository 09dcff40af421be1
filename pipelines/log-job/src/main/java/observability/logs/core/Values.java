package observability.logs.core;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.DateTimeException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Converts one JSON value by its rule; a value of another type refuses the line. */
final class Values {
    /** Whole numbers from here on may be card numbers: twelve digits, the shortest. */
    private static final double CARD_SIZED = 1e11;

    private final Redactor redactor;
    private final KeyedHash hash;
    private final boolean dropsText;

    Values(Redactor redactor, KeyedHash hash, boolean dropsText) {
        this.redactor = redactor;
        this.hash = hash;
        this.dropsText = dropsText;
    }

    /** Returns the current value of the parser; null where nothing of it is kept. */
    Object read(JsonParser parser, Rule rule) throws IOException, Refused {
        JsonToken token = parser.currentToken();
        if (rule.type() == Rule.Type.ARRAY) {
            return array(parser, rule);
        }
        if (rule.type() == Rule.Type.TIMESTAMP) {
            return timestamp(parser, rule);
        }
        if (!token.isScalarValue()) {
            throw wrong(rule, rule.type());
        }
        return scalar(parser, rule, rule.type());
    }

    private Object scalar(JsonParser parser, Rule rule, Rule.Type type) throws IOException, Refused {
        JsonToken token = parser.currentToken();
        switch (type) {
            case ID:
                return id(parser, rule);
            case BOOLEAN:
                if (token == JsonToken.VALUE_TRUE || token == JsonToken.VALUE_FALSE) {
                    return parser.getBooleanValue();
                }
                throw wrong(rule, type);
            case NUMBER, INTEGER:
                return number(parser, rule, type);
            default:
                if (token != JsonToken.VALUE_STRING) {
                    throw wrong(rule, type);
                }
                return text(parser.getText(), rule, type);
        }
    }

    private Object text(String found, Rule rule, Rule.Type type) throws Refused {
        if (rule.treat() == Rule.Treat.HASH) {
            return found.isEmpty() ? null : hash.of(rule.domain(), found);
        }
        if (type == Rule.Type.IP) {
            return found.isEmpty() ? null : address(found, rule).getHostAddress();
        }
        if (type == Rule.Type.TEXT && dropsText) {
            return null;
        }
        return redactor.redact(found);
    }

    private Object id(JsonParser parser, Rule rule) throws IOException, Refused {
        if (parser.currentToken() == JsonToken.VALUE_STRING) {
            return text(parser.getText(), rule, Rule.Type.ID);
        }
        if (parser.currentToken() != JsonToken.VALUE_NUMBER_INT) {
            throw wrong(rule, Rule.Type.ID);
        }
        String digits = parser.getText();
        // Huge integers take quadratic time to convert; an id has 128 bits at most.
        if (rule.hex() == 0 || digits.length() > 40 || digits.charAt(0) == '-') {
            return text(digits, rule, Rule.Type.ID);
        }
        String hex = new BigInteger(digits).toString(16);
        String padded = "0".repeat(Math.max(0, rule.hex() - hex.length())) + hex;
        return text(padded, rule, Rule.Type.ID);
    }

    private Object number(JsonParser parser, Rule rule, Rule.Type type) throws IOException, Refused {
        JsonToken token = parser.currentToken();
        if (token == JsonToken.VALUE_NUMBER_INT && parser.getTextLength() <= 18) {
            long found = parser.getLongValue();
            return Math.abs(found) >= CARD_SIZED && masked(Long.toString(found)) ? null : (Object) found;
        }
        if (token != JsonToken.VALUE_NUMBER_INT && token != JsonToken.VALUE_NUMBER_FLOAT) {
            throw wrong(rule, type);
        }
        double found = parser.getDoubleValue();
        boolean whole = Math.rint(found) == found;
        if (Double.isNaN(found) || Double.isInfinite(found) || type == Rule.Type.INTEGER && !whole) {
            throw wrong(rule, type);
        }
        boolean card = whole && Math.abs(found) >= CARD_SIZED && Math.abs(found) < 1e19 && masked("%.0f".formatted(found));
        return card || masked(parser.getText()) ? null : whole && Math.abs(found) < 1e15 ? (Object) (long) found : found;
    }

    private boolean masked(String text) {
        return !redactor.redact(text).equals(text);
    }

    private Object timestamp(JsonParser parser, Rule rule) throws IOException, Refused {
        try {
            return switch (parser.currentToken()) {
                case VALUE_STRING -> Timestamps.parse(parser.getText());
                case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> Timestamps.parse(parser.getDoubleValue());
                default -> throw new DateTimeException("type");
            };
        } catch (DateTimeException wrong) {
            throw new Refused(Reason.BAD_TIMESTAMP,
                    rule.name() + ": expected ISO 8601, or seconds or milliseconds since 1970");
        }
    }

    private Object array(JsonParser parser, Rule rule) throws IOException, Refused {
        if (parser.currentToken() != JsonToken.START_ARRAY) {
            throw wrong(rule, Rule.Type.ARRAY);
        }
        List<Object> items = new ArrayList<>();
        for (JsonToken token = parser.nextToken(); token != JsonToken.END_ARRAY; token = parser.nextToken()) {
            if (!token.isScalarValue()) {
                throw wrong(rule, rule.items());
            }
            Object item = token == JsonToken.VALUE_NULL ? null : scalar(parser, rule, rule.items());
            if (item != null) {
                items.add(item);
            }
        }
        return items;
    }

    /** Returns a literal address; a name is never looked up. */
    static InetAddress address(String text, Rule rule) throws Refused {
        boolean four = text.matches("(25[0-5]|2[0-4]\\d|1?\\d?\\d)(\\.(25[0-5]|2[0-4]\\d|1?\\d?\\d)){3}");
        try {
            if (four || text.length() <= 45 && text.indexOf(':') >= 0 && text.matches("[0-9A-Fa-f:.]+")) {
                return InetAddress.getByName(text);
            }
        } catch (UnknownHostException malformed) {
            // Told below, as any other text.
        }
        throw wrong(rule, Rule.Type.IP);
    }

    private static Refused wrong(Rule rule, Rule.Type expected) {
        return new Refused(Reason.WRONG_TYPE, rule.name() + ": expected type " + expected.name().toLowerCase(Locale.ROOT));
    }
}
