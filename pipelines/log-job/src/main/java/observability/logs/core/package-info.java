/** What happens to one line, free of Flink: parse, validate, redact, write. Tested and measured without a cluster. */
package observability.logs.core;
