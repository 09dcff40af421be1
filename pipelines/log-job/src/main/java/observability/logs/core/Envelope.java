package observability.logs.core;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A line in the shipper's envelope: `log` with the line as an object or as text, `source`, `offset`, `kubernetes`; or a
 * bare line of unknown origin.
 *
 * @param line the line itself
 * @param source the file that it stood in; null where that is not known
 * @param offset its place there; -1 where that is not known
 */
record Envelope(byte[] line, String source, long offset, String pod, String container) {
    private static final byte[] MARK = "\"log\"".getBytes(StandardCharsets.US_ASCII);

    static Envelope bare(byte[] line) {
        return new Envelope(line, null, -1, null, null);
    }

    /** Returns whether the shipper names the line's file and offset. */
    boolean placed() {
        return source != null && offset >= 0;
    }

    /** Opens what may be an envelope; anything else is taken for a bare line, well formed or not. */
    static Envelope open(JsonFactory factory, byte[] record) {
        if (!Utf8.contains(record, MARK)) {
            return bare(record);
        }
        try (JsonParser parser = factory.createParser(record)) {
            return parser.nextToken() == JsonToken.START_OBJECT ? read(parser, record) : bare(record);
        } catch (IOException broken) {
            return bare(record);
        }
    }

    private static Envelope read(JsonParser parser, byte[] record) throws IOException {
        byte[] line = null;
        String source = null;
        String[] pod = null;
        long offset = -1;
        for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
            JsonToken token = parser.nextToken();
            switch (name) {
                case "log" -> line = line(parser, record);
                case "source" -> source = token == JsonToken.VALUE_STRING ? parser.getText() : null;
                case "offset" -> offset = number(parser);
                case "kubernetes" -> pod = kubernetes(parser);
                default -> parser.skipChildren();
            }
        }
        boolean shipped = line != null && (source != null || pod != null) && parser.nextToken() == null;
        if (!shipped) {
            return bare(record);
        }
        return new Envelope(line, source, offset, pod == null ? null : pod[0], pod == null ? null : pod[1]);
    }

    private static byte[] line(JsonParser parser, byte[] record) throws IOException {
        if (parser.currentToken() == JsonToken.VALUE_STRING) {
            return parser.getText().getBytes(StandardCharsets.UTF_8);
        }
        int from = (int) parser.currentTokenLocation().getByteOffset();
        parser.skipChildren();
        return Arrays.copyOfRange(record, from, (int) parser.currentLocation().getByteOffset());
    }

    private static long number(JsonParser parser) throws IOException {
        boolean fits = parser.currentToken() == JsonToken.VALUE_NUMBER_INT && parser.getTextLength() <= 18;
        long found = fits ? parser.getLongValue() : -1;
        parser.skipChildren();
        return found;
    }

    private static String[] kubernetes(JsonParser parser) throws IOException {
        String[] found = new String[2];
        if (parser.currentToken() != JsonToken.START_OBJECT) {
            parser.skipChildren();
            return found;
        }
        for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
            boolean text = parser.nextToken() == JsonToken.VALUE_STRING;
            if (text && name.equals("pod_name")) {
                found[0] = parser.getText();
            } else if (text && name.equals("container_name")) {
                found[1] = parser.getText();
            }
            parser.skipChildren();
        }
        return found;
    }
}
