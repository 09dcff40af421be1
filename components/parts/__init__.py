"""What components of several layers are made of: pods, roles, network policies, tags."""
