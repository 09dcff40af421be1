package observability.logs.job;

import java.nio.file.Path;
import java.util.Properties;
import observability.logs.core.ConfigException;

/** Configures how Kafka's clients authenticate. */
final class KafkaClients {
    private KafkaClients() {}

    /**
     * Returns settings for SCRAM over TLS, none for plain connections. The password is not among them: each client
     * reads it from its file when it starts, so that it is neither in the job's graph nor in the state.
     */
    static Properties settings(Arguments arguments) {
        Properties found = new Properties();
        if (arguments.kafkaUser() == null) {
            return found;
        }
        if (arguments.kafkaPassword() == null) {
            throw new ConfigException("arguments: --kafka-user: expected --kafka-password with it");
        }
        Path password = Path.of(arguments.kafkaPassword()).toAbsolutePath();
        found.setProperty("config.providers", "dir");
        found.setProperty("config.providers.dir.class",
                "org.apache.kafka.common.config.provider.DirectoryConfigProvider");
        found.setProperty("security.protocol", "SASL_SSL");
        found.setProperty("sasl.mechanism", "SCRAM-SHA-512");
        found.setProperty("sasl.jaas.config",
                "org.apache.kafka.common.security.scram.ScramLoginModule required username=\"" + arguments.kafkaUser()
                        + "\" password=\"${dir:" + password.getParent() + ":" + password.getFileName() + "}\";");
        if (arguments.kafkaCa() != null) {
            found.setProperty("ssl.truststore.type", "PEM");
            found.setProperty("ssl.truststore.location", arguments.kafkaCa());
        }
        return found;
    }
}
