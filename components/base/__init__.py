"""Long-lived resources with data: the network, the cluster, keys and archives."""
