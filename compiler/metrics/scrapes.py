"""Scrapes: the producers that the platform's own monitors scrape, and how often."""

from collections.abc import Iterator
from dataclasses import dataclass

from compiler.catalog.catalog import Watched
from compiler.conventions import naming_labels, own_labels
from compiler.model.base import seconds
from compiler.model.workload import SCRAPE_INTERVAL

_LONGEST_WAIT = 10
"""Seconds; Prometheus' own default for a target that does not answer."""


@dataclass(frozen=True)
class ScrapeSpec:
    """A producer's metrics endpoint: services with its labels, the port's name, the path.

    `own_labels` are labels of its metrics that a target would have too, and that the metrics keep. Those of
    `naming_labels` a target keeps as well, as it does `workload`; a metric that has them wins.
    """

    producer: str
    service: str
    port: str
    path: str
    interval: str = SCRAPE_INTERVAL
    own_labels: tuple[str, ...] = ()
    naming_labels: tuple[str, ...] = ()

    @property
    def timeout(self) -> str:
        """How long an answer may take: never longer than the interval, which Prometheus would refuse."""
        return f"{min(_LONGEST_WAIT, seconds(self.interval))}s"


def scrapes(watched: Watched) -> Iterator[ScrapeSpec]:
    """Yield the scrapes of a workload."""
    for name, producer in watched.workload.scraped.items():
        metrics = [metric for metric in watched.metrics.prometheus if metric.producer == name]
        labels = own_labels(metrics), naming_labels(metrics)
        yield ScrapeSpec(name, producer.service, producer.port, producer.path, producer.interval, *labels)
