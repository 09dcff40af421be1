package observability.logs.core;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.exc.StreamReadException;
import java.io.IOException;

/** Parses one line in one pass: known names become values, all others are skipped and counted. */
final class LineParser {
    private final JsonFactory factory;
    private final Stream stream;
    private final Limits limits;
    private final Values values;

    LineParser(JsonFactory factory, Stream stream, Limits limits, Values values) {
        this.factory = factory;
        this.stream = stream;
        this.limits = limits;
        this.values = values;
    }

    void parse(byte[] bytes, ParsedLine line) throws Refused {
        line.clear();
        try (JsonParser parser = factory.createParser(bytes)) {
            JsonToken first = parser.nextToken();
            if (first == null) {
                throw new Refused(Reason.NOT_JSON, "the line is blank");
            }
            if (first != JsonToken.START_OBJECT) {
                throw new Refused(Reason.NOT_AN_OBJECT, "expected one JSON object");
            }
            object(parser, stream.sources, line, 1);
            if (parser.nextToken() != null) {
                throw new Refused(Reason.NOT_JSON, "expected nothing after the object");
            }
        } catch (StreamReadException broken) {
            throw broken.getOriginalMessage().startsWith("Duplicate ")
                    ? new Refused(Reason.DUPLICATE_KEY, "a key is there twice in one object")
                    : new Refused(Reason.NOT_JSON, "expected one JSON object");
        } catch (IOException broken) {
            throw new Refused(Reason.NOT_JSON, "expected one JSON object");
        }
    }

    private void object(JsonParser parser, SourceTree known, ParsedLine line, int depth) throws IOException, Refused {
        checkDepth(depth);
        for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
            parser.nextToken();
            count(line);
            SourceTree child = known.child(name);
            if (child == null || child.isDropped()) {
                line.dropped++;
                skip(parser, line, depth);
            } else if (child.rule() != null) {
                keep(parser, child, line);
            } else if (parser.currentToken() == JsonToken.START_OBJECT) {
                object(parser, child, line, depth + 1);
            } else if (parser.currentToken() != JsonToken.VALUE_NULL) {
                throw new Refused(Reason.WRONG_TYPE, name + ": expected type object");
            }
        }
    }

    private void keep(JsonParser parser, SourceTree child, ParsedLine line) throws IOException, Refused {
        if (parser.currentToken() == JsonToken.VALUE_NULL) {
            return;
        }
        Object value = values.read(parser, child.rule());
        if (child.rule().treat() == Rule.Treat.GEO) {
            line.address = line.address == null ? (String) value : line.address;
        } else if (value == null || line.values[child.slot()] != null) {
            line.dropped++;
        } else {
            line.values[child.slot()] = value;
        }
    }

    /** Skips a value; its names and its depth count all the same. */
    private void skip(JsonParser parser, ParsedLine line, int depth) throws IOException, Refused {
        int open = parser.currentToken().isStructStart() ? 1 : 0;
        while (open > 0) {
            checkDepth(depth + open);
            JsonToken token = parser.nextToken();
            if (token == null) {
                throw new Refused(Reason.NOT_JSON, "expected one JSON object");
            }
            if (token == JsonToken.FIELD_NAME) {
                count(line);
            } else if (token.isStructStart()) {
                open++;
            } else if (token.isStructEnd()) {
                open--;
            }
        }
    }

    private void count(ParsedLine line) throws Refused {
        if (++line.fields > limits.fields()) {
            throw new Refused(Reason.TOO_MANY_FIELDS, "expected at most " + limits.fields() + " names");
        }
    }

    private void checkDepth(int depth) throws Refused {
        if (depth > limits.depth()) {
            throw new Refused(Reason.TOO_DEEP, "expected at most " + limits.depth() + " levels");
        }
    }
}
