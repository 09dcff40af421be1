"""Egress guard: the user's cloud settings are removed and only loopback may be connected to."""

from __future__ import annotations

import ipaddress
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

ACCOUNT: Final = "123456789012"  # moto's own default account

_SET_ASIDE: Final = ("AWS_", "AMAZON_", "BOTO_", "KUBE", "PULUMI_", "HELM_", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
_DUMMIES: Final = {
    "AWS_ACCESS_KEY_ID": "sandbox",
    "AWS_SECRET_ACCESS_KEY": "sandbox",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
    "KUBECONFIG": os.devnull,
}
_active = {"guards": 0, "hooked": 0}


class EgressError(OSError):
    """A connection to an address that is not this machine's loopback was refused."""


def is_loopback(host: str) -> bool:
    """Return whether an address or name is this machine's loopback; names other than localhost are not resolved."""
    if host in {"localhost", ""}:
        return True
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return False


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    if not _active["guards"] or event not in {"socket.connect", "socket.sendto", "socket.getaddrinfo"}:
        return
    address = arguments[0] if event == "socket.getaddrinfo" else arguments[1]
    host = address[0] if isinstance(address, tuple) else address
    is_network = event == "socket.getaddrinfo" or isinstance(address, tuple)
    if is_network and host is not None and not is_loopback(host if isinstance(host, str) else host.decode()):
        raise EgressError(f"the sandbox talks to loopback only; refused {host!r}")


def block_egress() -> None:
    """Refuse every connection to anything but loopback from here on in this process."""
    if not _active["hooked"]:
        sys.addaudithook(_audit)
        _active["hooked"] = 1
    _active["guards"] += 1


@contextmanager
def isolated() -> Iterator[None]:
    """Remove the user's AWS, Kubernetes, Pulumi and proxy environment and block egress, until left."""
    kept = dict(os.environ)
    for name in kept:
        if name.upper().startswith(_SET_ASIDE):
            del os.environ[name]
    os.environ.update(_DUMMIES)
    block_egress()
    try:
        yield
    finally:
        _active["guards"] -= 1
        os.environ.clear()
        os.environ.update(kept)
