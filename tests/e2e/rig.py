"""The rendered rules and routes on a real Prometheus and Alertmanager, between a simulated workload and receivers."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import yaml

from compiler.artefacts import compile_artefacts
from compiler.catalog import Catalog, Watched
from compiler.load import load_catalog
from compiler.model.platform import PagerDuty, Slack, Webhook
from compiler.target import Target
from tests.e2e import scale, servers
from tests.e2e.loopback import ask, ask_json
from tests.e2e.receivers import HttpReceiver, MailReceiver, Message
from tests.e2e.simulator import Simulator
from tests.tools.finder import ROOT

WORKLOAD = "personalization"
SCRAPE = "15s"
LOOKBACK = "5m"
"""Prometheus' own default: how old the newest sample of a series may be."""


def routing_key(secret: str) -> str:
    """Returns the made-up PagerDuty key of a secret's name: 32 characters, as real ones."""
    return secret.replace("-", "").ljust(32, "0")[:32]


@dataclass(frozen=True)
class Rig:
    """Everything that runs, and what can be asked of it."""

    factor: float
    simulator: Simulator
    http: HttpReceiver
    mail: MailReceiver
    alertmanager: servers.Server
    prometheus: servers.Server

    def seconds(self, nominal: float) -> float:
        """Returns how long something takes here that takes `nominal` seconds in production."""
        return nominal / self.factor

    def patience(self, nominal: float) -> float:
        """Returns a timeout: three times what it should take, and half a minute for a busy machine."""
        return 3 * self.seconds(nominal) + 30

    def query(self, expression: str) -> list[dict[str, Any]]:
        """Returns the elements of a PromQL result; the expression's durations are those of production."""
        path = f"/api/v1/query?query={quote(scale.promql(expression, self.factor))}"
        found: list[dict[str, Any]] = ask_json(self.prometheus.address, path)["data"]["result"]
        return found

    def wait_query(self, expression: str, nominal: float) -> list[dict[str, Any]]:
        """Returns the result as soon as it has an element; `nominal` seconds is how long that should take."""
        return servers.until(lambda: self.query(expression), self.patience(nominal), expression)

    def firing(self, alert: str) -> list[dict[str, Any]]:
        """Returns Prometheus' firing alerts of that name."""
        return self.query(f'ALERTS{{alertname="{alert}",alertstate="firing"}}')

    def inhibited(self, alert: str) -> bool:
        """Whether Alertmanager holds an alert of that name back because of another."""
        found = ask_json(self.alertmanager.address, "/api/v2/alerts?inhibited=true")
        return any(a["labels"]["alertname"] == alert and a["status"]["state"] == "suppressed" for a in found)

    def known(self, alert: str) -> bool:
        """Whether Alertmanager holds an alert of that name."""
        found = ask_json(self.alertmanager.address, "/api/v2/alerts")
        return any(a["labels"]["alertname"] == alert for a in found)

    def received(self) -> dict[str, int]:
        """Returns how many messages came in, by Alertmanager's name of the integration."""
        inboxes = {"pagerduty": self.http.pagerduty, "slack": self.http.slack, "email": self.mail.inbox}
        return {name: len(inbox.all()) for name, inbox in inboxes.items()}

    def sent(self, counter: str = "alertmanager_notifications_total") -> dict[str, int]:
        """Returns Alertmanager's own count of messages (or of failed ones), by integration."""
        page = ask(self.alertmanager.address, "/metrics")[1]
        counts = dict.fromkeys(self.received(), 0)
        for line in page.splitlines():
            if line.startswith(f"{counter}{{"):
                integration = line.split('integration="')[1].split('"')[0]
                if integration in counts:
                    counts[integration] += int(float(line.rsplit(" ", 1)[1]))
        return counts


def about(alert: str, status: str) -> "_Wanted":
    """Returns a test of messages: about that alert, and `firing` or `resolved`."""
    return _Wanted(alert, status)


@dataclass(frozen=True)
class _Wanted:
    alert: str
    status: str

    def __call__(self, message: Message) -> bool:
        content = message.content
        if "event_action" in content:
            action = {"firing": "trigger", "resolved": "resolve"}[self.status]
            named = content.get("payload", {}).get("class") == self.alert
            return bool(content["event_action"] == action and named)
        title = content.get("subject") or content["attachments"][0]["title"]
        return f"[{self.status.upper()}" in title and title.endswith(f" {self.alert}")


@contextmanager
def running(
    folder: Path, programs: Mapping[str, Path], factor: float, *, workload: str = WORKLOAD, watchdog: bool = False
) -> Iterator[Rig]:
    """Starts everything in a folder; ends it all, whatever happens.

    Args:
        folder: an empty folder for configuration, data and logs.
        programs: where `prometheus` and `alertmanager` are.
        factor: by what durations are divided.
        workload: who is simulated.
        watchdog: whether the platform's own rules are there too; they always fire.
    """
    catalog = load_catalog(ROOT / "catalog")
    watched = next(entry for entry in catalog if entry.name == workload)
    with ExitStack() as stack:
        simulator, http, mail = Simulator(watched), HttpReceiver(), MailReceiver()
        for part in (simulator, http, mail):
            stack.callback(part.close)
        artefacts = compile_artefacts(catalog, _target(http, mail, folder))
        config = _write_alertmanager(artefacts, catalog, http, folder, factor)
        alerts = servers.alertmanager(programs["alertmanager"], config, folder)
        stack.callback(alerts.close)
        workloads = (workload, "platform") if watchdog else (workload,)
        rules = _write_rules(artefacts, workloads, folder, factor)
        config = _write_prometheus(rules, watched, simulator, alerts, folder, factor)
        lookback = scale.duration(LOOKBACK, factor)
        metrics = servers.prometheus(programs["prometheus"], config, folder, lookback)
        stack.callback(metrics.close)
        yield Rig(factor, simulator, http, mail, alerts, metrics)


def _target(http: HttpReceiver, mail: MailReceiver, folder: Path) -> Target:
    return Target(
        environment="local",
        region="eu-west-1",
        layers=("foundation", "metrics", "cloud"),
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


def _write_alertmanager(
    artefacts: dict[str, str], catalog: Catalog, http: HttpReceiver, folder: Path, factor: float
) -> Path:
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


def _write_rules(artefacts: dict[str, str], workloads: Iterable[str], folder: Path, factor: float) -> list[str]:
    paths = []
    for workload in workloads:
        document = yaml.safe_load(artefacts[f"prometheus/rules/{workload}.yaml"])
        paths.append(folder / f"{workload}.yaml")
        paths[-1].write_text(yaml.safe_dump(scale.rules(document, factor), sort_keys=False))
    return [str(path) for path in paths]


def _write_prometheus(
    rules: list[str],
    watched: Watched,
    simulator: Simulator,
    alerts: servers.Server,
    folder: Path,
    factor: float,
) -> Path:
    """Writes what the operator makes of rules and monitors: one job a producer, with its workload and service."""
    scrape = scale.duration(SCRAPE, factor)
    jobs = [
        {
            "job_name": name,
            "metrics_path": f"/metrics/{name}",
            "static_configs": [
                {"targets": [simulator.address], "labels": {"workload": watched.name, "service": producer.service}}
            ],
        }
        for name, producer in watched.workload.scraped.items()
    ]
    config = folder / "prometheus.yaml"
    content = {
        "global": {"scrape_interval": scrape, "scrape_timeout": scrape, "evaluation_interval": scrape},
        "rule_files": rules,
        "alerting": {"alertmanagers": [{"static_configs": [{"targets": [alerts.address]}]}]},
        "scrape_configs": jobs,
    }
    config.write_text(yaml.safe_dump(content, sort_keys=False))
    return config
