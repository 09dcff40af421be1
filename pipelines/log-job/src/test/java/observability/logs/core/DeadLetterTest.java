package observability.logs.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class DeadLetterTest {
    private final Lab lab = new Lab();

    static Stream<Arguments> lines() {
        String names = IntStream.range(0, 201).mapToObj(i -> "\"n" + i + "\": 1").collect(Collectors.joining(", "));
        return Stream.of(
                Arguments.of("not-json", ""),
                Arguments.of("not-json", "   "),
                Arguments.of("not-json", "plain text"),
                Arguments.of("not-json", Lab.line("").substring(0, 40)),
                Arguments.of("not-json", Lab.line("") + " {}"),
                Arguments.of("not-json", "\u0000{\u0000}"),
                Arguments.of("not-an-object", "[1, 2]"),
                Arguments.of("not-an-object", "null"),
                Arguments.of("not-an-object", "\"text\""),
                Arguments.of("too-deep", Lab.line("\"x\": " + "[".repeat(20) + "]".repeat(20))),
                Arguments.of("too-deep", Lab.line("\"x\": " + "[".repeat(100_000) + "]".repeat(100_000))),
                Arguments.of("too-many-fields", "{" + names + "}"),
                Arguments.of("too-many-fields", Lab.line("\"x\": [{" + names + "}]")),
                Arguments.of("duplicate-key", Lab.line("\"level\": \"INFO\"")),
                Arguments.of("duplicate-key", Lab.line("\"x\": [{\"a\": {\"b\": 1, \"b\": 2}}]")),
                Arguments.of("missing-field", "{}"),
                Arguments.of("missing-field", Lab.line("").replace("\"INFO\"", "null")),
                Arguments.of("wrong-type", Lab.line("").replace("\"INFO\"", "\"LOUD\"")),
                Arguments.of("wrong-type", Lab.line("\"event\": 5")),
                Arguments.of("wrong-type", Lab.line("\"metrics\": 5")),
                Arguments.of("wrong-type", Lab.line("\"metrics\": {\"latency_ms\": \"fast\"}")),
                Arguments.of("wrong-type", Lab.line("\"metrics\": {\"latency_ms\": NaN}")),
                Arguments.of("wrong-type", Lab.line("\"metrics\": {\"latency_ms\": 1e999}")),
                Arguments.of("wrong-type", Lab.line("\"metrics\": {\"candidates_ranked\": 1.5}")),
                Arguments.of("wrong-type", Lab.line("\"metrics\": {\"cache_hit\": \"yes\"}")),
                Arguments.of("wrong-type", Lab.line("\"user_id\": {\"id\": 5}")),
                Arguments.of("wrong-type", Lab.line("\"labels\": [[1]]")),
                Arguments.of("unknown-service", Lab.line("").replace("personalization-api", "stranger")),
                Arguments.of("bad-timestamp", Lab.line("").replace("2026-01-29T", "29 January ")),
                Arguments.of("bad-timestamp", Lab.line("").replace("2026-01-29", "2026-02-30")),
                Arguments.of("bad-timestamp", Lab.line("").replace("\"2026-01-29T10:30:00.123Z\"", "-5")),
                Arguments.of("from-the-future", Lab.line("").replace("2026-01-29T10:30", "2026-01-29T10:37")));
    }

    @ParameterizedTest
    @MethodSource("lines")
    void eachHasItsReason(String reason, String line) {
        assertEquals(reason, lab.deadLetter(Lab.PERSONALIZATION, line).get("reason"));
    }

    @Test
    void bytesThatAreNoTextAreSaidToBe() {
        byte[] broken = Lab.line("\"event\": \"caf?\"").getBytes(StandardCharsets.US_ASCII);
        broken[new String(broken, StandardCharsets.US_ASCII).indexOf('?')] = (byte) 0xE9;
        assertEquals("not-utf8", lab.deadLetter(Lab.PERSONALIZATION, broken).get("reason"));
        assertEquals("not-json", lab.deadLetter(Lab.PERSONALIZATION, (byte[]) null).get("reason"));
    }

    @Test
    void aBrokenByteDoesNotHideAnAddress() {
        byte[] line = Lab.line("\"event\": \"7c18:fbf8:f7fb:?:d7bf\"").getBytes(StandardCharsets.US_ASCII);
        line[new String(line, StandardCharsets.US_ASCII).indexOf('?')] = (byte) 0xFF;
        assertFalse(((String) lab.deadLetter(Lab.PERSONALIZATION, line).get("prefix")).contains("7c18"));
    }

    @Test
    void fiveMegabytesAreRefusedUnread() {
        byte[] huge = new byte[5_000_000];
        Arrays.fill(huge, (byte) '{');
        Map<String, Object> found = lab.deadLetter(Lab.PERSONALIZATION, huge);
        assertEquals("too-long", found.get("reason"));
        assertTrue(((String) found.get("prefix")).length() <= 256);
    }

    @Test
    void aClockGoingBackIsNoReason() {
        assertEquals("2020-01-01T00:00:00.000Z",
                lab.document(Lab.PERSONALIZATION, Lab.line("").replace("2026-01-29T10:30:00.123Z", "2020-01-01T00:00:00Z"))
                        .get("@timestamp"));
    }

    @Test
    void theDetailNamesTheFieldAndNoValue() {
        Map<String, Object> found = lab.deadLetter(Lab.PERSONALIZATION, Lab.line("\"event\": 12345"));
        assertEquals("event: expected type string", found.get("detail"));
        assertEquals("personalization-application", found.get("stream"));
    }

    @Test
    void thePrefixShowsStructureAndWhatWouldHaveBeenKept() {
        String line = Lab.line("\"user_id\": 777, \"alice\": {\"level\": \"secret\"}, \"message\": \"hello bob\", "
                + "\"metrics\": {\"latency_ms\": 45, \"level\": 3, \"tier\": \"bob@example.com\"}, \"event\": 5");
        String prefix = (String) lab.deadLetter(Lab.PERSONALIZATION, line).get("prefix");
        assertEquals("{\"timestamp\":\"2026-01-29T10:30:00.123Z\",\"level\":\"INFO\",\"service\":\"personalization-api\","
                + "\"user_id\":#,\"?\":{\"?\":\"…\"},\"message\":\"…\",\"metrics\":{\"latency_ms\":45,\"?\":#,\"tier\":\"[email]\"},"
                + "\"event\":#", prefix);
    }

    @Test
    void thePrefixOfTextHasNoWordWithDigits() {
        String line = "Traceback: user 3f2a at bob@example.com paid 4111 1111 1111 1111 caf\u00e9";
        assertEquals("Traceback: user # at [email] paid [card] #",
                lab.deadLetter(Lab.PERSONALIZATION, line).get("prefix"));
    }

    @Test
    void thePrefixOfAPartOfJsonIsEmpty() {
        assertEquals("", lab.deadLetter(Lab.PERSONALIZATION, "\"x\": \"bob\"}").get("prefix"));
        assertEquals("[{\"?\":\"…\"}", lab.deadLetter(Lab.PERSONALIZATION, "[{\"level\": \"bob\"}]").get("prefix"));
    }

    @Test
    void theEnvelopeDoesNotHideThePrefix() {
        String line = "{\"log\": {\"level\": 5, \"x\": \"y\"}, \"source\": \"/var/log/alice.log\"}";
        assertEquals("{\"level\":#,\"?\":\"…\"", lab.deadLetter(Lab.PERSONALIZATION, line).get("prefix"));
    }
}
