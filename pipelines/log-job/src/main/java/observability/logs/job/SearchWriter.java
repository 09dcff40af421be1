package observability.logs.job;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import observability.logs.core.Outcome;
import org.apache.flink.api.connector.sink2.WriterInitContext;
import org.apache.flink.connector.base.sink.writer.AsyncSinkWriter;
import org.apache.flink.connector.base.sink.writer.BufferedRequestState;
import org.apache.flink.connector.base.sink.writer.DequeRequestBuffer;
import org.apache.flink.connector.base.sink.writer.ElementConverter;
import org.apache.flink.connector.base.sink.writer.ResultHandler;
import org.apache.flink.connector.base.sink.writer.SimpleBatchCreator;
import org.apache.flink.connector.base.sink.writer.config.AsyncSinkWriterConfiguration;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Histogram;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.runtime.metrics.DescriptiveStatisticsHistogram;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Sends batches, retries what OpenSearch could not take yet, and holds each checkpoint until all is written. */
final class SearchWriter extends AsyncSinkWriter<Outcome.Document, Outcome.Document> {
    private static final Logger LOG = LoggerFactory.getLogger(SearchWriter.class);
    private static final long FIRST_PAUSE_MS = 100;
    private static final long LONGEST_PAUSE_MS = 5_000;
    private static final int REMEMBERED = 1_000;

    private final BulkClient client;
    private final Counter created;
    private final Counter alreadyThere;
    private final Counter repeated;
    private final Counter rejected;
    private final Histogram latency;
    private volatile long pause = FIRST_PAUSE_MS;

    SearchWriter(
            ElementConverter<Outcome.Document, Outcome.Document> converter,
            WriterInitContext context,
            AsyncSinkWriterConfiguration settings,
            Collection<BufferedRequestState<Outcome.Document>> states,
            BulkClient client) {
        super(converter, context, settings, states,
                new SimpleBatchCreator<>(settings.getMaxBatchSizeInBytes()), new DequeRequestBuffer<>());
        this.client = client;
        MetricGroup bulk = context.metricGroup().addGroup("bulk");
        created = bulk.counter("created");
        alreadyThere = bulk.counter("already_there");
        repeated = bulk.counter("repeated");
        rejected = bulk.counter("rejected");
        latency = bulk.histogram("milliseconds", new DescriptiveStatisticsHistogram(REMEMBERED));
    }

    static AsyncSinkWriterConfiguration settings(SearchSink sink) {
        return AsyncSinkWriterConfiguration.builder()
                .setMaxBatchSize(sink.batch())
                .setMaxBatchSizeInBytes(sink.batchBytes())
                .setMaxInFlightRequests(sink.inFlight())
                .setMaxBufferedRequests(sink.buffered())
                .setMaxTimeInBufferMS(sink.inBufferMs())
                .setMaxRecordSizeInBytes(sink.documentBytes())
                .build();
    }

    /** Flushes at every checkpoint as at the end: the checkpoint waits for what is not acknowledged. */
    @Override
    public void flush(boolean isEnd) throws InterruptedException {
        super.flush(true);
    }

    @Override
    protected void submitRequestEntries(List<Outcome.Document> batch, ResultHandler<Outcome.Document> handler) {
        long started = System.nanoTime();
        client.send(batch).whenComplete((answer, failure) -> {
            if (failure != null) {
                LOG.warn("OpenSearch: a batch of {} could not be sent, {}", batch.size(), failure.toString());
                again(batch, handler);
                return;
            }
            latency.update(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - started));
            created.inc(answer.created());
            alreadyThere.inc(answer.alreadyThere());
            if (!answer.rejected().isEmpty()) {
                // Such a document is in S3, and no repetition would help it: one that OpenSearch cannot map.
                rejected.inc(answer.rejected().size());
                LOG.error("OpenSearch: {} documents do not fit their index, {}", answer.rejected().size(), answer.cause());
            }
            List<Outcome.Document> left = new ArrayList<>();
            answer.again().forEach(place -> left.add(batch.get(place)));
            if (left.isEmpty()) {
                pause = FIRST_PAUSE_MS;
                handler.complete();
            } else {
                LOG.warn("OpenSearch: {} of {} documents are refused for now, {}", left.size(), batch.size(), answer.cause());
                again(left, handler);
            }
        });
    }

    /** Retries after a pause that doubles, with jitter, so that subtasks do not retry all at once. */
    private void again(List<Outcome.Document> left, ResultHandler<Outcome.Document> handler) {
        repeated.inc(left.size());
        long wait = pause + ThreadLocalRandom.current().nextLong(pause);
        pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
        CompletableFuture.delayedExecutor(wait, TimeUnit.MILLISECONDS).execute(() -> handler.retryForEntries(left));
    }

    @Override
    protected long getSizeInBytes(Outcome.Document document) {
        return document.json().length;
    }
}
