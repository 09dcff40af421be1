"""Inhibitions: each thing speaks for itself."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import permutations
from typing import Any

import pytest

from compiler.catalog.catalog import Catalog
from compiler.model.platform import Inhibition
from compiler.routing.chart import chart_alerts
from compiler.routing.held import ROUTED, Told, told
from compiler.routing.inhibitions import inhibit_rules
from compiler.target import Target
from tests.catalog.holds import Compiled, severities
from tests.catalog_copy import CatalogCopy
from tests.inhibition import held_back, told_apart
from tests.workloads import project_catalog

RULES = inhibit_rules(project_catalog())
FOREIGN = {name: sorted(labels - ROUTED) for name, labels in chart_alerts().items()}


def labels_of(alert: Told, severity: str, **more: str) -> dict[str, str]:
    routed = {"alertname": alert.name, "severity": severity, "workload": alert.workload, "service": alert.service}
    return {label: value for label, value in routed.items() if value is not None} | more


def with_inhibition(catalog: Catalog, **written: Any) -> Catalog:
    inhibition = Inhibition.model_validate({"reason": "one says all", **written})
    return replace(catalog, routing=catalog.routing.model_copy(update={"inhibitions": (inhibition,)}))


def alike(catalog: Catalog, *, common: bool) -> tuple[Told, Told]:
    """Return two alerts of one service, with names of their own: with a label that both keep, or only the second."""
    names = [each.name for each in told(catalog)]
    for one, other in permutations((each for each in told(catalog) if names.count(each.name) == 1), 2):
        beside = one.workload and (one.workload, one.service) == (other.workload, other.service)
        fitting = bool(one.labels & other.labels) if common else not one.labels
        if beside and fitting and other.labels and not one.gone and not other.gone:
            return one, other
    raise LookupError("expected two alerts of one service, found none")


def wrong(rules: list[Any], made: Compiled) -> Iterator[str]:
    for higher, lower, kept in severities(made):
        pair = [{**rule.labels, "alertname": str(rule.alert)} for rule in (higher, lower)]
        yield from told_apart(pair[0], pair[1], kept, rules)


@pytest.mark.parametrize("name", [name for name, labels in FOREIGN.items() if labels])
@pytest.mark.parametrize(("higher", "lower"), [("critical", "warning"), ("warning", "info"), ("critical", "info")])
def test_an_alert_of_a_chart_holds_back_the_same_thing_alone(name: str, higher: str, lower: str) -> None:
    pair = [{"alertname": name, "severity": severity} for severity in (higher, lower)]
    assert told_apart(pair[0], pair[1], FOREIGN[name], RULES) == []


def test_every_alert_of_a_chart_is_told_apart_by_its_namespace() -> None:
    assert {"KubePersistentVolumeFillingUp", "NodeFilesystemSpaceFillingUp"} <= set(FOREIGN)
    assert all("namespace" in labels for labels in FOREIGN.values())
    assert "persistentvolumeclaim" in FOREIGN["KubePersistentVolumeFillingUp"]
    assert {"device", "instance", "mountpoint"} <= set(FOREIGN["NodeFilesystemSpaceFillingUp"])
    assert "node" in FOREIGN["KubeletServerCertificateExpiration"]


def test_an_inhibition_without_its_entity_is_noticed(target: Target) -> None:
    """A mutant for each label of each inhibition: two things whose alerts it would mix up exist, so some must fail."""
    made = Compiled(project_catalog(), target)
    assert [*wrong(RULES, made)] == []
    several = [(higher, kept) for higher, _, kept in severities(made) if kept]
    assert several
    for higher, kept in several:
        for label in kept:
            mutant = [{**rule, "equal": [each for each in rule["equal"] if each != label]} for rule in RULES]
            assert f"another {label} is held back" in [*wrong(mutant, made)], (higher.alert, label)


def test_what_two_alerts_both_keep_must_be_equal(catalog: Catalog) -> None:
    one, other = alike(catalog, common=True)
    (label, *_) = sorted(one.labels & other.labels)
    rules = inhibit_rules(with_inhibition(catalog, source={"alertname": one.name}, target={"alertname": other.name}))
    thing = dict.fromkeys(one.labels & other.labels, "one")
    firing = [labels_of(one, one.severities[0], **thing)]
    assert held_back(rules, labels_of(other, other.severities[0], **thing), firing)
    assert not held_back(rules, labels_of(other, other.severities[0], **{**thing, label: "another"}), firing)


def test_what_speaks_of_the_whole_service_holds_back_each_of_its_parts(catalog: Catalog) -> None:
    whole, part = alike(catalog, common=False)
    rules = inhibit_rules(with_inhibition(catalog, source={"alertname": whole.name}, target={"alertname": part.name}))
    firing = [labels_of(whole, whole.severities[0])]
    for value in ("one", "another"):
        assert held_back(rules, labels_of(part, part.severities[0], **dict.fromkeys(part.labels, value)), firing)


def test_written_severities_get_the_labels_that_follow(catalog: Catalog, target: Target) -> None:
    """As people write it elsewhere: the same alert of the same service, and nothing of its thing."""
    first, *_ = (each for each in severities(Compiled(catalog, target)) if each[2])
    high, low = (rule.labels["severity"] for rule in first[:2])
    written = {"source": {"severity": high}, "target": {"severity": low}, "equal": ["alertname", "workload", "service"]}
    made = Compiled(with_inhibition(catalog, **written), target)
    assert [*wrong(inhibit_rules(made.catalog)[-1:], made)].count("the same thing is not held back") < len(
        [*severities(made)]
    )
    assert not [each for each in wrong(inhibit_rules(made.catalog), made) if each.startswith("another")]


def test_one_severity_of_all_alerts_still_speaks_of_its_own_things(catalog: Catalog) -> None:
    one, other = alike(catalog, common=True)
    source, target = {"severity": one.severities[0]}, {"alertname": other.name}
    rules = inhibit_rules(with_inhibition(catalog, source=source, target=target))
    thing = dict.fromkeys(one.labels & other.labels, "one")
    alert = labels_of(other, other.severities[-1], **dict.fromkeys(other.labels, "another"))
    assert not held_back(rules, alert, [labels_of(one, one.severities[0], **thing)])


def test_a_label_that_each_side_narrows_to_a_value_of_its_own_is_not_compared() -> None:
    one = Told("Live", ("critical",), frozenset({"probe", "pod"}), "w", "s", pinned=frozenset({("probe", "=", "live")}))
    other = replace(one, name="Ready", pinned=frozenset({("probe", "=", "ready")}))
    assert one.common(other) == {"pod"}


def test_an_inhibition_of_an_alert_of_a_chart_is_taken(copy: CatalogCopy) -> None:
    def chart(data: Any) -> None:
        source, target = {"alertname": "KubeNodeNotReady"}, {"alertname": "KubeNodeUnreachable"}
        data["inhibitions"].append({"reason": "one says all", "source": source, "target": target})

    copy.change("routing.yaml", chart)
    rule = inhibit_rules(copy.load())[-1]
    assert set(rule["equal"]) == {"cluster", "namespace", "node"}


@pytest.mark.parametrize("side", ["source", "target"])
def test_an_alert_that_does_not_exist_is_told_with_its_place(copy: CatalogCopy, side: str) -> None:
    copy.change("routing.yaml", lambda data: data["inhibitions"][1][side].update(alertname="KubeNodeNotRedy"))
    (line,) = copy.mistakes()
    assert line.startswith(f"catalog/routing.yaml: inhibitions.1.{side}.alertname: unknown alert 'KubeNodeNotRedy'")


def test_an_inhibition_between_two_workloads_is_told(copy: CatalogCopy) -> None:
    catalog = copy.load()
    names = {each.workload: each.name for each in told(catalog) if each.workload}
    one, other, *_ = names.values()
    copy.change("routing.yaml", lambda data: data["inhibitions"][1].update(source={"alertname": one}))
    copy.change("routing.yaml", lambda data: data["inhibitions"][1].update(target={"alertname": other}))
    (line,) = copy.mistakes()
    assert line.startswith(
        "catalog/routing.yaml: inhibitions.1.target: expected an alert that a workload of the source"
    )


def test_a_label_that_only_one_side_has_is_told(copy: CatalogCopy) -> None:
    whole, part = alike(copy.load(), common=False)
    label = sorted(part.labels)[0]

    def lonely(data: Any) -> None:
        sides = {"source": {"alertname": whole.name}, "target": {"alertname": part.name}}
        data["inhibitions"] = [{"reason": "one says all", **sides, "equal": ["service", label]}]

    copy.change("routing.yaml", lonely)
    message = f"expected labels of both alerts, found '{label}', which is never equal: leave it out"
    assert copy.mistakes() == [f"catalog/routing.yaml: inhibitions.0.equal: {message}"]
