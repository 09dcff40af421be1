package observability.logs.job;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Map;
import observability.logs.core.ConfigException;

/** Authenticates requests to OpenSearch. */
interface Credentials {

    /** Returns the headers that a POST of the body to the address needs. */
    Map<String, String> sign(URI address, byte[] body);

    /** Returns the credentials that `--opensearch-auth` names. */
    static Credentials of(Arguments arguments) {
        return switch (arguments.opensearchAuth()) {
            case "none" -> (address, body) -> Map.of();
            case "basic" -> basic(text(arguments.opensearchUser()), text(arguments.opensearchPassword()));
            case "sigv4" -> new SignedByAws(arguments.region());
            default -> throw new ConfigException("arguments: --opensearch-auth: expected none, basic or sigv4, found "
                    + arguments.opensearchAuth());
        };
    }

    private static Credentials basic(String user, String password) {
        String pair = Base64.getEncoder().encodeToString((user + ":" + password).getBytes(StandardCharsets.UTF_8));
        return (address, body) -> Map.of("Authorization", "Basic " + pair);
    }

    private static String text(String file) {
        if (file == null) {
            throw new ConfigException("arguments: --opensearch-auth basic: expected --opensearch-user and "
                    + "--opensearch-password");
        }
        try {
            return Files.readString(Path.of(file)).strip();
        } catch (IOException missing) {
            throw new ConfigException("arguments: expected a file to read at " + file, missing);
        }
    }
}
