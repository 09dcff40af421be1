package observability.logs.job;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import observability.logs.core.ConfigException;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ArgumentsTest {
    private static final String NEEDED =
            "--rules j --kafka b:1 --opensearch http://s --archive s3://x --hash-key k";

    private static Arguments of(String more) {
        return Arguments.of((NEEDED + more).split(" "));
    }

    @Test
    void whatIsNotSaidHasADefault() {
        Arguments found = of("");
        assertEquals("log-job", found.group());
        assertEquals("none", found.opensearchAuth());
        assertNull(found.places());
    }

    @Test
    void whatIsUnknownOrMissingIsSaid() {
        assertTrue(assertThrows(ConfigException.class, () -> of(" --serach x")).getMessage().endsWith("found --serach"));
        assertTrue(assertThrows(ConfigException.class, () -> Arguments.of(new String[0])).getMessage().contains("--rules"));
        assertThrows(ConfigException.class, () -> of(" --group"));
    }

    /** Kafka's own reader of settings puts the password in, in the client; the job's graph has only its place. */
    @Test
    void kafkasPasswordIsReadByTheClient(@TempDir Path folder) throws Exception {
        Path password = Files.writeString(folder.resolve("password"), "s3cret");
        Properties found = KafkaClients.settings(of(" --kafka-user log-job --kafka-password " + password + " --kafka-ca /ca.crt"));
        assertFalse(found.toString().contains("s3cret"));
        found.setProperty("bootstrap.servers", "b:1");
        found.setProperty("key.deserializer", ByteArrayDeserializer.class.getName());
        found.setProperty("value.deserializer", ByteArrayDeserializer.class.getName());
        ConsumerConfig read = new ConsumerConfig(found);
        assertTrue(read.getPassword("sasl.jaas.config").value().contains("password=\"s3cret\";"));
        assertEquals("SASL_SSL", read.getString("security.protocol"));
        assertTrue(KafkaClients.settings(of("")).isEmpty());
        assertThrows(ConfigException.class, () -> KafkaClients.settings(of(" --kafka-user x")));
    }

    @Test
    void aPasswordComesFromAFile(@TempDir Path folder) throws Exception {
        Path user = Files.writeString(folder.resolve("user"), "job\n");
        Path password = Files.writeString(folder.resolve("password"), "pass word\n");
        Arguments found = of(" --opensearch-auth basic --opensearch-user " + user + " --opensearch-password " + password);
        assertEquals(Map.of("Authorization", "Basic am9iOnBhc3Mgd29yZA=="),
                Credentials.of(found).sign(URI.create("http://s"), new byte[0]));
        assertThrows(ConfigException.class, () -> Credentials.of(of(" --opensearch-auth basic")));
        assertThrows(ConfigException.class, () -> Credentials.of(of(" --opensearch-auth magic")));
    }
}
