"""Code that runs in the cluster beside what it asks, on Python's standard library alone: mounted, not built."""
