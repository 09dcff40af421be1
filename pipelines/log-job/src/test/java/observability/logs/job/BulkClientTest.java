package observability.logs.job;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.sun.net.httpserver.HttpServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import observability.logs.core.Outcome;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class BulkClientTest {
    private static final List<Outcome.Document> BATCH = List.of(document("a"), document("b"), document("c"), document("d"));

    private HttpServer server;
    private volatile int status = 200;
    private volatile String answer = "{\"errors\": false}";
    private volatile String asked = "";

    private static Outcome.Document document(String id) {
        return new Outcome.Document(id, "logs-x-2026.01.29", "folder", "{\"doc_id\":\"x\"}".getBytes(StandardCharsets.UTF_8));
    }

    @BeforeEach
    void start() throws Exception {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            asked = exchange.getRequestURI() + " " + exchange.getRequestHeaders().getFirst("X-Test") + "\n"
                    + new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            byte[] body = answer.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(status, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    private BulkClient.Answer send() {
        String address = "http://" + server.getAddress().getHostString() + ":" + server.getAddress().getPort() + "/";
        return new BulkClient(address, (uri, body) -> Map.of("X-Test", "signed")).send(BATCH).join();
    }

    @Test
    void createsEachDocumentUnderItsId() {
        assertEquals(new BulkClient.Answer(4, 0, List.of(), List.of(), ""), send());
        assertEquals("/_bulk?filter_path=errors%2Citems.%2A.status%2Citems.%2A.error.type signed\n"
                + "{\"create\":{\"_index\":\"logs-x-2026.01.29\",\"_id\":\"a\"}}\n{\"doc_id\":\"x\"}\n",
                asked.substring(0, asked.indexOf("{\"create\"", asked.indexOf("{\"create\"") + 1)));
    }

    @Test
    void tellsWhatIsThereAlreadyWhatToSendAgainAndWhatNeverFits() {
        answer = "{\"errors\": true, \"items\": [{\"create\": {\"status\": 201}}, "
                + "{\"create\": {\"status\": 409, \"error\": {\"type\": \"version_conflict_engine_exception\"}}}, "
                + "{\"create\": {\"status\": 403, \"error\": {\"type\": \"cluster_block_exception\"}}}, "
                + "{\"create\": {\"status\": 400, \"error\": {\"type\": \"mapper_parsing_exception\"}}}]}";
        assertEquals(new BulkClient.Answer(1, 1, List.of(2), List.of(3), "mapper_parsing_exception"), send());
    }

    @Test
    void anAnswerThatDoesNotTellOfEachIsNone() {
        answer = "{\"errors\": true, \"items\": [{\"create\": {\"status\": 201}}]}";
        assertThrows(CompletionException.class, this::send);
        answer = "";
        assertThrows(CompletionException.class, this::send);
        status = 429;
        assertThrows(CompletionException.class, this::send);
    }
}
