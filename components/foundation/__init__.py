"""What a cluster needs before the other layers: storage, certificates, namespaces."""
