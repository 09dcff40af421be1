"""What a cluster needs before anything else runs in it."""
