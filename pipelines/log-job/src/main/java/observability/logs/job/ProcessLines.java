package observability.logs.job;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import observability.logs.core.Job;
import observability.logs.core.KeyedHash;
import observability.logs.core.LineProcessor;
import observability.logs.core.Outcome;
import observability.logs.core.Places;
import observability.logs.core.RawLine;
import observability.logs.core.Reason;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.util.Collector;
import org.apache.flink.util.OutputTag;

/** Runs the core inside Flink. Rules and key are read where the task runs: neither is part of the job's graph. */
final class ProcessLines extends ProcessFunction<RawLine, Outcome.Document> {
    static final OutputTag<Outcome.DeadLetter> DEAD_LETTERS =
            new OutputTag<>("dead-letters", TypeInformation.of(Outcome.DeadLetter.class));

    private static final long serialVersionUID = 1L;

    private final String job;
    private final String hashKey;
    private final String places;
    private transient LineProcessor processor;
    private transient Counter processed;
    private transient Map<Reason, Counter> refused;

    ProcessLines(String job, String hashKey, String places) {
        this.job = job;
        this.hashKey = hashKey;
        this.places = places;
    }

    @Override
    public void open(OpenContext context) throws Exception {
        processor = new LineProcessor(
                Job.of(Files.readAllBytes(Path.of(job))),
                KeyedHash.key(Path.of(hashKey)),
                places == null ? Places.none() : Places.of(new File(places)));
        MetricGroup logs = getRuntimeContext().getMetricGroup().addGroup("logs");
        processed = logs.counter("documents");
        refused = new EnumMap<>(Reason.class);
        for (Reason reason : Reason.values()) {
            refused.put(reason, logs.addGroup("reason", reason.code()).counter("dead_letters"));
        }
    }

    @Override
    public void processElement(RawLine line, Context context, Collector<Outcome.Document> out) {
        Outcome outcome = processor.process(line);
        if (outcome instanceof Outcome.Document document) {
            processed.inc();
            out.collect(document);
        } else if (outcome instanceof Outcome.DeadLetter letter) {
            refused.get(letter.reason()).inc();
            context.output(DEAD_LETTERS, letter);
        }
    }
}
