package observability.logs.core;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Computes documents' ids from the place in the shipper's file, else in Kafka; equal each time. */
final class Ids {
    private static final int KEPT_BYTES = 16;
    private static final HexFormat HEX = HexFormat.of();

    private final MessageDigest digest;

    Ids() {
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException missing) {
            throw new IllegalStateException("every Java has SHA-256", missing);
        }
    }

    String of(String stream, RawLine raw, Envelope envelope) {
        String place = envelope.placed()
                ? stream + "\n" + envelope.source() + "\n" + envelope.offset()
                : stream + "\n" + raw.topic() + "/" + raw.partition() + "/" + raw.offset();
        return HEX.formatHex(digest.digest(place.getBytes(StandardCharsets.UTF_8)), 0, KEPT_BYTES);
    }
}
