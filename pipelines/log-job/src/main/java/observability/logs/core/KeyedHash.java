package observability.logs.core;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Computes HMAC-SHA-256 of an id and its kind, cut to 128 bits. Without the key, no id is found by trial. Not for
 * several threads at once: it keeps one Mac.
 */
public final class KeyedHash {
    private static final String ALGORITHM = "HmacSHA256";
    private static final String PREFIX = "hmac:";
    private static final int KEPT_BYTES = 16;
    private static final int SHORTEST_KEY = 32; // bytes; a key shorter than the digest weakens it (RFC 2104, section 3)
    private static final HexFormat HEX = HexFormat.of();

    private final Mac mac;

    public KeyedHash(byte[] key) {
        if (key.length < SHORTEST_KEY) {
            throw new ConfigException("the hash key: expected " + SHORTEST_KEY + " bytes or more, found " + key.length);
        }
        try {
            mac = Mac.getInstance(ALGORITHM);
            mac.init(new SecretKeySpec(key, ALGORITHM));
        } catch (GeneralSecurityException missing) {
            throw new IllegalStateException("every Java has " + ALGORITHM, missing);
        }
    }

    /** Reads the key from a file; a line end after it does not belong to it. */
    public static byte[] key(Path file) {
        try {
            byte[] bytes = Files.readAllBytes(file);
            int end = bytes.length;
            while (end > 0 && (bytes[end - 1] == '\n' || bytes[end - 1] == '\r')) {
                end--;
            }
            return Arrays.copyOf(bytes, end);
        } catch (IOException missing) {
            throw new ConfigException("the hash key: expected a file to read at " + file, missing);
        }
    }

    /**
     * Returns "hmac:" and 32 hexadecimal digits. A value of this form was hashed at its source already (the package
     * `instrumentation` does): hashed again, one user would have two hashes.
     */
    String of(String domain, String id) {
        if (isMade(id)) {
            return id;
        }
        mac.update(domain.getBytes(StandardCharsets.UTF_8));
        mac.update((byte) 0);
        byte[] digest = mac.doFinal(id.getBytes(StandardCharsets.UTF_8));
        return PREFIX + HEX.formatHex(digest, 0, KEPT_BYTES);
    }

    private static boolean isMade(String id) {
        if (id.length() != PREFIX.length() + 2 * KEPT_BYTES || !id.startsWith(PREFIX)) {
            return false;
        }
        for (int i = PREFIX.length(); i < id.length(); i++) {
            if ("0123456789abcdef".indexOf(id.charAt(i)) < 0) {
                return false;
            }
        }
        return true;
    }
}
