package observability.logs.core;

import java.io.Serializable;

/** The outcome of a line: a document or a dead letter. */
public sealed interface Outcome {

    /** Returns the id of the line, the same each time it is processed. */
    String id();

    /**
     * A document to store.
     *
     * @param index the index of its day in OpenSearch
     * @param folder the prefix of its object in the bucket: retention class, workload, service, day and hour
     * @param json the document, UTF-8, without a line end
     */
    record Document(String id, String index, String folder, byte[] json) implements Outcome, Serializable {}

    /**
     * A line that cannot be used.
     *
     * @param topic the workload's topic of dead letters
     * @param json reason, detail and redacted prefix, UTF-8
     */
    record DeadLetter(String id, String topic, Reason reason, byte[] json) implements Outcome {}
}
