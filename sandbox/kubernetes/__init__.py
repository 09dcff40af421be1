"""The Kubernetes target: a schema-checked object store, or a real API server on loopback."""
