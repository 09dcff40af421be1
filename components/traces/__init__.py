"""The way of spans: agents, gateways, storage; profiles beside them."""
