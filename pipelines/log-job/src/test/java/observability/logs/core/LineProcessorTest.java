package observability.logs.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LineProcessorTest {
    private final Lab lab = new Lab();

    private Map<String, Object> kept(String more) {
        return lab.document(Lab.PERSONALIZATION, Lab.line(more));
    }

    @Test
    void keepsWhatIsListedAndCountsWhatIsNot() {
        Map<String, Object> found = kept("\"metrics\": {\"latency_ms\": 45.5, \"other\": {\"a\": 1}}, \"unknown\": [1, {\"b\": 2}]");
        assertEquals(45.5, Json.map(found, "metrics").get("latency_ms"));
        assertEquals(2L, found.get("dropped_fields"));
        assertFalse(found.containsKey("unknown"));
        assertEquals(
                List.of("2026-01-29T10:30:00.123Z", "2026-01-29T10:31:40.000Z", "personalization", "test", List.of()),
                List.of(found.get("@timestamp"), found.get("received_at"), found.get("workload"),
                        found.get("environment"), found.get("tags")));
    }

    @Test
    void dropsForbiddenKeysThoughTheyAreListed() {
        byte[] rules = new String(Lab.rules(), StandardCharsets.UTF_8)
                .replace("\"context.device\"", "\"context.device_token\"").getBytes(StandardCharsets.UTF_8);
        LineProcessor processor = new LineProcessor(Job.of(rules), new byte[32], Places.none());
        byte[] line = Lab.line("\"context\": {\"device_token\": \"abc\"}").getBytes(StandardCharsets.UTF_8);
        Outcome outcome = processor.process(new RawLine(Lab.PERSONALIZATION, 0, 0, Lab.NOW, line));
        assertFalse(new String(((Outcome.Document) outcome).json(), StandardCharsets.UTF_8).contains("abc"));
    }

    @Test
    void namesWhereADocumentGoesByKafkasClock() {
        Outcome.Document found = (Outcome.Document) lab.process(
                Lab.PERSONALIZATION, Lab.line("").getBytes(StandardCharsets.UTF_8));
        assertEquals("logs-personalization-7d-2026.01.29", found.index());
        assertEquals("personalization/logs/workload=personalization/service=personalization-api/dt=2026-01-29/hour=10",
                found.folder());
    }

    @ParameterizedTest
    @CsvSource({"INFO,INFO,", "warning,WARN,warning", "CRITICAL,FATAL,CRITICAL", "Error,ERROR,Error"})
    void translatesLevelsAndKeepsTheOriginal(String own, String level, String original) {
        Map<String, Object> found = lab.document(Lab.PERSONALIZATION, Lab.line("").replace("INFO", own));
        assertEquals(level, found.get("level"));
        assertEquals(original, found.get("level_original"));
        boolean isError = level.equals("ERROR") || level.equals("FATAL");
        assertEquals(isError ? List.of("error") : List.of(), found.get("tags"));
    }

    @Test
    void categoryIsOfTheEventElseTheLinesElseTheStreams() {
        assertEquals("business", kept("\"event\": \"personalization_complete\"").get("category"));
        assertEquals("security", kept("\"category\": \"security\"").get("category"));
        assertEquals("infrastructure", kept("\"category\": \"gossip\"").get("category"));
    }

    @Test
    void traceIdComesFromTheRequestAndInHexWhereItWasANumber() {
        assertEquals("r-1", kept("\"request_id\": \"r-1\"").get("trace_id"));
        assertEquals("t", kept("\"request_id\": \"r-1\", \"trace_id\": \"t\"").get("trace_id"));
        String number = "{\"timestamp\": \"2026-01-29 10:30:00\", \"level\": \"info\", \"event\": \"e\", \"correlation_id\": 255}";
        Map<String, Object> found = lab.document("logs.recommendation-service.application", number);
        assertEquals("0".repeat(30) + "ff", found.get("trace_id"));
        assertEquals("recommendation-service", found.get("service"));
    }

    @Test
    void idsBecomeKeyedHashesByKind() {
        Map<String, Object> found = kept("\"user_id\": 12345, \"customer_id\": \"12345\"");
        String user = (String) found.get("user_id_hash");
        // hmac.new(key, b"user\x00" + b"12345", "sha256").hexdigest()[:32]
        assertEquals("hmac:57fa081892da03e62bd36b7f838482be", user);
        assertFalse(user.equals(found.get("customer_id_hash")));
        assertNull(found.get("user_id"));
        assertEquals(user, kept("\"user_id\": \"12345\"").get("user_id_hash"));
    }

    @Test
    void whatOurOwnPackageHasHashedStaysAsItIs() {
        // tests/instrumentation/test_same_as_job.py has the same: one user, one hash, whoever hashed.
        String made = "hmac:57fa081892da03e62bd36b7f838482be";
        assertEquals(made, kept("\"user_id\": 12345").get("user_id_hash"));
        assertEquals(made, kept("\"user_id_hash\": \"" + made + "\"").get("user_id_hash"));
        for (String other : new String[] {"57fa081892da03e62bd36b7f838482be", made + "0", "hmac:57FA081892da03e62bd36b7f838482be"}) {
            assertFalse(other.equals(kept("\"user_id_hash\": \"" + other + "\"").get("user_id_hash")));
        }
    }

    @Test
    void readsTheShippersEnvelopeInAnyOrder() {
        String inner = Lab.line("");
        String text = inner.replace("\"", "\\\"");
        String around = "\"source\": \"/var/log/a.log\", \"offset\": 7, \"kubernetes\": {\"labels\": {\"x\": [1]}, \"pod_name\": \"pod-1\"}";
        Map<String, Object> first = lab.document(Lab.PERSONALIZATION, "{\"log\": " + inner + ", " + around + "}");
        Map<String, Object> last = lab.document(Lab.PERSONALIZATION, "{" + around + ", \"log\": " + inner + "}");
        Map<String, Object> quoted = lab.document(Lab.PERSONALIZATION, "{" + around + ", \"log\": \"" + text + "\"}");
        assertEquals("pod-1", first.get("instance"));
        assertEquals(first, last);
        assertEquals(first, quoted);
        assertFalse(first.get("doc_id").equals(kept("").get("doc_id")));
        assertEquals(0L, first.get("dropped_fields"));
    }

    @Test
    void aRefusedLineKeepsTheIdOfItsPlace() {
        String around = "\"source\": \"/var/log/a.log\", \"offset\": 7";
        Map<String, Object> good = lab.document(Lab.PERSONALIZATION, "{\"log\": " + Lab.line("") + ", " + around + "}");
        Map<String, Object> bad = lab.deadLetter(Lab.PERSONALIZATION, "{\"log\": {\"level\": 5}, " + around + "}");
        assertEquals(good.get("doc_id"), bad.get("doc_id"));
    }

    @Test
    void anIpBecomesAPlaceOrNothing() {
        String line = "{\"timestamp\": 1769682600, \"level\": \"INFO\", \"service\": \"backend-api\", \"context\": {\"ip_address\": \"%s\"}}";
        assertFalse(lab.document(Lab.RECSYS, line.formatted("192.168.1.1")).toString().contains("192.168"));
        assertEquals("wrong-type", lab.deadLetter(Lab.RECSYS, line.formatted("example.com")).get("reason"));
        assertEquals("wrong-type", lab.deadLetter(Lab.RECSYS, line.formatted("300.1.1.1")).get("reason"));
    }

    @Test
    void cutsLongStringsAndMasksPastTheCut() {
        String found = (String) kept("\"message\": \"" + "word ".repeat(6553) + "a@b.example.com" + "\"").get("message");
        assertTrue(found.length() <= 32768);
        assertFalse(found.contains("a@b"));
        String cut = (String) kept("\"message\": \"" + "w".repeat(33780) + "4111111111111111" + "\"").get("message");
        assertFalse(cut.contains("4"));
    }

    @Test
    void numbersThatAreCardsAreDropped() {
        assertTrue(Json.map(kept("\"metrics\": {\"latency_ms\": 4111111111111111}"), "metrics").isEmpty());
        assertTrue(Json.map(kept("\"metrics\": {\"latency_ms\": 4.111111111111111e15}"), "metrics").isEmpty());
        assertEquals(0.1234567890123, Json.map(kept("\"metrics\": {\"latency_ms\": 0.1234567890123}"), "metrics").get("latency_ms"));
    }

    @Test
    void halfCharactersBecomeWholeOnes() {
        assertEquals("a\uFFFDb", kept("\"message\": \"a\\ud800b\"").get("message"));
        assertEquals("\uD83D\uDE00", kept("\"message\": \"\\ud83d\\ude00\"").get("message"));
    }

    @Test
    void aStreamMayDropText() {
        String line = "{\"timestamp\": \"2026-01-29T10:30:00Z\", \"level\": \"INFO\", \"service\": \"feature-api\", \"message\": \"entity 7\"}";
        Map<String, Object> found = lab.document("logs.bighead.feature-api", line);
        assertNull(found.get("message"));
        assertEquals(1L, found.get("dropped_fields"));
        assertEquals("", lab.deadLetter("logs.bighead.feature-api", "entity 7 failed").get("prefix"));
    }

    @Test
    void nullsAreAsGoodAsNothing() {
        Map<String, Object> found = kept("\"event\": null, \"metrics\": null, \"user_id\": null, \"unknown\": null");
        assertNull(found.get("event"));
        assertEquals(1L, found.get("dropped_fields"));
    }
}
