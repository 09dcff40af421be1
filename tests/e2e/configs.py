"""The files that the servers of a rig read: what is rendered for an environment, in compressed time."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, get_args

import yaml

from compiler.catalog.catalog import Catalog, Watched
from compiler.conventions import SHARED_WORKLOAD, naming_labels
from compiler.metrics import yace
from compiler.metrics.rules import ALERTS_INTERVAL
from compiler.model.base import LayerName
from compiler.model.platform import PagerDuty, Slack, Webhook
from compiler.model.workload import SCRAPE_INTERVAL, Producer, ScrapeTarget
from compiler.target import Target
from tests.e2e import scale
from tests.e2e.receivers import HttpReceiver, MailReceiver

LAYERS = get_args(LayerName)
"""All that an alert may be compiled for: what a layer runs is simulated as well."""
STRANGER = "stranger"
"""The job of pods that nobody has told the platform of."""
REAL = ("prometheus", "alertmanager")
"""Producers of the platform that are servers here: they are scraped themselves."""


class Exposes(Protocol):
    """What stands for a workload's producers: a page for each at one address."""

    @property
    def watched(self) -> Watched:
        """The workload."""

    @property
    def stranger(self) -> bool:
        """Whether nobody has told the platform of it."""

    @property
    def address(self) -> str:
        """The host and port that it listens on."""

    @property
    def producers(self) -> tuple[str, ...]:
        """Who has a page there."""


def routing_key(secret: str) -> str:
    """Return the made-up PagerDuty key of a secret's name: 32 characters, as real ones."""
    return secret.replace("-", "").ljust(32, "0")[:32]


def target(http: HttpReceiver, mail: MailReceiver, folder: Path) -> Target:
    """Return an environment that notifies the test receivers."""
    return Target(
        environment="local",
        region="eu-west-1",
        layers=LAYERS,
        docs_url="https://docs.example.com",
        grafana_url="https://grafana.example.com",
        pagerduty_url=f"http://{http.address}/v2/enqueue",
        smtp_smarthost=mail.address,
        smtp_from="alerts@example.com",
        smtp_username="",
        smtp_require_tls=False,
        secrets_folder=str(folder / "secrets"),
        secrets_prefix="observability/local",
        templates_glob=str(folder / "*.tmpl"),
    )


def write_alertmanager(
    artefacts: Mapping[str, str], catalog: Catalog, http: HttpReceiver, folder: Path, factor: float
) -> Path:
    """Write Alertmanager's configuration with its secrets and templates; return its path."""
    (folder / "secrets").mkdir()
    for channel in catalog.routing.channels.values():
        if isinstance(channel, PagerDuty):
            (folder / "secrets" / channel.secret).write_text(routing_key(channel.secret))
        elif isinstance(channel, Slack):
            address = f"http://{http.address}/slack/{channel.channel.lstrip('#')}"
            (folder / "secrets" / channel.secret).write_text(address)
        elif isinstance(channel, Webhook):
            (folder / "secrets" / channel.secret).write_text(f"http://{http.address}/webhook/{channel.secret}")
    (folder / "messages.tmpl").write_text(artefacts["alertmanager/messages.tmpl"])
    config = folder / "alertmanager.yaml"
    document = yaml.safe_load(artefacts["alertmanager/alertmanager.yaml"])
    config.write_text(yaml.safe_dump(scale.routes(document, factor), sort_keys=False))
    return config


def write_rules(artefacts: Mapping[str, str], workloads: Iterable[str], folder: Path, factor: float) -> list[str]:
    """Write the rules of some workloads; return their paths."""
    paths = []
    for workload in workloads:
        document = yaml.safe_load(artefacts[f"prometheus/rules/{workload}.yaml"])
        paths.append(folder / f"{workload}.yaml")
        paths[-1].write_text(yaml.safe_dump(scale.rules(document, factor), sort_keys=False))
    return [str(path) for path in paths]


def write_prometheus(
    name: str,
    rules: Sequence[str],
    simulators: Iterable[Exposes],
    alertmanagers: Sequence[str],
    folder: Path,
    factor: float,
) -> Path:
    """Write what the operator makes of rules and monitors: one job a producer, with its workload, service and interval.

    Of several replicas each has its name as an external label, which alerts go without, as the operator has it.
    """
    scrape = scale.duration(SCRAPE_INTERVAL, factor)
    config = folder / f"{name}.yaml"
    content = {
        "global": {
            "scrape_interval": scrape,
            "evaluation_interval": scale.duration(ALERTS_INTERVAL, factor),
            "external_labels": {"prometheus_replica": name},
        },
        "rule_files": list(rules),
        "alerting": {
            "alert_relabel_configs": [{"regex": "prometheus_replica", "action": "labeldrop"}],
            "alertmanagers": [{"static_configs": [{"targets": list(alertmanagers)}]}],
        },
        "scrape_configs": [
            job
            for simulator in simulators
            for job in (_strangers(simulator) if simulator.stranger else _jobs(simulator, folder, factor))
        ],
    }
    config.write_text(yaml.safe_dump(content, sort_keys=False))
    return config


def write_real_targets(folder: Path, addresses: Mapping[str, str]) -> None:
    """Write the targets that Prometheus scrapes beside the simulators, itself among them."""
    for name, address in addresses.items():
        labels = {"job": name, "workload": SHARED_WORKLOAD, "service": "alerting"}
        path = folder / f"{name}-targets.json"
        path.with_suffix(".new").write_text(json.dumps([{"targets": [address], "labels": labels}]))
        path.with_suffix(".new").rename(path)


def _jobs(simulator: Exposes, folder: Path, factor: float) -> Iterator[dict[str, Any]]:
    workload = simulator.watched.workload
    for name in simulator.producers:
        every = scale.duration(workload.interval(name), factor)
        # An answer from this machine takes no longer when time is compressed: it may take the whole interval.
        often = {"scrape_interval": every, "scrape_timeout": every}
        if workload.name == SHARED_WORKLOAD and name in REAL:
            yield {
                "job_name": name,
                **often,
                "file_sd_configs": [{"files": [str(folder / f"{name}-targets.json")], "refresh_interval": "1s"}],
            }
            continue
        labels = {"job": name, **_labels(workload.name, name, workload.producers.get(name))}
        yield {
            "job_name": f"{workload.name}/{name}",
            **often,
            "metrics_path": f"/metrics/{name}",
            "honor_labels": "workload" not in labels,
            "static_configs": [{"targets": [simulator.address], "labels": labels}],
            "metric_relabel_configs": _renamed(simulator.watched, name),
        }


def _strangers(stranger: Exposes) -> Iterator[dict[str, Any]]:
    """Yield the jobs of a monitor that is not ours, and adds no label of ours."""
    for name in stranger.producers:
        yield {
            "job_name": f"stranger/{stranger.watched.name}/{name}",
            "metrics_path": f"/metrics/{name}",
            "static_configs": [{"targets": [stranger.address], "labels": {"job": STRANGER, "page": name}}],
        }


def _renamed(watched: Watched, producer: str) -> list[dict[str, Any]]:
    """Return the relabelling of `components/metrics/workload_metrics.py` for metrics that name their subject."""
    metrics = [metric for metric in watched.metrics.prometheus if metric.producer == producer]
    return [
        rule
        for name in naming_labels(metrics)
        for rule in (
            {"source_labels": [f"exported_{name}"], "regex": "(.+)", "target_label": name},
            {"action": "labeldrop", "regex": f"exported_{name}"},
        )
    ]


def _labels(workload: str, name: str, producer: Producer | None) -> dict[str, str]:
    """Return the labels that a monitor or probe of the platform adds; a chart's monitor knows no workloads."""
    if producer is None:
        # What YACE has of another workload's metrics in CloudWatch comes from the platform's exporter.
        assert name == yace.PRODUCER
        return {"workload": SHARED_WORKLOAD, "service": "cloudwatch-exporter"}
    labels = {"workload": workload, "service": producer.service}
    if isinstance(producer, ScrapeTarget):
        return producer.known_by if producer.scraped_by else labels
    return {**labels, "probe": name}
