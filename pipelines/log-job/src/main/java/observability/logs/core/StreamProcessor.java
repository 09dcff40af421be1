package observability.logs.core;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.time.LocalDateTime;

/** Processes the lines of one stream. Not for several threads at once. */
final class StreamProcessor {
    private static final String[] ERROR_TAGS = {"error"};

    private final Job job;
    private final Stream stream;
    private final JsonFactory factory = Json.forLines();
    private final LineParser parser;
    private final Redactor redactor;
    private final Prefix prefix;
    private final Places places;
    private final ParsedLine line;
    private final DocumentWriter writer = new DocumentWriter();
    private final Ids ids = new Ids();

    StreamProcessor(Job job, Stream stream, Patterns patterns, KeyedHash hash, Places places) {
        this.job = job;
        this.stream = stream;
        this.places = places;
        redactor = new Redactor(patterns, stream.keysInText, job.limits.stringChars());
        parser = new LineParser(factory, stream, job.limits, new Values(redactor, hash, stream.dropsText));
        prefix = new Prefix(stream, redactor, job.limits.prefixChars());
        line = new ParsedLine(stream.layout.size());
    }

    Outcome process(RawLine raw) {
        Envelope envelope = Envelope.bare(raw.value());
        try {
            checkBytes(raw.value());
            envelope = Envelope.open(factory, raw.value());
            parser.parse(envelope.line(), line);
            complete(envelope);
            long time = time(raw);
            return document(raw, ids.of(stream.name, raw, envelope), time);
        } catch (Refused refused) {
            return deadLetter(raw, ids.of(stream.name, raw, envelope), refused, envelope);
        }
    }

    private void checkBytes(byte[] value) throws Refused {
        if (value == null || value.length == 0) {
            throw new Refused(Reason.NOT_JSON, "the record is empty");
        }
        if (value.length > job.limits.lineBytes()) {
            throw new Refused(Reason.TOO_LONG, "expected at most " + job.limits.lineBytes() + " bytes");
        }
        if (!Utf8.isValid(value)) {
            throw new Refused(Reason.NOT_UTF8, "expected UTF-8");
        }
    }

    /** Fills absent fields from the shipper and the stream; checks the required ones. */
    private void complete(Envelope envelope) throws Refused {
        Object[] values = line.values;
        if (values[stream.service] == null) {
            boolean known = envelope.container() != null && stream.services.contains(envelope.container());
            values[stream.service] = known ? envelope.container() : stream.defaultService;
        }
        if (values[stream.instance] == null && envelope.pod() != null) {
            values[stream.instance] = redactor.redact(envelope.pod());
        }
        if (values[stream.traceId] == null) {
            values[stream.traceId] = values[stream.requestId];
        }
        for (Rule rule : stream.required) {
            if (values[stream.layout.slot(rule.target())] == null) {
                throw new Refused(Reason.MISSING_FIELD, rule.name() + ": expected it in every line");
            }
        }
        if (!stream.services.contains(values[stream.service])) {
            throw new Refused(Reason.UNKNOWN_SERVICE, "service: expected one of the stream's " + stream.services.size());
        }
        places(values);
    }

    private void places(Object[] values) {
        if (line.address != null) {
            String[] found = places.of(line.address);
            for (int i = 0; i < found.length; i++) {
                values[stream.geo[i]] = found[i];
            }
        }
    }

    private long time(RawLine raw) throws Refused {
        long time = line.values[stream.timestamp] instanceof Long found ? found : raw.receivedAt();
        if (time > raw.receivedAt() + job.limits.futureSeconds() * 1000L) {
            throw new Refused(Reason.FROM_THE_FUTURE,
                    "timestamp: expected at most " + job.limits.futureSeconds() + " s after Kafka's");
        }
        return time;
    }

    private Outcome document(RawLine raw, String id, long time) throws Refused {
        Object[] values = line.values;
        String original = (String) values[stream.level];
        String level = job.level(original);
        if (level == null) {
            throw new Refused(Reason.WRONG_TYPE, "level: expected one of " + job.levels.keySet());
        }
        String category = stream.category(values[stream.event], values[stream.ownCategory], job.categories);
        values[stream.level] = level;
        values[stream.ownCategory] = category;
        String stamp = Timestamps.format(time);
        byte[] json = writer.object(out -> {
            out.writeStringField("@timestamp", stamp);
            DocumentWriter.nested(out, stream.layout.root(), values);
            if (!original.equals(level)) {
                out.writeStringField("level_original", original);
            }
            origin(out, raw, id, level);
        });
        LocalDateTime received = Timestamps.utc(raw.receivedAt());
        String index = stream.index + "-" + Timestamps.date(received, '.');
        return new Outcome.Document(id, index, folder((String) values[stream.service], received), json);
    }

    private void origin(JsonGenerator out, RawLine raw, String id, String level) throws IOException {
        out.writeStringField("received_at", Timestamps.format(raw.receivedAt()));
        out.writeStringField("workload", stream.workload);
        out.writeStringField("stream", stream.name);
        out.writeStringField("environment", job.environment);
        out.writeStringField("doc_id", id);
        out.writeFieldName("tags");
        boolean error = level.equals("ERROR") || level.equals("FATAL");
        out.writeArray(error ? ERROR_TAGS : new String[0], 0, error ? 1 : 0);
        out.writeNumberField("dropped_fields", line.dropped);
    }

    private String folder(String service, LocalDateTime hour) {
        StringBuilder out = new StringBuilder(128).append(stream.folder).append(service)
                .append("/dt=").append(Timestamps.date(hour, '-'))
                .append("/hour=");
        return Timestamps.two(out, hour.getHour()).toString();
    }

    private Outcome deadLetter(RawLine raw, String id, Refused refused, Envelope envelope) {
        String shown = prefix.of(envelope.line());
        byte[] json = writer.object(out -> {
            out.writeStringField("reason", refused.reason().code());
            out.writeStringField("detail", refused.getMessage());
            out.writeStringField("stream", stream.name);
            out.writeStringField("received_at", Timestamps.format(raw.receivedAt()));
            out.writeStringField("doc_id", id);
            out.writeStringField("prefix", shown);
        });
        return new Outcome.DeadLetter(id, stream.deadLetterTopic, refused.reason(), json);
    }
}
