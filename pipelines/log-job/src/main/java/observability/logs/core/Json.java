package observability.logs.core;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Parses small files into maps and lists, and makes the parser factory for lines. */
public final class Json {
    private static final String NUMBER_FROM = "job.json: %s: expected a whole number, found %s";

    private Json() {}

    /** Returns a factory whose parsers refuse duplicate keys and have no limits of their own. */
    static JsonFactory forLines() {
        StreamReadConstraints none = StreamReadConstraints.builder()
                .maxNestingDepth(Integer.MAX_VALUE)
                .maxStringLength(Integer.MAX_VALUE)
                .maxNumberLength(Integer.MAX_VALUE)
                .maxNameLength(Integer.MAX_VALUE)
                .build();
        return JsonFactory.builder()
                .streamReadConstraints(none)
                .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                // Python writes NaN bare; where it stands under a name that is dropped, the line is still good.
                .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
                // Interned names of strangers would fill the JVM's table for good.
                .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
                // Lines are UTF-8 and nothing else: a zero byte in front does not make them UTF-16.
                .disable(JsonFactory.Feature.CHARSET_DETECTION)
                .build();
    }

    /** Parses one JSON object, such as job.json. */
    public static Map<String, Object> read(byte[] bytes) {
        try (JsonParser parser = forLines().createParser(bytes)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new ConfigException("job.json: expected an object");
            }
            return object(parser);
        } catch (IOException wrong) {
            throw new ConfigException("job.json: expected JSON: " + wrong.getMessage(), wrong);
        }
    }

    private static Map<String, Object> object(JsonParser parser) throws IOException {
        Map<String, Object> found = new LinkedHashMap<>();
        for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
            parser.nextToken();
            found.put(name, value(parser));
        }
        return found;
    }

    private static Object value(JsonParser parser) throws IOException {
        return switch (parser.currentToken()) {
            case START_OBJECT -> object(parser);
            case START_ARRAY -> {
                List<Object> items = new ArrayList<>();
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    items.add(value(parser));
                }
                yield items;
            }
            case VALUE_NUMBER_INT -> parser.getLongValue();
            case VALUE_NUMBER_FLOAT -> parser.getDoubleValue();
            case VALUE_TRUE -> Boolean.TRUE;
            case VALUE_FALSE -> Boolean.FALSE;
            case VALUE_NULL -> null;
            default -> parser.getText();
        };
    }

    static int integer(Map<String, Object> section, String name) {
        if (section.get(name) instanceof Long number) {
            return Math.toIntExact(number);
        }
        throw new ConfigException(NUMBER_FROM.formatted(name, section.get(name)));
    }

    /** Returns a string, or the other value where there is none. */
    public static String text(Map<String, Object> section, String name, String otherwise) {
        return section.get(name) instanceof String text ? text : otherwise;
    }

    /** Returns a string that must be there. */
    public static String text(Map<String, Object> section, String name) {
        String found = text(section, name, null);
        if (found == null) {
            throw new ConfigException("job.json: " + name + ": expected a string, found " + section.get(name));
        }
        return found;
    }

    /** Returns the object under a name, empty where there is none. */
    @SuppressWarnings("unchecked") // the reader above makes maps of strings only
    public static Map<String, Object> map(Map<String, Object> section, String name) {
        return section.get(name) instanceof Map<?, ?> map ? (Map<String, Object>) map : Map.of();
    }

    /** Returns the list of objects under a name, empty where there is none. */
    @SuppressWarnings("unchecked") // as above
    public static List<Map<String, Object>> maps(Map<String, Object> section, String name) {
        return section.get(name) instanceof List<?> list ? (List<Map<String, Object>>) list : List.of();
    }

    static Map<String, String> strings(Map<String, Object> section) {
        Map<String, String> found = new LinkedHashMap<>();
        section.forEach((name, value) -> found.put(name, String.valueOf(value)));
        return found;
    }

    static List<String> list(Map<String, Object> section, String name) {
        return section.get(name) instanceof List<?> list ? list.stream().map(String::valueOf).toList() : List.of();
    }
}
