"""From the declared streams to the configuration of Fluent Bit, Kafka, Flink and OpenSearch."""
