"""Settings of the six services, from environment variables."""

from collections.abc import Mapping
from dataclasses import dataclass

from plumbing.variables import number, switch

SERVICES = ("edge", "api", "retrieval", "ranking", "bandit", "llm")
ASKS: Mapping[str, tuple[str, ...]] = {"edge": ("api",), "api": ("retrieval", "ranking", "bandit", "llm")}
"""Which services each one asks."""


@dataclass(frozen=True)
class Settings:
    """The services' settings.

    Attributes:
        items: how many items are generated.
        cache_seconds: how long the edge keeps an answer.
        llm_seconds: how long the language model takes for an answer that it has not given before.
        peer_timeout: how long a service waits for another, in seconds.
        faults: whether requests may ask for faults by a header; for tests only.
        fault_seconds: how long a service takes that is asked to be slow: over the 200 ms from which a trace is kept.
        environment: `development` refuses undeclared spans and metrics, anything else warns of them.
    """

    items: int = 1000
    cache_seconds: float = 300.0
    llm_seconds: float = 0.03
    peer_timeout: float = 5.0
    faults: bool = False
    fault_seconds: float = 0.3
    environment: str = "production"


def read(variables: Mapping[str, str]) -> Settings:
    """Return the settings.

    Raises:
        plumbing.variables.SettingsError: a variable is out of its range.
    """
    given = Settings()
    return Settings(
        items=int(number(variables, "ITEMS", given.items, 1)),
        cache_seconds=number(variables, "CACHE_SECONDS", given.cache_seconds),
        llm_seconds=number(variables, "LLM_SECONDS", given.llm_seconds),
        peer_timeout=number(variables, "PEER_TIMEOUT_SECONDS", given.peer_timeout),
        faults=switch(variables, "EXAMPLE_FAULTS"),
        fault_seconds=number(variables, "EXAMPLE_FAULT_SECONDS", given.fault_seconds),
        environment=variables.get("ENVIRONMENT") or given.environment,
    )
