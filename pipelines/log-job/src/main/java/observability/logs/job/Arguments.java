package observability.logs.job;

import java.io.Serializable;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeSet;
import observability.logs.core.ConfigException;

/**
 * Parses the job's command line. Secrets are never in it: only the files that hold them.
 *
 * @param rules the compiled job.json
 * @param kafka the brokers, HOST:PORT with commas between
 * @param kafkaUser the job's user of Kafka (SCRAM over TLS); null for plain connections, as tests have them
 * @param kafkaPassword the file with that user's password
 * @param kafkaCa the file with the certificate of the brokers' authority; null for the well-known ones
 * @param opensearch the address of OpenSearch
 * @param opensearchAuth none, basic or sigv4
 * @param opensearchUser the file with the user's name for basic
 * @param opensearchPassword the file with the password for basic
 * @param archive the address of the bucket, such as s3://name; folders below are of the retention classes
 * @param hashKey the file with the secret of the keyed hash
 * @param places the GeoIP database; null for none
 */
record Arguments(
        String rules,
        String kafka,
        String kafkaUser,
        String kafkaPassword,
        String kafkaCa,
        String group,
        String opensearch,
        String opensearchAuth,
        String opensearchUser,
        String opensearchPassword,
        String region,
        String archive,
        String hashKey,
        String places) implements Serializable {

    private static final String HELP = "--rules FILE --kafka HOST:PORT,… [--kafka-user NAME --kafka-password FILE "
            + "[--kafka-ca FILE]] [--group NAME] --opensearch URL [--opensearch-auth none|basic|sigv4] "
            + "[--opensearch-user FILE --opensearch-password FILE] [--region NAME] --archive s3://NAME "
            + "--hash-key FILE [--places FILE]";

    static Arguments of(String[] words) {
        Map<String, String> found = new HashMap<>();
        for (int i = 0; i < words.length; i += 2) {
            if (!words[i].startsWith("--") || i + 1 == words.length) {
                throw new ConfigException("arguments: expected " + HELP + ", found " + words[i]);
            }
            found.put(words[i].substring(2), words[i + 1]);
        }
        found.putIfAbsent("group", "log-job");
        found.putIfAbsent("opensearch-auth", "none");
        Arguments made = new Arguments(
                needed(found, "rules"),
                needed(found, "kafka"),
                found.remove("kafka-user"),
                found.remove("kafka-password"),
                found.remove("kafka-ca"),
                needed(found, "group"),
                needed(found, "opensearch"),
                needed(found, "opensearch-auth"),
                found.remove("opensearch-user"),
                found.remove("opensearch-password"),
                found.remove("region"),
                needed(found, "archive"),
                needed(found, "hash-key"),
                found.remove("places"));
        if (!found.isEmpty()) {
            throw new ConfigException("arguments: expected " + HELP + ", found --" + new TreeSet<>(found.keySet()).first());
        }
        return made;
    }

    private static String needed(Map<String, String> found, String name) {
        String value = found.remove(name);
        if (value == null) {
            throw new ConfigException("arguments: --" + name + ": expected it: " + HELP);
        }
        return value;
    }
}
