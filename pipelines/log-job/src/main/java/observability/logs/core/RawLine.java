package observability.logs.core;

/**
 * One record of a raw topic.
 *
 * @param receivedAt Kafka's timestamp, in milliseconds since 1970
 * @param value the line as it came; null for a record without a value
 */
public record RawLine(String topic, int partition, long offset, long receivedAt, byte[] value) {}
