"""Clients of moto: dummy credentials, its endpoint, no settings of the user."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cache, cached_property, lru_cache
from importlib import import_module
from pathlib import Path

from compiler.errors import UserError
from sandbox.aws import moto
from sandbox.faults import Faults
from sandbox.values import Value

_DUMMY_KEYS = {"aws_access_key_id": "sandbox", "aws_secret_access_key": "sandbox"}
_CLIENTS = 64
"""Clients that a process keeps: a stack uses some twenty services."""


class Cloud:
    """The moto server, started when it is first needed, and clients for it.

    Args:
        folder: the sandbox's folder.
        faults: what goes wrong on purpose.
    """

    def __init__(self, folder: Path | None, faults: Faults | None = None) -> None:
        self._folder = folder
        self.faults = faults or Faults()

    @cached_property
    def server(self) -> moto.Server:
        """The running server."""
        if self._folder is None:
            raise UserError("this run has no cloud: it only renders")
        found = moto.running(self._folder)
        if found is None:
            found = moto.start(self._folder, port=_wanted_port())
        return found

    def shape(self, service: str, operation: str) -> Value:
        """Return the input shape of an operation named as boto3 names it (`create_topic`)."""
        model, names = _operations(service)
        if operation not in names:
            raise UserError(f"sandbox/aws/rows.yaml: {service} has no operation {operation}")
        return model.operation_model(names[operation]).input_shape

    def client(self, service: str, region: str) -> Value:
        """Return the client of a service and region for this cloud's server."""
        return _client(service, region, self.server.url)


@cache
def _session() -> Value:
    """Return a botocore session that reads no profile and no file; cached, since it keeps the service models."""
    session = import_module("botocore.session").Session(profile=None)
    session.set_config_variable("config_file", os.devnull)
    session.set_config_variable("credentials_file", os.devnull)
    return session


@cache
def _operations(service: str) -> tuple[Value, Mapping[str, str]]:
    """Return a service's model, and the names of its operations by boto3's names for them."""
    model = _session().get_service_model(service)
    return model, {import_module("botocore").xform_name(name): name for name in model.operation_names}


@lru_cache(maxsize=_CLIENTS)
def _client(service: str, region: str, url: str) -> Value:
    """Return a client: making one parses the model and the endpoints of its service, which outlasts most calls."""
    return _session().create_client(
        service,
        region_name=region,
        endpoint_url=url,
        **_DUMMY_KEYS,
        config=import_module("botocore.config").Config(
            retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}, proxies={}
        ),
    )


def _wanted_port() -> int:
    """Return `SANDBOX_MOTO_PORT`, for those who need a fixed address; else 0, any free port."""
    text = os.environ.get("SANDBOX_MOTO_PORT", "0")
    if not text.isdigit():
        raise UserError(f"SANDBOX_MOTO_PORT: expected a port number, found {text!r}")
    return int(text)
