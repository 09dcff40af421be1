"""The entrance for spans from outside of the cluster: an agent with client certificates and without pod names."""

from dataclasses import replace

from compiler.catalog.catalog import Catalog
from compiler.traces import parts
from compiler.traces.agent import Agent, agent
from compiler.traces.parts import Certificates, Config

TLS = Certificates().folder
"""Where the entrance's certificate is mounted."""


def entrance(catalog: Catalog, settings: Agent) -> Config:
    """Return the entrance's configuration.

    Args:
        catalog: what is removed from spans on their way.
        settings: as for the agents; what a span says of its pod is not asked for here, since it has none.
    """
    receiver = parts.receiver(Certificates(TLS))
    return {**agent(catalog, replace(settings, kubernetes=False)), "receivers": {"otlp": receiver}}
