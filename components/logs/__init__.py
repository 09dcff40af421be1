"""The log pipeline: agents, Kafka, the job, hot storage and the archive's tables."""
