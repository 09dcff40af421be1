"""A case's series have the labels that producers and monitors add: no more and no fewer than on a cluster."""

from collections.abc import Mapping

from compiler.catalog.catalog import Watched
from compiler.catalog.scope import scope_of, selectors
from compiler.conventions import SHARED_WORKLOAD, TARGET_LABELS
from compiler.model.metrics import Metric
from compiler.model.workload import ScrapeTarget
from tests.rules import rendered
from tests.rules.scraped import scraped
from tests.workloads import first, project_catalog


def labels(watched: str, series: str) -> Mapping[str, str]:
    """Return the labels with which one series of a case is stored."""
    (stored,) = scraped(rendered.read_by(watched), {series: "1"})
    ((name, found),) = selectors(stored)
    assert name == series.partition("{")[0]
    return found


def of_charts() -> list[tuple[Metric, ScrapeTarget]]:
    """Return the platform's metrics that a chart's own monitor scrapes."""
    (platform,) = rendered.read_by(SHARED_WORKLOAD)
    producers = platform.workload.producers
    pairs = ((metric, producers[metric.producer]) for metric in platform.metrics.prometheus)
    return [(metric, each) for metric, each in pairs if isinstance(each, ScrapeTarget) and each.scraped_by]


def test_a_monitor_of_ours_adds_its_labels_and_a_case_may_say_others() -> None:
    watched = first(lambda each: each.workload.scraped and each.metrics.prometheus)
    metric = next(each for each in watched.metrics.prometheus if each.name in watched.series and not each.labels)
    found = labels(watched.name, metric.name)
    assert frozenset(found) == TARGET_LABELS
    assert (found["workload"], found["service"]) == (watched.name, metric.service)
    assert labels(watched.name, f'{metric.name}{{workload="another", pod="b"}}').items() >= {
        ("workload", "another"),
        ("pod", "b"),
    }


def test_a_charts_monitor_adds_no_workload_and_no_more_than_it_says() -> None:
    charts = of_charts()
    assert charts
    for metric, producer in charts:
        name = next(iter(rendered.read_by(SHARED_WORKLOAD)[0].series.keys() & {metric.name, f"{metric.name}_count"}))
        found = labels(SHARED_WORKLOAD, name)
        assert "workload" not in found
        assert found.items() >= producer.known_by.items()
        assert frozenset(found) <= {*producer.adds, *metric.labels}


def test_every_selector_of_a_rule_can_be_met_by_what_its_producer_adds() -> None:
    """A rule that asks for a label of whose which nobody adds would never fire: DiskSpaceLow once asked so."""
    for watched in project_catalog():
        scope, read = scope_of(watched, project_catalog()), rendered.read_by(watched.name)
        for name in _read(watched, *read):
            ((_, wanted),) = selectors(scope.apply(name))
            stored = labels(watched.name, name)
            unmet = {
                label: value
                for label, value in wanted.items()
                if label in {"workload", "job", "metrics_path"} and value and stored.get(label) != value
            }
            assert not unmet, f"{watched.name}: {name} is stored with {stored}"


def _read(*several: Watched) -> set[str]:
    return {name for each in several for name in each.series if each.metric(name)}
