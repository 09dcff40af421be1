package observability.logs.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.re2j.Pattern;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RedactionTest {
    private static final Map<String, Object> RULES = Json.read(Lab.rules());
    private static final List<Map<String, Object>> PATTERNS = Json.maps(RULES, "patterns");

    private static Redactor redactor() {
        return new Redactor(new Patterns(PATTERNS), new KeyNames(List.of("*token", "pwd", "*password", "embedding", "*authorization")), 32_768);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "mail bob@example.com now | mail [email] now",
        "from 10.1.2.3:80 | from [ip]:80",
        "from 2001:db8::1 to | from [ip] to",
        "card 4111 1111 1111 1111. | card [card].",
        "45 4111111111111111 77 | 45 [card] 77",
        "1-4111-1111-1111-1111 | 1-[card]",
        "order 1234567890123456 | order 1234567890123456",
        "id 4bf92f3577b34da6a3ce929d0e0e4736 | id 4bf92f3577b34da6a3ce929d0e0e4736",
        "to=%62ob%40example.com&x=1 | to=[email]&x=1",
        "to=bob%2540example.com | to=[email]",
        "n=4111+1111+1111+1111&x | n=[card]&x",
        "bob\\u0040example.com | [email]",
        "GET /a?access_token=abc,d;e&page=2 | GET /a?[removed]&page=2",
        "x%3Dy%26access_token%3Dabc%26page | x=y&[removed]&page",
        "db.pwd = hunter2 end | db.[removed] end",
        "{\"password\": \"a b\", \"x\": 1} | {\"[removed], \"x\": 1}",
        "{\\\"password\\\": \\\"a \\\\\\\" b\\\", \\\"x\\\": 1} | {\\\"[removed], \\\"x\\\": 1}",
        "embedding=[0.1, [2], \"]\"] ok | [removed] ok",
        "\"password\": 12345, \"y\": 2 | \"[removed], \"y\": 2",
        "Authorization: Bearer abc.def ok | [removed] ok",
        "user['token'] = 'x y' ok | user['[removed] ok",
        "token_count=5 | token_count=5",
        "at com.example.Token(Token.java:33) | at com.example.Token(Token.java:33)",
        "100% sure + 5%2 | 100% sure + 5%2",
    })
    void takesOutWhatMayNotBeKept(String text, String expected) {
        assertEquals(expected, redactor().redact(text));
    }

    @Test
    void leavesOtherTextAsItIs() {
        String text = "Feature lookup completed in 5 ms for search, 10:30:00 2026-01-29";
        assertSame(text, redactor().redact(text));
    }

    /** The prefilter may say "perhaps" wrongly, and never "no". */
    @Test
    void thePrefilterMissesNothingThatTheEngineFinds() {
        List<String> expressions = PATTERNS.stream().map(one -> Json.text(one, "expression")).toList();
        List<Pattern> exact = expressions.stream().map(Pattern::compile).toList();
        Prefilter prefilter = new Prefilter(expressions);
        String[] parts = {"bob", "@", "example", ".", "com", "1", "25", "4111", " ", "-", ":", "::", "ab", "f0", "password", "=",
            "\"", "AKIA", "ABCDEFGH", "eyJ", "x_-", "Bearer", "%", "/", "//", "-----BEGIN ", "PRIVATE KEY-----", "\u017f", "\u212a", "é", "\n"};
        Random random = new Random(7);
        int found = 0;
        for (int round = 0; round < 20_000; round++) {
            StringBuilder text = new StringBuilder();
            for (int i = random.nextInt(12); i >= 0; i--) {
                text.append(parts[random.nextInt(parts.length)]);
            }
            long candidates = prefilter.candidates(text);
            for (int i = 0; i < exact.size(); i++) {
                if (exact.get(i).matcher(text).find()) {
                    found++;
                    assertTrue((candidates >> i & 1) == 1, expressions.get(i) + " in " + text);
                }
            }
        }
        assertTrue(found > 1000, "the texts have too few matches to prove anything: " + found);
    }

    @Test
    void thePrefilterSaysNoToOrdinaryText() {
        Prefilter prefilter = new Prefilter(PATTERNS.stream().map(one -> Json.text(one, "expression")).toList());
        assertEquals(0, prefilter.candidates("2026-01-29T10:30:00.123Z personalization_complete api-pod-xyz us-west 4bf92f3577b34da6"));
    }

    @Test
    void anExpressionThatItCannotReadIsAlwaysTried() {
        Prefilter prefilter = new Prefilter(List.of("a", "\\pL+"));
        assertEquals(0b10, prefilter.candidates("b"));
        assertEquals(0b11, prefilter.candidates("xa"));
    }

    @Test
    void fewStatesAreEnoughForever() {
        Prefilter prefilter = new Prefilter(List.of("a[ab]{20}c", "(?:a|b)+@"));
        Random random = new Random(3);
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 200_000; i++) {
            text.append(random.nextBoolean() ? 'a' : 'b');
        }
        assertEquals(0, prefilter.candidates(text));
        assertEquals(0b11, prefilter.candidates(text.append("c b@")) | prefilter.candidates("a" + "b".repeat(20) + "c"));
    }

    @Test
    void hostileTextTakesNoLongerThanItsLength() {
        Redactor redactor = redactor();
        for (String part : List.of("a", "1", "1.", "a:", "@", "%25", "password=", "\\", "[", "{\"password\":", "4 ", "eyJ", "::")) {
            String text = part.repeat(32_768 / part.length());
            assertTimeout(Duration.ofSeconds(5), () -> redactor.redact(text), part);
        }
    }

    @Test
    void keysAreComparedWithoutCaseAndSeparators() {
        KeyNames names = new KeyNames(List.of("*apikey", "pwd"));
        assertTrue(names.contains("X-Api-Key"));
        assertTrue(names.contains("apiKey"));
        assertTrue(names.contains("PWD"));
        assertFalse(names.contains("api_key_id"));
        assertFalse(names.contains("my_pwd"));
    }
}
