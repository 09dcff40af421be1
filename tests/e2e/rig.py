"""The rendered rules and routes on a real Prometheus and Alertmanager, between a simulated workload and receivers."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

from compiler.artefacts import compile_artefacts
from compiler.catalog.catalog import Catalog
from compiler.conventions import SHARED_WORKLOAD
from compiler.model.platform import Routing
from tests.e2e import configs, scale, servers
from tests.e2e.history import History
from tests.e2e.loopback import ask, ask_json
from tests.e2e.receivers import HttpReceiver, MailReceiver, Message
from tests.e2e.series import Faults
from tests.e2e.simulator import Simulator
from tests.workloads import project_catalog

WORKLOAD = "personalization"
START = 60.0
"""Seconds until Prometheus asks what it is told to ask; it looks for new targets every five seconds."""
LOOKBACK = "5m"
"""Prometheus' own default: how old the newest sample of a series may be."""


@dataclass(frozen=True)
class Rig:
    """Everything that runs, and what can be asked of it."""

    factor: float
    simulators: Mapping[str, Simulator]
    http: HttpReceiver
    mail: MailReceiver
    alertmanager: servers.Server
    prometheus: servers.Server

    @property
    def simulator(self) -> Simulator:
        """The first workload's stand-in: the only one where one is asked for."""
        return next(iter(self.simulators.values()))

    def seconds(self, nominal: float) -> float:
        """Return the compressed duration of `nominal` seconds of production."""
        return nominal / self.factor

    def patience(self, nominal: float) -> float:
        """Return a timeout: three times the expected duration, and half a minute for a busy machine."""
        return 3 * self.seconds(nominal) + 30

    def query(self, expression: str) -> list[dict[str, Any]]:
        """Return the elements of a PromQL result; the expression's durations are those of production."""
        path = f"/api/v1/query?query={quote(scale.promql(expression, self.factor))}"
        found: list[dict[str, Any]] = ask_json(self.prometheus.address, path)["data"]["result"]
        return found

    def wait_query(self, expression: str, nominal: float) -> list[dict[str, Any]]:
        """Return the result as soon as it has an element; `nominal` seconds is how long that should take."""
        return servers.until(lambda: self.query(expression), self.patience(nominal), expression)

    def connected(self) -> bool:
        """Return whether Prometheus asks its targets and knows where Alertmanager is."""
        known = ask_json(self.prometheus.address, "/api/v1/alertmanagers")["data"]["activeAlertmanagers"]
        return bool(known and self.query("min(up) == 1"))

    def wait_quiet(self, but: Collection[str] = ()) -> None:
        """Return when no alert fires or is about to, but for those of P4, which call nobody, and of some workloads.

        Of P4 are the Watchdog, and what says for a day which services are not declared live: no rig declares any.
        """
        others = f'ALERTS{{priority!="P4", workload!~"{"|".join(but)}"}}'
        servers.until(lambda: not self.query(others), self.patience(900), "quiet")

    def firing(self, alert: str) -> list[dict[str, Any]]:
        """Return Prometheus' firing alerts of that name."""
        return self.query(f'ALERTS{{alertname="{alert}",alertstate="firing"}}')

    def inhibited(self, alert: str) -> bool:
        """Return whether Alertmanager holds an alert of that name back because of another."""
        found = ask_json(self.alertmanager.address, "/api/v2/alerts?inhibited=true")
        return any(a["labels"]["alertname"] == alert and a["status"]["state"] == "suppressed" for a in found)

    def known(self, alert: str) -> bool:
        """Return whether Alertmanager holds an alert of that name."""
        found = ask_json(self.alertmanager.address, "/api/v2/alerts")
        return any(a["labels"]["alertname"] == alert for a in found)

    def received(self) -> dict[str, int]:
        """Return the number of received messages, by Alertmanager's name of the integration."""
        inboxes = {"pagerduty": self.http.pagerduty, "slack": self.http.slack, "email": self.mail.inbox}
        return {name: len(inbox.all()) for name, inbox in inboxes.items()}

    def sent(self, counter: str = "alertmanager_notifications_total") -> dict[str, int]:
        """Return Alertmanager's own count of messages (or of failed ones), by integration."""
        page = ask(self.alertmanager.address, "/metrics")[1]
        counts = dict.fromkeys(self.received(), 0)
        for line in page.splitlines():
            if line.startswith(f"{counter}{{"):
                integration = line.split('integration="')[1].split('"')[0]
                if integration in counts:
                    counts[integration] += int(float(line.rsplit(" ", 1)[1]))
        return counts


def about(alert: str, status: str) -> "_Wanted":
    """Return a test of messages: about that alert, and `firing` or `resolved`."""
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


@dataclass(frozen=True)
class Stage:
    """What stands before any server is started: workloads, receivers, and the files that are rendered."""

    factor: float
    folder: Path
    simulators: Mapping[str, Simulator]
    http: HttpReceiver
    mail: MailReceiver
    routing: Routing
    routes: Path
    rules: list[str]
    strangers: Sequence[Simulator]

    @property
    def lookback(self) -> str:
        """How old the newest sample of a series may be."""
        return scale.duration(LOOKBACK, self.factor)

    def prometheus(self, name: str, alertmanagers: Sequence[str]) -> Path:
        """Write the configuration of one Prometheus; return its path."""
        simulators = [*self.simulators.values(), *self.strangers]
        return configs.write_prometheus(name, self.rules, simulators, alertmanagers, self.folder, self.factor)


@dataclass(frozen=True)
class Cluster:
    """What is in the cluster besides the project's own workloads.

    Attributes:
        strangers: whose metrics pods expose as well that nobody has told the platform of, and how these are doing.
        catalog: whose workloads they are, where it is not the project's own.
    """

    strangers: Mapping[str, Faults] = field(default_factory=dict)
    catalog: Catalog | None = None


ALONE = Cluster()


@contextmanager
def staged(
    folder: Path,
    factor: float,
    workloads: Sequence[str],
    cluster: Cluster = ALONE,
) -> Iterator[Stage]:
    """Simulate workloads, listen for messages and write rules and routes; end it all, whatever happens."""
    catalog, strangers = cluster.catalog or project_catalog(), cluster.strangers
    with ExitStack() as stack:
        http, mail = HttpReceiver(), MailReceiver()
        target = configs.target(http, mail, folder)
        watched = {entry.name: entry for entry in catalog}
        simulators = {name: Simulator(watched[name], target=target) for name in workloads}
        unknown = [Simulator(watched[name], target=target, stranger=True) for name in strangers]
        for simulator, faults in zip(unknown, strangers.values(), strict=True):
            simulator.behave(faults)
        for simulator in (*simulators.values(), *unknown):
            stack.callback(simulator.close)
        stack.callback(http.close)
        stack.callback(mail.close)
        artefacts = compile_artefacts(catalog, target)
        routes = configs.write_alertmanager(artefacts, catalog, http, folder, factor)
        rules = configs.write_rules(artefacts, workloads, folder, factor)
        yield Stage(factor, folder, simulators, http, mail, catalog.routing, routes, rules, unknown)


@contextmanager
def running(
    folder: Path,
    programs: Mapping[str, Path],
    factor: float,
    *workloads: str,
    history: History | None = None,
    before: Mapping[str, Faults] = MappingProxyType({}),
    cluster: Cluster = ALONE,
) -> Iterator[Rig]:
    """Start everything in a folder; end it all, whatever happens.

    Args:
        folder: an empty folder for configuration, data and logs.
        programs: where `prometheus` and `alertmanager` are, and `promtool` for a history.
        factor: by what durations are divided.
        workloads: who is simulated, with the rules; the platform's own alert Watchdog always fires.
        history: what Prometheus is to remember of the time before; it is started twice for that.
        before: what is wrong with a workload from the beginning, and was in that history.
        cluster: what else is in the cluster.
    """
    with staged(folder, factor, workloads or (WORKLOAD,), cluster) as on, ExitStack() as stack:
        for name, faults in before.items():
            on.simulators[name].behave(faults)
        alerts = servers.alertmanager(programs["alertmanager"], on.routes, folder)
        stack.callback(alerts.close)
        if history:
            # Nobody is told of what is absent until its first targets answer.
            alone = servers.prometheus(programs["prometheus"], on.prometheus("prometheus", []), folder, on.lookback)
            stack.callback(alone.close)
            history.write(alone, folder / "prometheus-data", programs["promtool"], factor)
            alone.close()
        config = on.prometheus("prometheus", [alerts.address])
        metrics = servers.prometheus(programs["prometheus"], config, folder, on.lookback)
        stack.callback(metrics.close)
        if SHARED_WORKLOAD in on.simulators:
            configs.write_real_targets(folder, {"prometheus": metrics.address, "alertmanager": alerts.address})
        rig = Rig(factor, on.simulators, on.http, on.mail, alerts, metrics)
        servers.until(rig.connected, START, "Prometheus asks its targets and knows Alertmanager")
        yield rig
