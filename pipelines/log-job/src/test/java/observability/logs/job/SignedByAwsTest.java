package observability.logs.job;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Map;
import observability.logs.core.ConfigException;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;

class SignedByAwsTest {
    private static final URI ADDRESS =
            URI.create("https://search.example.com/_bulk?filter_path=errors%2Citems.%2A.status%2Citems.%2A.error.type");
    private static final byte[] BODY = "{\"create\":{}}\n{}\n".getBytes(StandardCharsets.UTF_8);

    /** What botocore's SigV4Auth computes of the same request, key, headers and time. */
    @Test
    void signsAsBotocoreDoes() {
        AwsSessionCredentials key =
                AwsSessionCredentials.create("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "session");
        Clock clock = Clock.fixed(Instant.parse("2026-01-29T10:30:00Z"), ZoneOffset.UTC);
        Map<String, String> headers =
                new SignedByAws("eu-west-1", StaticCredentialsProvider.create(key), clock).sign(ADDRESS, BODY);
        assertEquals("session", headers.get("X-Amz-Security-Token"));
        assertEquals("20260129T103000Z", headers.get("X-Amz-Date"));
        assertEquals("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260129/eu-west-1/es/aws4_request, "
                + "SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-security-token, "
                + "Signature=9ee58971cbc7bc5e0ca37022bb2019bf090650cf9849ec229eebbd2dcd952a92",
                headers.get("Authorization"));
    }

    @Test
    void needsARegion() {
        assertThrows(ConfigException.class, () -> new SignedByAws(null));
    }
}
