"""The loaded catalog: every workload with its files, and the files that all share."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from compiler.catalog.declared import Series, declared
from compiler.catalog.files import Placed
from compiler.model.account import Account
from compiler.model.alerts import Alert, AlertsFile, BurnRates, Slo, SlosFile, ThresholdSlo
from compiler.model.base import Entry
from compiler.model.cloud import AlarmsFile
from compiler.model.criteria import Criteria
from compiler.model.dashboards import DashboardsFile
from compiler.model.logs import LogSchema, LogsFile
from compiler.model.metrics import CloudWatchMetric, Metric, MetricsFile
from compiler.model.platform import Probes, Retention, Routing
from compiler.model.prices import Prices
from compiler.model.recordings import Recording, RecordingsFile
from compiler.model.traces import TracesFile
from compiler.model.workload import Severity, Workload

WORKLOAD_FILES: Mapping[str, type[Entry]] = {
    "workload": Workload,
    "metrics": MetricsFile,
    "recordings": RecordingsFile,
    "alerts": AlertsFile,
    "slos": SlosFile,
    "dashboards": DashboardsFile,
    "alarms": AlarmsFile,
    "logs": LogsFile,
    "traces": TracesFile,
}
"""The files that a workload's folder may hold, by name without `.yaml`; only `workload` must be there.

Each of the others may be a folder of that name instead, whose files are read as one: `alerts/logs.yaml`.
"""

SHARED_FILES: Mapping[str, type[Entry]] = {
    "routing": Routing,
    "retention": Retention,
    "burn-rates": BurnRates,
    "probes": Probes,
    "log-schema": LogSchema,
    "prices": Prices,
    "account": Account,
    "criteria": Criteria,
}
"""The files beside the folders; each must be there."""


@dataclass(frozen=True)
class Watched:
    """One workload with everything that its folder declares."""

    workload: Workload
    metrics: MetricsFile
    recordings: tuple[Recording, ...]
    alerts: tuple[Alert, ...]
    slos: tuple[Slo, ...]
    thresholds: tuple[ThresholdSlo, ...]
    dashboards: DashboardsFile
    alarms: AlarmsFile
    logs: LogsFile
    traces: TracesFile
    sources: Mapping[str, Placed]

    @property
    def name(self) -> str:
        """The workload's name, which is its folder's."""
        return self.workload.name

    def severity(self, name: str) -> Severity:
        """Return the workload's severity of that name."""
        return self.workload.severities[name]

    def metric(self, name: str, service: str | None = None) -> Metric | None:
        """Return the Prometheus metric of that name, if the workload declares it: that service's, or else the first."""
        declared = self._metrics.get(name, ())
        return next((each for each in declared if each.service == service), next(iter(declared), None))

    @cached_property
    def _metrics(self) -> Mapping[str, tuple[Metric, ...]]:
        """The metrics of each name: several services may expose one, each with its own labels and buckets."""
        found: dict[str, tuple[Metric, ...]] = {}
        for metric in self.metrics.prometheus:
            found[metric.name] = (*found.get(metric.name, ()), metric)
        return found

    @cached_property
    def series(self) -> Mapping[str, Mapping[str, Series]]:
        """The series that the workload declares, by name and service."""
        return declared(self.workload, self.metrics.prometheus, self.recordings)

    def cloudwatch_metric(self, metric_id: str) -> CloudWatchMetric:
        """Return the CloudWatch metric with that id (the catalog is validated: it is there)."""
        return next(metric for metric in self.metrics.cloudwatch if metric.id == metric_id)

    def expected_in(self, environment: str) -> bool:
        """Return whether the workload runs in that environment, so that its absence is worth an alert there."""
        return environment in self.workload.environments


@dataclass(frozen=True)
class Catalog:
    """Every workload, sorted by name, and the files that all share."""

    workloads: tuple[Watched, ...]
    routing: Routing
    retention: Retention
    burn_rates: BurnRates
    probes: Probes
    log_schema: LogSchema
    prices: Prices
    account: Account
    criteria: Criteria
    runbooks: Mapping[str, str]
    """The Markdown of each runbook's page, by `workload/page`."""

    def __iter__(self) -> Iterator[Watched]:
        """Iterate over the workloads."""
        return iter(self.workloads)
