"""A watched workload: who owns it, which services it has, how its severities map, where it runs."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Discriminator, Field, Tag, model_validator

from compiler.model.base import (
    Count,
    Duration,
    Email,
    Entry,
    EnvironmentName,
    LabelName,
    LabelValue,
    MetricName,
    Number,
    Priority,
    PromQL,
    Slug,
    Text,
    seconds,
)

SCRAPE_INTERVAL = "30s"
"""How often a producer is scraped that says nothing else: Prometheus' own setting, as it is deployed."""
_SHORTEST, _LONGEST = 5, 120
"""Seconds. Prometheus forgets a sample after five minutes: two intervals must fit, or one lost scrape leaves a gap."""


def _is_scrapable(interval: str) -> str:
    if not _SHORTEST <= seconds(interval) <= _LONGEST:
        raise ValueError(f"expected {_SHORTEST}s to {_LONGEST}s, or a lost scrape leaves a gap; found '{interval}'")
    return interval


ScrapeInterval = Annotated[Duration, AfterValidator(_is_scrapable)]


class Owner(Entry):
    """The people who answer for a workload."""

    team: Slug = Field(description="The team's name, as in the `team` label of its alerts.")
    email: Email = Field(description="Where e-mail about this workload goes.")


class Severity(Entry):
    """A workload's own name for how bad something is, and the platform priority it stands for."""

    priority: Priority
    response: Text = Field(description="How soon somebody answers, as the workload's own table says.")


class Red(Entry):
    """The metrics behind a service's rate, errors and duration; names from the workload's metrics."""

    requests: MetricName = Field(description="A counter of requests.")
    errors: PromQL = Field(description="A counter of failed requests, or the matchers that narrow a counter to them.")
    latency: MetricName = Field(description="A histogram of request durations, in seconds.")


class Service(Entry):
    """A component of a workload that can be healthy or not on its own."""

    title: Text
    red: Red | None = None


class Tags(Entry):
    """The cost-allocation tags of a workload; Environment and Workload are added by the compiler."""

    project: Text = Field(alias="Project")
    team: Text = Field(alias="Team")
    cost_center: Text = Field(alias="CostCenter")


class Notification(Entry):
    """A message when spending passes a share of the budget."""

    above_percent: Number = Field(gt=0, le=1000)
    of: Literal["ACTUAL", "FORECASTED"] = Field(description="Spending so far, or what it is heading for.")
    emails: tuple[Email, ...] = Field(min_length=1)


class Budget(Entry):
    """A monthly cost budget of the workload's own resources, chosen by its Project tag."""

    name: Slug
    monthly_usd: Count = Field(gt=0)
    environments: tuple[EnvironmentName, ...] = Field(
        min_length=1,
        description="Whose stack holds it: it counts the project's cost in the whole account, so one each.",
    )
    notifications: tuple[Notification, ...] = Field(min_length=1)
    runbook: Slug


class ScrapeTarget(Entry):
    """The endpoint of a producer's metrics: Kubernetes services with this label, this port, this path.

    A producer that speaks StatsD sends to the stack's statsd-exporter instead, and is found there.
    """

    service: Slug = Field(description="The workload's service that this producer belongs to.")
    kind: Literal["prometheus", "statsd"] = Field(
        default="prometheus", description="How it exposes metrics: it is scraped, or it sends StatsD."
    )
    port: str = Field(default="metrics", description="The name of the port in the Kubernetes Service.")
    path: str = Field(default="/metrics", pattern="^/")
    interval: ScrapeInterval = Field(
        default=SCRAPE_INTERVAL,
        description="How often it is scraped: a window of any rule on its series holds four scrapes or more. "
        "Of a chart's producer: as its monitor has it.",
    )
    scraped_by: Slug | None = Field(
        default=None,
        description="The chart whose own monitor scrapes it, where one does: then none of the platform's does.",
    )
    adds: tuple[LabelName, ...] = Field(
        default=(), description="The labels that the chart's monitor adds to every series, in place of the platform's."
    )
    known_by: dict[LabelName, LabelValue] = Field(
        default={}, description="Which of those no other target has: every selector of its series asks for them."
    )

    @model_validator(mode="after")
    def check(self) -> Self:
        """Refuse a chart's producer with its own port or path or without its labels, and any other with them."""
        own_fields, theirs = self.model_fields_set & {"port", "path"}, (self.adds, self.known_by)
        if self.scraped_by and (own_fields or not all(theirs)):
            found = sorted(self.model_fields_set)
            raise ValueError(f"scraped_by: expected adds and known_by, and no port or path, found {found}")
        if any(theirs) and not self.scraped_by:
            raise ValueError("adds: our own monitors' labels are known: expected scraped_by, the chart whose they are")
        if unknown := sorted(set(self.known_by) - set(self.adds)):
            raise ValueError(f"known_by: expected labels of adds, found {', '.join(unknown)}")
        scraping = own_fields | self.model_fields_set & {"interval"}  # statsd-exporter has a monitor of its own
        if self.kind == "statsd" and (scraping or self.scraped_by):
            raise ValueError(f"kind: expected nothing on scraping for statsd, found {sorted(self.model_fields_set)}")
        return self

    @property
    def monitored(self) -> bool:
        """Whether a monitor of the platform scrapes it: it sends no StatsD, and no chart's own monitor scrapes it."""
        return self.kind == "prometheus" and self.scraped_by is None


class ProbeTarget(Entry):
    """A page that the blackbox exporter probes from outside, whatever the service reports."""

    kind: Literal["probe"]
    service: Slug = Field(description="The workload's service that the page belongs to.")
    scheme: Literal["http", "https"] = "http"
    address: str = Field(
        pattern=r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?$",
        description="The service in the cluster, as name.namespace.svc:port.",
    )
    path: str = Field(pattern="^/")
    module: Slug = Field(description="What counts as a good answer: a module of `probes.yaml`.")
    interval: ScrapeInterval = SCRAPE_INTERVAL


def _sort(value: object) -> str:
    """Return the tag of a producer: a page to probe, or a program to scrape."""
    kind = value.get("kind") if isinstance(value, dict) else getattr(value, "kind", None)
    return "page" if kind == "probe" else "program"


Producer = Annotated[
    Annotated[ScrapeTarget, Tag("program")] | Annotated[ProbeTarget, Tag("page")], Discriminator(_sort)
]


class Workload(Entry):
    """One watched workload: the file `workload.yaml` in its folder."""

    name: Slug
    title: Text
    description: Text
    owner: Owner
    tags: Tags
    environments: tuple[EnvironmentName, ...] = Field(
        min_length=1, description="Where the workload runs, and so where silence means trouble."
    )
    namespaces: tuple[Slug, ...] = Field(
        default=(),
        description="Its namespaces in the cluster: what the cluster's own exporters tell of others is not its.",
    )
    severities: dict[Slug, Severity] = Field(min_length=1)
    services: dict[Slug, Service] = Field(min_length=1)
    producers: dict[Slug, Producer] = Field(default={}, description="Where Prometheus gets metrics from, by name.")
    budget: Budget | None = None

    @property
    def scraped(self) -> dict[str, ScrapeTarget]:
        """The producers that the platform's monitors scrape, by name."""
        found = {name: each for name, each in self.producers.items() if isinstance(each, ScrapeTarget)}
        return {name: each for name, each in found.items() if each.monitored}

    def interval(self, producer: str) -> str:
        """Return how often a producer is scraped; of an unknown one, what all are by default."""
        found = self.producers.get(producer)
        return found.interval if found else SCRAPE_INTERVAL

    @property
    def probed(self) -> dict[str, ProbeTarget]:
        """The producers whose pages are probed, by name."""
        return {name: each for name, each in self.producers.items() if isinstance(each, ProbeTarget)}
