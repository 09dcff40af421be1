package observability.logs.job;

import java.io.ByteArrayInputStream;
import java.net.URI;
import java.time.Clock;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import observability.logs.core.ConfigException;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.http.SdkHttpMethod;
import software.amazon.awssdk.http.SdkHttpRequest;
import software.amazon.awssdk.http.auth.aws.signer.AwsV4HttpSigner;
import software.amazon.awssdk.http.auth.spi.signer.HttpSigner;
import software.amazon.awssdk.http.auth.spi.signer.SignedRequest;
import software.amazon.awssdk.identity.spi.AwsCredentialsIdentity;

/** Signs requests to an OpenSearch domain on AWS with the pod's own role (Signature Version 4). */
final class SignedByAws implements Credentials {
    /** The JDK's client sets these itself and refuses them from others; the host is signed all the same. */
    private static final Set<String> SET_BY_CLIENT = Set.of("host", "content-length");

    private final AwsV4HttpSigner signer = AwsV4HttpSigner.create();
    private final AwsCredentialsProvider provider;
    private final Clock clock;
    private final String region;

    SignedByAws(String region) {
        this(region, DefaultCredentialsProvider.builder().build(), Clock.systemUTC());
    }

    SignedByAws(String region, AwsCredentialsProvider provider, Clock clock) {
        if (region == null) {
            throw new ConfigException("arguments: --opensearch-auth sigv4: expected --region");
        }
        this.region = region;
        this.provider = provider;
        this.clock = clock;
    }

    @Override
    public Map<String, String> sign(URI address, byte[] body) {
        AwsCredentialsIdentity identity = provider.resolveCredentials();
        SdkHttpRequest request = SdkHttpRequest.builder().method(SdkHttpMethod.POST).uri(address).build();
        SignedRequest signed = signer.sign(asked -> asked
                .identity(identity)
                .request(request)
                .payload(() -> new ByteArrayInputStream(body))
                .putProperty(AwsV4HttpSigner.SERVICE_SIGNING_NAME, "es")
                .putProperty(AwsV4HttpSigner.REGION_NAME, region)
                .putProperty(HttpSigner.SIGNING_CLOCK, clock));
        Map<String, String> headers = new HashMap<>();
        signed.request().forEachHeader((name, values) -> {
            if (!SET_BY_CLIENT.contains(name.toLowerCase(Locale.ROOT))) {
                headers.put(name, values.get(0));
            }
        });
        return headers;
    }
}
