"""What lives long and holds data: the network, the cluster, keys and archives."""
