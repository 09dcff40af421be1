"""The one home of names: labels, recorded series, dashboards, resources, links."""

from collections.abc import Iterable
from hashlib import sha256
from urllib.parse import quote

from compiler.model.metrics import Metric
from compiler.model.workload import ScrapeTarget, Workload
from compiler.target import Target

TARGET_LABELS = frozenset({"instance", "job", "namespace", "pod", "workload", "service"})
"""Labels that scraping adds to every series; the ServiceMonitor component makes `workload` and `service`."""

UP = "up"
"""The series that Prometheus makes of every target: 1 while it answers, 0 while it does not."""

DEAD_LETTERS = "dead-letter"
"""What stands for a stream in the name of the topic of unusable lines; no stream may have this name."""

CLOUDWATCH = "aws_"
"""What the names of series begin with that CloudWatch's exporter makes (`compiler/metrics/yace.py`)."""

SHARED_WORKLOAD = "platform"
"""The workload whose metrics every other may use: it watches what all of them share."""

_OF_THE_POD = frozenset({"namespace", "pod"})
"""Labels that a target may go without: the workload, the service and the instance still identify it."""

OVERWRITTEN = frozenset({"severity", "priority", "team"})
"""Labels that each alert has of its own: series that differ in one of them only would become one alert twice."""

RED_WINDOW, EVENTS_WINDOW = "5m", "5m"
"""Over how long rates are recorded: of a service's requests, and of an objective's events."""
EVERY, EVERY_LONG, EVERY_BUDGET, EVERY_CRITERION = "30s", "2m", "5m", "4m"
"""How often series are recorded: of requests and events; of long windows; of budgets and values; of criteria, as
seldom as a recorded series may come: what is of weeks does not change by the minute."""
RED_QUANTILES = ("0.5", "0.95", "0.99")

REQUEST_RATE = "service:requests:rate5m"
ERROR_RATE = "service:errors:rate5m"
ERROR_RATIO = "service:errors:ratio_rate5m"
LATENCY = "service:latency_seconds:quantile5m"
FAST_WINDOWS, SLOW_WINDOWS = ("5m", "30m", "1h"), ("2h", "6h", "1d", "3d")
RATIO_WINDOWS = (*FAST_WINDOWS, *SLOW_WINDOWS)
"""The windows whose share of bad events is recorded: a burn rate can be read in these only."""

SLO_TOTAL = "slo:events_total:rate5m"
SLO_BAD = "slo:events_bad:rate5m"
SLO_BUDGET = "slo:error_budget:remaining_ratio"
SLO_POLICY = "slo:error_budget:stance"
SLO_VALUE = "slo:threshold:value"
SLO_AVERAGE = "slo:threshold:average"
SLO_MET = "slo:threshold:met"
SLO_ATTAINED = "slo:threshold:attained_ratio"

BURN_NOW = "5m"
"""The window in which a burn that pages must go on: its second pair's own would call for half an hour after the end."""

KEPT = "400d"
"""The longest retention that a stack may set: what is read over it is forgotten only as Prometheus forgets it."""

LABEL_MISSING = "metric:label_missing:info"
"""Metrics that count events while none of their series has a label that some rule narrows them by."""

EXPECTED = "service:expected:info"
DECLARED_LIVE = "service:declared_live:info"
SEEN_LIVE = "service:seen_live:info"
"""Services whose silence an alert tells of, those that the stack declares live, and those that have had data."""

CRITERIA_DASHBOARD = "success-criteria"
CRITERION_VALUE = "platform:criterion:value"
CRITERION_TARGET = "platform:criterion:target"
CRITERION_MET = "platform:criterion:met"
SPANS_SEEN = "traces_span_metrics_calls_total"
"""All spans that reach a gateway, counted before any is sampled away: `compiler/traces/gateway.py` makes it."""
PATH_REQUESTS = "traces:critical_path:requests_rate5m"
PATH_SPANS = "traces:critical_path:spans_rate5m"
PATH_COVERAGE = "traces:critical_path:coverage_ratio"

XRAY_NAME_LENGTH = 32
"""The longest name of X-Ray's sampling rules and groups, in characters. Source: X-Ray API reference."""

TRACE_SALT = "observability"
"""The salt of the hash of trace ids, one for all shares: a smaller share is a part of a larger one.

From a trace id alone it follows whether a share keeps it.
"""

PROBE_LABELS = frozenset({"instance", "job", "namespace", "workload", "service", "probe"})
"""Labels of a probe's series: a target that is written down has no pod; the Probe resource gives it `probe`."""

# What Prometheus itself adds to each scrape of a target.
SCRAPE_SERIES = frozenset({UP, "scrape_samples_post_metric_relabeling"})
# Source: blackbox exporter, prober/handler.go and prober/http.go. The last one exists for pages behind TLS only.
PROBE_SERIES = frozenset(
    {"probe_success", "probe_duration_seconds", "probe_http_status_code", "probe_ssl_earliest_cert_expiry"}
)
ALERT_SERIES = frozenset({"ALERTS", "ALERTS_FOR_STATE"})
"""What Prometheus keeps of alerts; those of a chart's own rules have no workload."""
# Series that are neither declared nor recorded: Prometheus makes them.
_LABELS_OF = {
    **dict.fromkeys(SCRAPE_SERIES, TARGET_LABELS),
    **dict.fromkeys(PROBE_SERIES, PROBE_LABELS),
    "ALERTS": frozenset({"alertname", "alertstate", "severity", "priority", "workload", "service"}),
    "ALERTS_FOR_STATE": frozenset({"alertname", "severity", "priority", "workload", "service"}),
    **dict.fromkeys((CRITERION_VALUE, CRITERION_TARGET, CRITERION_MET), frozenset({"criterion", "workload"})),
    **dict.fromkeys((EXPECTED, DECLARED_LIVE, SEEN_LIVE), frozenset({"workload", "service"})),
    LABEL_MISSING: frozenset({"workload", "service", "metric", "label"}),
    PATH_REQUESTS: frozenset({"workload", "path"}),
    **dict.fromkeys((PATH_SPANS, PATH_COVERAGE), frozenset({"workload", "path", "span"})),
}
_LONGEST_UID = 40
_SERVICE = frozenset({"workload", "service"})
_SLO = _SERVICE | {"slo"}


def slo_ratio(window: str) -> str:
    """Return the name of the recorded share of bad events in that window."""
    return f"slo:events_bad:ratio_{window}"


_OF_EVENTS = frozenset({SLO_TOTAL, SLO_BAD, SLO_BUDGET, SLO_POLICY, *map(slo_ratio, RATIO_WINDOWS)})
"""The series that are recorded of an objective on events."""
QUOTIENTS = frozenset(
    {ERROR_RATIO, LATENCY, SLO_BUDGET, CRITERION_VALUE, PATH_COVERAGE, *map(slo_ratio, RATIO_WINDOWS)}
)
"""Series that the platform's own rules record and that may be NaN: without events they are 0 of 0."""


def of_service(workload: str, service: str) -> str:
    """Return the matchers of a service's recorded series."""
    return f'{{workload="{workload}", service="{service}"}}'


def once_live(workload: str, service: str, target: Target) -> str:
    """Return what an absence must meet besides: that the service has had data once; nothing where it is declared live.

    `compiler/metrics/liveness.py` records that series.
    """
    if declared_live(workload, service, target):
        return ""
    return f" and on () {SEEN_LIVE}{of_service(workload, service)}"


def declared_live(workload: str, service: str, target: Target) -> bool:
    """Return whether the stack declares a service live: by its own name, or by that of its workload."""
    return bool({workload, f"{workload}/{service}"} & {*target.live})


def alert_prefix(slo: str) -> str:
    """Return what the names of an objective's alerts begin with: `api-availability` gives ApiAvailability."""
    return "".join(part.capitalize() for part in slo.split("-"))


def recorded_labels(name: str, each: frozenset[str] = frozenset()) -> frozenset[str] | None:
    """Return the labels of a recorded, scraped or probed series; None for any other name.

    Args:
        name: of the series.
        each: the labels by whose values some of the workload's objectives have budgets of their own.
    """
    if name in (REQUEST_RATE, ERROR_RATE, ERROR_RATIO):
        return _SERVICE
    if name == LATENCY:
        return _SERVICE | {"quantile"}
    if name in (SLO_VALUE, SLO_AVERAGE, SLO_MET, SLO_ATTAINED):
        return _SLO
    if name in _OF_EVENTS:
        return _SLO | each
    return _LABELS_OF.get(name)


def recorded_interval(name: str) -> str | None:
    """Return how often the platform's own rules record a series; None for any other name."""
    if name in (SLO_BUDGET, SLO_POLICY, SLO_VALUE, SLO_AVERAGE, SLO_MET, SLO_ATTAINED):
        return EVERY_BUDGET
    if name in (*map(slo_ratio, SLOW_WINDOWS), EXPECTED, DECLARED_LIVE, SEEN_LIVE):
        return EVERY_LONG
    if name in (CRITERION_VALUE, CRITERION_TARGET, CRITERION_MET, PATH_REQUESTS, PATH_SPANS, PATH_COVERAGE):
        return EVERY_CRITERION
    recorded = {REQUEST_RATE, ERROR_RATE, ERROR_RATIO, LATENCY, LABEL_MISSING, *_OF_EVENTS, *ALERT_SERIES}
    return EVERY if name in recorded else None


def added_labels(workload: Workload, producer: str) -> frozenset[str]:
    """Return the labels that scraping adds to a producer's series: a chart's monitor adds its own set."""
    found = workload.producers.get(producer)
    return frozenset(found.adds) if isinstance(found, ScrapeTarget) and found.scraped_by else TARGET_LABELS


def series(metric: Metric, added: frozenset[str] = TARGET_LABELS) -> dict[str, frozenset[str]]:
    """Return the series that a metric exposes, each with its labels and those that scraping adds."""
    labels = frozenset(metric.labels) | added
    if metric.type in ("counter", "gauge"):
        return {metric.name: labels}
    sums = {f"{metric.name}_sum": labels, f"{metric.name}_count": labels}
    return sums if metric.type == "summary" else {f"{metric.name}_bucket": labels | {"le"}, **sums}


def naming_labels(metrics: Iterable[Metric]) -> tuple[str, ...]:
    """Return the labels of a producer's metrics that its targets have too, where the metric's value wins."""
    return tuple(sorted(_SERVICE & {label for metric in metrics for label in metric.labels}))


def own_labels(metrics: Iterable[Metric]) -> tuple[str, ...]:
    """Return the labels of a producer's metrics that its targets would have too: the metrics' own are kept."""
    return tuple(sorted(_OF_THE_POD & {label for metric in metrics for label in metric.labels}))


def runbook_url(target: Target, workload: str, runbook: str) -> str:
    """Return the published address of a runbook page."""
    return f"{target.docs_url}/runbooks/{workload}/{runbook}/"


def dashboard_uid(workload: str, dashboard: str) -> str:
    """Return the uid of a Grafana dashboard: at most forty characters, as Grafana demands.

    A longer name ends in a digest of the whole, so that two with the same beginning stay two.
    """
    name = f"{workload}-{dashboard}"
    if len(name) <= _LONGEST_UID:
        return name
    return f"{name[: _LONGEST_UID - 9]}-{sha256(name.encode()).hexdigest()[:8]}"


def grafana_url(target: Target, workload: str, dashboard: str) -> str:
    """Return the address of a Grafana dashboard."""
    return dashboard_url(target.grafana_url, workload, dashboard)


def dashboard_url(grafana: str, workload: str, dashboard: str) -> str:
    """Return the address of a dashboard of the Grafana that answers at an address."""
    return f"{grafana.rstrip('/')}/d/{dashboard_uid(workload, dashboard)}"


def cloudwatch_url(target: Target, dashboard: str) -> str:
    """Return the address of a CloudWatch dashboard in the console."""
    name = quote(in_environment(dashboard, target.environment))
    console = f"https://{target.region}.console.aws.amazon.com/cloudwatch/home?region={target.region}"
    return f"{console}#dashboards/dashboard/{name}"


def in_environment(name: str, environment: str) -> str:
    """Return a name that carries its environment, so that two fit in one account."""
    return f"{name}-{environment}"


def resolve(text: str, target: Target) -> str:
    """Fill {environment} and {region} in a name or a dimension of the catalog."""
    return text.replace("{environment}", target.environment).replace("{region}", target.region)


def topic(name: str) -> str:
    """Return the name of an SNS topic, by priority (p0 to p4) or as a workload calls it."""
    return name.lower()


def log_stream(workload: str, stream: str) -> str:
    """Return the name of a stream in the whole platform."""
    return f"{workload}-{stream}"


def xray_name(prefix: str, target: Target, name: str) -> str:
    """Return the name of an X-Ray sampling rule or group: X-Ray has one list of each per account."""
    return f"{prefix}-{target.environment}-{name}"


def log_topic(workload: str, stream: str) -> str:
    """Return the Kafka topic of a stream's raw lines."""
    return f"logs.{workload}.{stream}"


def dead_letter_topic(workload: str) -> str:
    """Return the Kafka topic of a workload's dead letters."""
    return log_topic(workload, DEAD_LETTERS)


def log_index(workload: str, hot_days: int, restricted: str | None = None) -> str:
    """Return the prefix of a stream's daily indices; the day follows.

    Args:
        workload: whose lines.
        hot_days: how long they are searched: an index holds lines of one age limit only.
        restricted: the stream's name where its lines are not for everyone: no pattern for others fits its index.
    """
    return f"restricted-{workload}-{restricted}-{hot_days}d" if restricted else f"logs-{workload}-{hot_days}d"
