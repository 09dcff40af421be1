package observability.logs.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.DateTimeException;
import java.time.Instant;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TimestampsTest {

    @ParameterizedTest
    @CsvSource({
        "2026-01-29T10:30:00.123Z, 2026-01-29T10:30:00.123Z",
        "2025-10-21T10:30:00Z, 2025-10-21T10:30:00.000Z",
        "2025-01-07T10:30:45.123456Z, 2025-01-07T10:30:45.123Z",
        "'2025-01-07 10:30:45,5', 2025-01-07T10:30:45.500Z",
        "2025-01-07T10:30:45, 2025-01-07T10:30:45.000Z",
        "2025-01-07T10:30:45+02:00, 2025-01-07T08:30:45.000Z",
        "2025-01-07T23:30:45-0130, 2025-01-08T01:00:45.000Z",
        "2025-01-07T10:30:45+02, 2025-01-07T08:30:45.000Z",
        "2016-12-31T23:59:60Z, 2016-12-31T23:59:59.000Z",
    })
    void readsWhatServicesWrite(String text, String expected) {
        assertEquals(expected, Timestamps.format(Timestamps.parse(text)));
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "", "2026", "2026-13-01T00:00:00Z", "2026-02-29T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z",
        "2026-01-01T00:00:61Z", "2026-01-01T00:00:00.Z", "2026-01-01T00:00:00ZZ", "2026-01-01T00:00:00+25:00",
        "2026/01/01T00:00:00Z", "1969-12-31T23:59:59Z", "２026-01-01T00:00:00Z",
    })
    void refusesWhatIsNoTime(String text) {
        assertThrows(DateTimeException.class, () -> Timestamps.parse(text));
    }

    @Test
    void agreesWithJavaOnEveryInstant() {
        Random random = new Random(1);
        for (int i = 0; i < 10_000; i++) {
            Instant instant = Instant.ofEpochMilli((long) (random.nextDouble() * 253_402_300_799_999L));
            assertEquals(instant.toEpochMilli(), Timestamps.parse(instant.toString()));
            assertEquals(instant, Instant.parse(Timestamps.format(instant.toEpochMilli())));
        }
    }

    @Test
    void readsSecondsAndMilliseconds() {
        assertEquals(1_769_682_600_000L, Timestamps.parse(1_769_682_600.0));
        assertEquals(1_769_682_600_123L, Timestamps.parse(1_769_682_600.123));
        assertEquals(1_769_682_600_123L, Timestamps.parse(1_769_682_600_123.0));
        assertThrows(DateTimeException.class, () -> Timestamps.parse(Double.NaN));
        assertThrows(DateTimeException.class, () -> Timestamps.parse(1e300));
    }
}
