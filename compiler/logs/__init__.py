"""From the declared streams to what Fluent Bit, Kafka, Flink and OpenSearch each need to know of them."""
