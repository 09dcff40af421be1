package observability.logs.job;

import java.nio.charset.StandardCharsets;
import observability.logs.core.Outcome;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.kafka.clients.producer.ProducerRecord;

/** Serializes each dead letter for its workload's topic, with its line's id as key. */
final class DeadLetters implements KafkaRecordSerializationSchema<Outcome.DeadLetter> {
    private static final long serialVersionUID = 1L;

    @Override
    public ProducerRecord<byte[], byte[]> serialize(Outcome.DeadLetter letter, KafkaSinkContext context, Long timestamp) {
        return new ProducerRecord<>(letter.topic(), letter.id().getBytes(StandardCharsets.US_ASCII), letter.json());
    }
}
