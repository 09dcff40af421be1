package observability.logs.core;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** A processor with the rules beside these tests, and a clock that stands still. */
final class Lab {
    static final long NOW = 1_769_682_700_000L; // 2026-01-29T10:31:40Z
    static final String PERSONALIZATION = "logs.personalization.application";
    static final String RECSYS = "logs.recsys-saas.application";
    private static final byte[] KEY = "0123456789abcdef0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

    private final LineProcessor processor = new LineProcessor(job(), KEY, Places.none());

    static Job job() {
        return Job.of(rules());
    }

    static byte[] rules() {
        try (InputStream in = Lab.class.getResourceAsStream("/job.json")) {
            return in.readAllBytes();
        } catch (IOException missing) {
            throw new UncheckedIOException(missing);
        }
    }

    Outcome process(String topic, byte[] value) {
        return processor.process(new RawLine(topic, 3, 17, NOW, value));
    }

    Map<String, Object> document(String topic, String line) {
        Outcome outcome = process(topic, line.getBytes(StandardCharsets.UTF_8));
        if (outcome instanceof Outcome.Document document) {
            return Json.read(document.json());
        }
        throw new AssertionError(new String(((Outcome.DeadLetter) outcome).json(), StandardCharsets.UTF_8));
    }

    Map<String, Object> deadLetter(String topic, String line) {
        return deadLetter(topic, line.getBytes(StandardCharsets.UTF_8));
    }

    Map<String, Object> deadLetter(String topic, byte[] line) {
        return Json.read(((Outcome.DeadLetter) process(topic, line)).json());
    }

    /** A good line of the personalization workload, with more fields after the usual ones. */
    static String line(String more) {
        return "{\"timestamp\": \"2026-01-29T10:30:00.123Z\", \"level\": \"INFO\", \"service\": \"personalization-api\""
                + (more.isEmpty() ? "" : ", " + more) + "}";
    }
}
