package observability.logs.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfigTest {

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "\"version\": 1 | \"version\": 2 | version: expected 1, found 2",
        "\"line_bytes\": 1000000 | \"line_bytes\": \"big\" | line_bytes: expected a whole number, found big",
        "\"type\": \"timestamp\" | \"type\": \"object\" | timestamp: type: expected one that stands for a value",
        "\"ts\": \"timestamp\" | \"ts\": \"time\" | aliases: ts: expected a field, found time",
        "\"ts\": \"timestamp\" | \"timestamp.x\": \"timestamp\" | timestamp.x: expected an object, found TIMESTAMP",
        "\"ts\": \"timestamp\" | \"metrics\": \"timestamp\" | metrics: expected a value, found an object",
        "(?i)\\\\b(?:bearer | (?<x>( | patterns: bearer: expected an expression of RE2",
    })
    void whatIsWrongIsSaidInOneLine(String good, String bad, String message) {
        String rules = new String(Lab.rules(), StandardCharsets.UTF_8);
        assertTrue(rules.contains(good), good);
        byte[] broken = rules.replace(good, bad).getBytes(StandardCharsets.UTF_8);
        ConfigException found = assertThrows(ConfigException.class,
                () -> new LineProcessor(Job.of(broken), new byte[32], Places.none()));
        assertTrue(found.getMessage().startsWith("job.json: "), found.getMessage());
        assertTrue(found.getMessage().contains(message), found.getMessage());
    }

    @Test
    void theKeyIsReadWithoutItsLineEndAndMustBeLong(@TempDir Path folder) throws Exception {
        Path file = Files.writeString(folder.resolve("key"), "0123456789abcdef0123456789abcdef\n");
        assertEquals(32, KeyedHash.key(file).length);
        assertThrows(ConfigException.class, () -> KeyedHash.key(folder.resolve("none")));
        assertThrows(ConfigException.class, () -> new KeyedHash(new byte[31]));
    }

    @Test
    void topicsComeFromTheStreams() {
        assertTrue(Lab.job().topics().contains(Lab.RECSYS));
        assertTrue(Lab.job().deadLetterTopics().contains("logs.recsys-saas.dead-letter"));
    }
}
