"""Probes: the pages to probe, and the configuration of the blackbox exporter."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from compiler.catalog.catalog import Watched
from compiler.model.platform import ProbeModule, Probes


@dataclass(frozen=True)
class ProbeSpec:
    """One page to probe: `name` is its producer's; `module` names what counts as a good answer."""

    name: str
    service: str
    url: str
    module: str
    interval: str


def probes(watched: Watched) -> Iterator[ProbeSpec]:
    """Yield the probes of a workload."""
    for name, probe in watched.workload.probed.items():
        url = f"{probe.scheme}://{probe.address}{probe.path}"
        yield ProbeSpec(name, probe.service, url, probe.module, probe.interval)


def configuration(declared: Probes) -> dict[str, object]:
    """Return the blackbox exporter's configuration; source of the keys: its CONFIGURATION.md."""
    return {"modules": {name: _module(module) for name, module in declared.modules.items()}}


def _module(module: ProbeModule) -> Mapping[str, object]:
    http: dict[str, object] = {
        "method": "GET",
        "valid_status_codes": list(module.status_codes),
        # A redirect means that this page is not the health page.
        "follow_redirects": False,
        # Its default is IPv6, which many clusters lack: each probe would try that first.
        "preferred_ip_protocol": "ip4",
    }
    if module.body is not None:
        http["fail_if_body_not_matches_regexp"] = [module.body]
    return {"prober": "http", "timeout": module.timeout, "http": http}
