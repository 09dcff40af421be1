package observability.logs.job;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import observability.logs.core.Outcome;

/** Calls OpenSearch's bulk API: each document is created under its id; one that exists already counts as stored. */
final class BulkClient {
    private static final Duration CONNECT = Duration.ofSeconds(5);
    private static final Duration ANSWER = Duration.ofSeconds(60);
    private static final int CONFLICT = 409;
    private static final int BAD_REQUEST = 400;

    /**
     * The outcome of a batch.
     *
     * @param again places in the batch of those to be sent again
     * @param rejected places of those that can never be stored
     * @param cause of the last that was not stored, by OpenSearch's name for it; never a value
     */
    record Answer(int created, int alreadyThere, List<Integer> again, List<Integer> rejected, String cause) {}

    private final HttpClient client = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(CONNECT)
            .build();
    private final JsonFactory json = new JsonFactory();
    private final URI address;
    private final Credentials credentials;

    BulkClient(String search, Credentials credentials) {
        // Only what is looked at below: the answer to a good batch is a few bytes.
        this.address = URI.create(search.replaceFirst("/$", "")
                + "/_bulk?filter_path=errors%2Citems.%2A.status%2Citems.%2A.error.type");
        this.credentials = credentials;
    }

    /** Sends a batch; fails without an answer, or without an entry for each document. */
    CompletableFuture<Answer> send(List<Outcome.Document> batch) {
        byte[] body = body(batch);
        HttpRequest.Builder request = HttpRequest.newBuilder(address)
                .timeout(ANSWER)
                .header("Content-Type", "application/x-ndjson")
                .POST(HttpRequest.BodyPublishers.ofByteArray(body));
        try {
            credentials.sign(address, body).forEach(request::header);
        } catch (RuntimeException noCredentials) {
            return CompletableFuture.failedFuture(noCredentials);
        }
        return client.sendAsync(request.build(), HttpResponse.BodyHandlers.ofByteArray())
                .thenApply(response -> read(response, batch.size()));
    }

    private static byte[] body(List<Outcome.Document> batch) {
        int size = 0;
        for (Outcome.Document document : batch) {
            size += document.json().length + 120;
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream(size);
        for (Outcome.Document document : batch) {
            // Neither name can hold a character that JSON would escape.
            String action = "{\"create\":{\"_index\":\"" + document.index() + "\",\"_id\":\"" + document.id() + "\"}}\n";
            out.writeBytes(action.getBytes(StandardCharsets.UTF_8));
            out.writeBytes(document.json());
            out.write('\n');
        }
        return out.toByteArray();
    }

    private Answer read(HttpResponse<byte[]> response, int size) {
        if (response.statusCode() != 200) {
            throw new IllegalStateException("status " + response.statusCode());
        }
        try (JsonParser parser = json.createParser(response.body())) {
            return read(parser, size);
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
    }

    private static Answer read(JsonParser parser, int size) throws IOException {
        List<Integer> statuses = new ArrayList<>();
        String cause = "";
        for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
            if (token != JsonToken.FIELD_NAME) {
                continue;
            }
            String name = parser.currentName();
            JsonToken value = parser.nextToken();
            if (name.equals("errors") && value == JsonToken.VALUE_FALSE) {
                return new Answer(size, 0, List.of(), List.of(), "");
            }
            if (name.equals("status")) {
                statuses.add(parser.getIntValue());
            } else if (name.equals("type") && !parser.getText().equals("version_conflict_engine_exception")) {
                cause = parser.getText();
            }
        }
        if (statuses.size() != size) {
            throw new IllegalStateException("an answer for " + statuses.size() + " of " + size + " documents");
        }
        return sorted(statuses, cause);
    }

    private static Answer sorted(List<Integer> statuses, String cause) {
        int created = 0;
        int conflicts = 0;
        List<Integer> again = new ArrayList<>();
        List<Integer> rejected = new ArrayList<>();
        for (int place = 0; place < statuses.size(); place++) {
            int status = statuses.get(place);
            if (status < 300) {
                created++;
            } else if (status == CONFLICT) {
                conflicts++;
            } else if (status == BAD_REQUEST) {
                rejected.add(place);
            } else {
                again.add(place);
            }
        }
        return new Answer(created, conflicts, again, rejected, cause);
    }
}
