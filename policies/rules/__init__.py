"""One rule a file; each exposes `RULE`. Files are found by folder, so that adding one is the file and its spec."""
