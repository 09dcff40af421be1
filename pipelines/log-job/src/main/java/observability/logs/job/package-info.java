/** The Flink job around the core: from Kafka to OpenSearch, S3 and the dead letters, with checkpoints. */
package observability.logs.job;
