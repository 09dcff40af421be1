"""Settings of the service from environment variables, read and checked once."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from plumbing.variables import address, number, switch

from .train import FILE


@dataclass(frozen=True)
class Settings:
    """The service's settings.

    Attributes:
        places: how many places are generated.
        model: the model's file.
        database: host and port of PostgreSQL; None: there is none, and the check passes.
        redis: host and port of Redis; None: a cache in process.
        cache_seconds: how long an answer is kept.
        feature_latency: seconds that a lookup of features takes.
        faults: whether requests may ask for faults by a header; for tests only.
        fault_seconds: how long a step takes that is asked to be slow.
        environment: `development` refuses undeclared spans and metrics, anything else warns of them.
    """

    places: int = 6000
    model: Path = FILE
    database: tuple[str, int] | None = None
    redis: tuple[str, int] | None = None
    cache_seconds: float = 30.0
    feature_latency: float = 0.002
    faults: bool = False
    fault_seconds: float = 0.3
    environment: str = "production"


def read(variables: Mapping[str, str]) -> Settings:
    """Return the settings.

    Raises:
        plumbing.variables.SettingsError: a variable is no number, no address, or out of its range.
    """
    given = Settings()
    return Settings(
        places=int(number(variables, "PLACES", given.places, 1)),
        model=Path(variables.get("MODEL_FILE") or given.model),
        database=address(variables, "DATABASE_ADDRESS"),
        redis=address(variables, "REDIS_ADDRESS"),
        cache_seconds=number(variables, "CACHE_SECONDS", given.cache_seconds),
        feature_latency=number(variables, "FEATURE_LATENCY_SECONDS", given.feature_latency),
        faults=switch(variables, "EXAMPLE_FAULTS"),
        fault_seconds=number(variables, "EXAMPLE_FAULT_SECONDS", given.fault_seconds),
        environment=variables.get("ENVIRONMENT") or given.environment,
    )
