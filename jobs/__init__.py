"""Jobs that run in the cluster on Python's standard library alone: mounted, not built into an image."""
