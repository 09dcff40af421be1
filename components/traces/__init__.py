"""The trace pipeline: agents, gateways, storage; profiles beside them."""
