"""Parts that components of several layers share: pods, roles, network policies, tags."""
