"""Settings from environment variables: endpoints, and the files of secrets."""

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from instrumentation.errors import ContractError

_WHOLE = 100.0
"""Percent."""


@dataclass(frozen=True)
class Settings:
    """A service's environment; each setting is optional.

    Attributes:
        endpoint: OTLP over HTTP, such as an agent's port 4318; None sends no spans.
        id_key_file: the key of the hash of ids.
        instance: this process among the service's others: the pod's name in Kubernetes.
        sentry_dsn_file: Sentry's address, which is a secret; None sends no errors there.
        pyroscope_address: None profiles nothing.
        head_percent: the share of the traces that begin here which is recorded; None for the contract's.
        level: the least level that is written.
        stream: which stream of `logs.yaml` its lines belong to, where its service is in several; None for the first.
    """

    endpoint: str | None = None
    id_key_file: Path | None = None
    instance: str = ""
    sentry_dsn_file: Path | None = None
    pyroscope_address: str | None = None
    head_percent: float | None = None
    level: str = "INFO"
    stream: str | None = None


def read_settings(environ: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings from environment variables.

    Raises:
        ContractError: when a number is none.
    """
    return Settings(
        endpoint=environ.get("OTEL_EXPORTER_OTLP_ENDPOINT") or None,
        id_key_file=_path(environ, "OBSERVABILITY_ID_KEY_FILE"),
        instance=environ.get("POD_NAME") or environ.get("HOSTNAME") or socket.gethostname(),
        sentry_dsn_file=_path(environ, "SENTRY_DSN_FILE"),
        pyroscope_address=environ.get("PYROSCOPE_ADDRESS") or None,
        head_percent=_percent(environ, "OBSERVABILITY_HEAD_PERCENT"),
        level=environ.get("OBSERVABILITY_LOG_LEVEL", "INFO").upper(),
        stream=environ.get("OBSERVABILITY_LOG_STREAM") or None,
    )


def _path(environ: Mapping[str, str], name: str) -> Path | None:
    found = environ.get(name)
    return Path(found) if found else None


def _percent(environ: Mapping[str, str], name: str) -> float | None:
    found = environ.get(name)
    if not found:
        return None
    try:
        percent = float(found)
    except ValueError:
        percent = -1
    if not 0 <= percent <= _WHOLE:
        raise ContractError(f"{name}: expected a share in percent, 0 to 100, found '{found}'")
    return percent
