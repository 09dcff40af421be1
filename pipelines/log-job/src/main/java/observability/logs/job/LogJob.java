package observability.logs.job;

import java.nio.file.Files;
import java.nio.file.Path;
import observability.logs.core.Job;
import observability.logs.core.Outcome;
import observability.logs.core.RawLine;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.connector.file.sink.FileSink;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.filesystem.OutputFileConfig;
import org.apache.flink.streaming.api.functions.sink.filesystem.rollingpolicies.OnCheckpointRollingPolicy;
import org.apache.kafka.clients.consumer.OffsetResetStrategy;

/**
 * Reads the raw topics; writes to OpenSearch, S3 and the topics of dead letters. Checkpoints, restarts and
 * parallelism are the cluster's configuration. Each operator has a name that savepoints know it by: do not change
 * one.
 */
public final class LogJob {
    private LogJob() {}

    public static void main(String[] words) throws Exception {
        Arguments arguments = Arguments.of(words);
        StreamExecutionEnvironment environment = StreamExecutionEnvironment.getExecutionEnvironment();
        // Nothing here changes what it was given: copies between operators would only cost.
        environment.getConfig().enableObjectReuse();
        build(environment, arguments, Job.of(Files.readAllBytes(Path.of(arguments.rules()))));
        environment.execute("logs");
    }

    private static void build(StreamExecutionEnvironment environment, Arguments arguments, Job job) {
        SingleOutputStreamOperator<Outcome.Document> documents = environment
                .fromSource(source(arguments, job), WatermarkStrategy.noWatermarks(), "raw-lines")
                .uid("raw-lines")
                .process(new ProcessLines(arguments.rules(), arguments.hashKey(), arguments.places()))
                .name("process")
                .uid("process");
        documents.sinkTo(new SearchSink(arguments)).name("opensearch").uid("opensearch");
        documents.sinkTo(cold(arguments)).name("s3").uid("s3");
        documents.getSideOutput(ProcessLines.DEAD_LETTERS)
                .sinkTo(deadLetters(arguments)).name("dead-letters").uid("dead-letters");
    }

    @SuppressWarnings("deprecation") // the connector still takes Kafka's older name for the strategy, and no other
    private static KafkaSource<RawLine> source(Arguments arguments, Job job) {
        return KafkaSource.<RawLine>builder()
                .setBootstrapServers(arguments.kafka())
                .setTopics(job.topics().toArray(new String[0]))
                .setGroupId(arguments.group())
                .setStartingOffsets(OffsetsInitializer.committedOffsets(OffsetResetStrategy.EARLIEST))
                .setDeserializer(new RawLines())
                .setProperties(KafkaClients.settings(arguments))
                .build();
    }

    private static FileSink<Outcome.Document> cold(Arguments arguments) {
        return FileSink.forBulkFormat(new org.apache.flink.core.fs.Path(arguments.archive()), new GzipLines())
                .withBucketAssigner(new Folders())
                .withRollingPolicy(OnCheckpointRollingPolicy.build())
                .withOutputFileConfig(new OutputFileConfig("part", ".json.gz"))
                .build();
    }

    /** Returns the sink of dead letters, at least once: a letter that is sent twice has the same id both times. */
    private static KafkaSink<Outcome.DeadLetter> deadLetters(Arguments arguments) {
        return KafkaSink.<Outcome.DeadLetter>builder()
                .setBootstrapServers(arguments.kafka())
                .setKafkaProducerConfig(KafkaClients.settings(arguments))
                .setDeliveryGuarantee(DeliveryGuarantee.AT_LEAST_ONCE)
                .setRecordSerializer(new DeadLetters())
                .build();
    }
}
