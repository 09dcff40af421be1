package observability.logs.core;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;

/** Writes JSON to bytes, into a buffer that it keeps. */
final class DocumentWriter {
    private final JsonFactory factory = new JsonFactory();
    private final ByteArrayOutputStream buffer = new ByteArrayOutputStream(4096);

    /** Writes the fields of one object. */
    interface Body {
        void write(JsonGenerator out) throws IOException;
    }

    byte[] object(Body body) {
        buffer.reset();
        try (JsonGenerator out = factory.createGenerator(buffer)) {
            out.writeStartObject();
            body.write(out);
            out.writeEndObject();
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        return buffer.toByteArray();
    }

    /** Writes the slots' values, nested by the layout; empty objects are left out. */
    static void nested(JsonGenerator out, Layout.Node node, Object[] values) throws IOException {
        for (Map.Entry<String, Layout.Node> entry : node.children.entrySet()) {
            Layout.Node child = entry.getValue();
            if (child.children.isEmpty()) {
                if (values[child.slot] != null) {
                    out.writeFieldName(entry.getKey());
                    value(out, values[child.slot]);
                }
            } else if (holds(child, values)) {
                out.writeObjectFieldStart(entry.getKey());
                nested(out, child, values);
                out.writeEndObject();
            }
        }
    }

    private static boolean holds(Layout.Node node, Object[] values) {
        if (node.slot >= 0) {
            return values[node.slot] != null;
        }
        for (Layout.Node child : node.children.values()) {
            if (holds(child, values)) {
                return true;
            }
        }
        return false;
    }

    private static void value(JsonGenerator out, Object value) throws IOException {
        if (value instanceof String text) {
            out.writeString(text);
        } else if (value instanceof Long number) {
            out.writeNumber(number);
        } else if (value instanceof Double number) {
            out.writeNumber(number);
        } else if (value instanceof Boolean flag) {
            out.writeBoolean(flag);
        } else {
            out.writeStartArray();
            for (Object item : (List<?>) value) {
                value(out, item);
            }
            out.writeEndArray();
        }
    }
}
