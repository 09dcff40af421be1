package observability.logs.core;

import java.util.HashMap;
import java.util.Map;

/** Processes the lines of all streams. Not for several threads at once: each has its own. */
public final class LineProcessor {
    private final Map<String, StreamProcessor> byTopic = new HashMap<>();

    /**
     * Prepares to process lines.
     *
     * @param key the secret of the keyed hash, 32 bytes or more
     */
    public LineProcessor(Job job, byte[] key, Places places) {
        KeyedHash hash = new KeyedHash(key);
        Patterns patterns = new Patterns(Json.maps(job.raw, "patterns"));
        job.streams.forEach((topic, stream) ->
                byTopic.put(topic, new StreamProcessor(job, stream, patterns, hash, places)));
    }

    /** Returns the outcome of a line; no line causes an exception, whatever its bytes. */
    public Outcome process(RawLine raw) {
        StreamProcessor processor = byTopic.get(raw.topic());
        if (processor == null) {
            throw new ConfigException("job.json: streams: expected one with the topic " + raw.topic());
        }
        return processor.process(raw);
    }
}
