"""The way of logs: agents, Kafka, the job, hot storage and the archive's tables."""
