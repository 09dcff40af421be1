/** Processes one line without Flink: parse, validate, redact, write. Tested and measured without a cluster. */
package observability.logs.core;
