"""One rule a file; each exposes `RULE`. Files are found by folder: to add one is to add the file and its spec."""
