"""statsd-exporter's mapping: fields and patterns that it takes, and names that arrive as the metrics declared."""

import re
from dataclasses import replace
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from compiler.artefacts import compile_artefacts
from compiler.catalog.catalog import Catalog, Watched
from compiler.metrics.statsd import STATSD_TYPES, declared, mapping
from compiler.model.metrics import Metric, StatsdMapping
from compiler.target import Target
from tests.frozen import frozen_catalog

# What the exporter checks when it loads a mapping, and the fields it knows; source: statsd_exporter 0.29, pkg/mapper.
LINE = re.compile(r"(\*\.|[a-zA-Z_](-?[a-zA-Z0-9_])*\.)+(\*|[a-zA-Z_](-?[a-zA-Z0-9_])*)")
LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]+")
GO_DURATION = re.compile(r"(\d+(h|m|s|ms|us|ns))+")
FIELDS = {"match", "match_type", "match_metric_type", "name", "help", "action", "labels"}
FIELDS |= {"observer_type", "histogram_options", "ttl"}

METRICS = list(declared(frozen_catalog()))
part = st.from_regex(r"[a-zA-Z0-9_-]{1,20}", fullmatch=True)


def rules(catalog: Catalog) -> list[dict[str, Any]]:
    made = mapping(catalog)
    assert made
    assert set(made) == {"mappings"}
    return list(yaml.safe_load(yaml.safe_dump(made))["mappings"])


RULES = rules(frozen_catalog())


def filled(text: str, taken: re.Match[str]) -> str:
    return re.sub(r"\$(\d)", lambda reference: taken[int(reference[1])], text)


def exported(name: str, kind: str, found: list[dict[str, Any]]) -> tuple[str, dict[str, str]] | None:
    """Return the exporter's name for a StatsD name, by its documented rules; None for dropped or unmapped ones."""
    for rule in found:
        if rule.get("match_type", "glob") == "regex":
            if re.search(rule["match"], name):
                return None if rule.get("action") == "drop" else (rule["name"], {})
            continue
        taken = re.fullmatch(re.escape(rule["match"]).replace(r"\*", "([^.]*)"), name)
        if taken and rule["match_metric_type"] == kind:
            return rule["name"], {key: filled(text, taken) for key, text in rule["labels"].items()}
    return name, {}


def test_some_workload_speaks_statsd() -> None:
    assert {watched.name for watched, *_ in METRICS} == {"warehouse"}
    assert {metric.type for _, _, metric, _ in METRICS} == set(STATSD_TYPES)


def test_every_rule_has_the_form_that_the_exporter_takes(catalog: Catalog) -> None:
    *globs, last = rules(catalog)
    assert len(globs) == len(METRICS)
    for rule in globs:
        assert set(rule) <= FIELDS
        assert LINE.fullmatch(rule["match"])
        assert all(LABEL.fullmatch(label) for label in rule["labels"])
        assert ("histogram_options" in rule) == (rule["match_metric_type"] == "observer")
        assert rule.get("observer_type", "histogram") == "histogram"
        assert GO_DURATION.fullmatch(rule.get("ttl", "1s"))
    assert last == {"match": ".", "match_type": "regex", "action": "drop", "name": "dropped"}


@pytest.mark.parametrize(("watched", "metric", "statsd"), [(w, m, s) for w, _, m, s in METRICS])
@given(data=st.data())
def test_every_name_of_a_metric_arrives_as_it(
    watched: Watched, metric: Metric, statsd: StatsdMapping, data: st.DataObject
) -> None:
    parts = [data.draw(part) for _ in range(statsd.match.count("*"))]
    name = statsd.match
    for each in parts:
        name = name.replace("*", each, 1)
    found = exported(name, STATSD_TYPES[metric.type], RULES)
    labels = dict(zip(metric.labels, parts, strict=True))
    assert found == (metric.name, {**labels, "workload": watched.name, "service": metric.service})


@given(st.lists(part, min_size=1, max_size=6), st.sampled_from(sorted(STATSD_TYPES.values())))
def test_a_name_that_nobody_declares_is_dropped(parts: list[str], kind: str) -> None:
    assert exported(".".join(["other", *parts]), kind, RULES) is None


def test_a_name_that_comes_as_another_type_is_dropped(catalog: Catalog) -> None:
    assert exported("courier.dag.duration.train", "counter", rules(catalog)) is None


def test_a_gauge_that_is_told_no_more_is_forgotten(catalog: Catalog) -> None:
    (depth,) = (rule for rule in rules(catalog) if rule["name"] == "dag_queue_depth")
    assert depth["ttl"] == "600s"


def test_it_is_rendered_where_somebody_speaks_statsd(catalog: Catalog, target: Target) -> None:
    assert "statsd/mapping.yaml" in compile_artefacts(catalog, target)
    silent = replace(catalog, workloads=tuple(each for each in catalog if each.name != "warehouse"))
    assert "statsd/mapping.yaml" not in compile_artefacts(silent, target)
