"""Texts of objectives and success criteria say what their own entry says, and never repeat it by hand."""

import pytest

from compiler.artefacts import rule_groups
from compiler.catalog.catalog import Catalog
from compiler.model.criteria import Criterion
from compiler.routing.digest import settings
from compiler.target import Target
from compiler.texts.placeholders import criterion_text, objective_facts, objective_title
from tests.catalog_copy import CatalogCopy

SLOS, VALUES, CRITERIA = "library/slos.yaml", "billing/slos.yaml", "criteria.yaml"
LATENCY = 1
"""The objective of the library whose good events are a bucket."""


def summaries(catalog: Catalog, workload: str, target: Target) -> str:
    watched = next(each for each in catalog if each.name == workload)
    rules = [rule for group in rule_groups(watched, catalog, target) for rule in group.rules]
    return "\n".join(rule.annotations.get("summary", "") for rule in rules)


def test_a_title_says_the_limit_of_the_bucket_that_is_counted(copy: CatalogCopy, target: Target) -> None:
    assert "'The API answers within 100 ms'" in summaries(copy.load(), "library", target)
    bucket = 'http_request_duration_seconds_bucket{le="0.25"}'
    copy.change(SLOS, lambda data: data["slos"][LATENCY]["events"].update(good=bucket))
    said = summaries(copy.load(), "library", target)
    assert "'The API answers within 250 ms'" in said
    assert "100 ms" not in said


def test_every_objective_has_the_facts_that_its_entry_has(each_catalog: Catalog) -> None:
    for watched in each_catalog:
        assert not [slo.name for slo in watched.slos if "{{" in objective_title(watched, slo)]
        assert not [slo.name for slo in watched.thresholds if "{{" in objective_title(watched, slo)]
    percent = {
        facts["objective"]: facts["allowed"]
        for watched in each_catalog
        for facts in (objective_facts(watched, slo) for slo in watched.slos)
    }
    assert percent
    assert all(float(kept[:-2]) + float(rest[:-2]) == pytest.approx(100) for kept, rest in percent.items())


@pytest.mark.parametrize(
    ("file", "key", "title", "name"),
    [
        (SLOS, "slos", "99 % of answers are fast", "objective"),
        (SLOS, "slos", "The API answers within 100 ms", "limit"),
        (SLOS, "slos", "The API answers in a tenth of a second", "limit"),
        (SLOS, "slos", "Fast for 30 days", "window"),
        (SLOS, "slos", "At most 1 % is slow", "allowed"),
        (VALUES, "thresholds", "A day of R² above 0.75", "limit"),
        (VALUES, "thresholds", "R² of 7 days", "window"),
        (VALUES, "thresholds", "R² of 24 hours", "period"),
    ],
)
def test_a_copied_figure_in_a_title_is_refused(copy: CatalogCopy, file: str, key: str, title: str, name: str) -> None:
    copy.change(file, lambda data: data[key][LATENCY].update(title=title))
    mistakes = copy.mistakes()
    assert any(f".title: expected {{{{{name}}}}}, found" in line for line in mistakes), mistakes
    assert all(line.startswith(f"catalog/{file}:") for line in mistakes)


@pytest.mark.parametrize("file", [SLOS, VALUES])
def test_an_unknown_placeholder_in_a_title_is_refused(copy: CatalogCopy, file: str) -> None:
    copy.change(file, lambda data: data["slos"][0].update(title="It answers for {{for}}"))
    (mistake,) = copy.mistakes()
    assert ".title: unknown placeholder '{{for}}': expected one of {{allowed}}," in mistake


@pytest.mark.parametrize("field", ["title", "why_bound", "measures", "limits"])
@pytest.mark.parametrize(
    ("n", "text", "name"),
    [
        (0, "Known within five minutes", "limit"),
        (0, "Of the incidents of 30 days", "window"),
        (4, "Of the last 1 h", "period"),
        (5, "All but a thousandth", "allowed"),
        (5, "At least 99.9 % of them", "limit"),
    ],
)
def test_a_copied_figure_of_a_criterion_is_refused(copy: CatalogCopy, field: str, n: int, text: str, name: str) -> None:
    name_of = copy.load().criteria.criteria[n].name
    copy.change(CRITERIA, lambda data: data["criteria"][n].update({field: text}))
    (mistake,) = copy.mistakes()
    assert mistake.startswith(f"catalog/{CRITERIA}: {name_of}.{field}: expected {{{{{name}}}}}, found ")


def test_the_words_of_a_document_stay_as_they_are(copy: CatalogCopy) -> None:
    copy.change(CRITERIA, lambda data: data["criteria"][0].update(asked="Found within 5 minutes"))
    assert copy.load().criteria.criteria[0].asked == "Found within 5 minutes"


def test_a_criterions_texts_follow_its_bound(copy: CatalogCopy, target: Target) -> None:
    def moved(data: dict[str, list[dict[str, object]]]) -> None:
        data["criteria"][5].update(bound={"below": 0.98}, title="All but {{allowed}}", measures="At least {{limit}}")
        data["criteria"][0].update(bound={"above": 240})

    copy.change(CRITERIA, moved)
    catalog = copy.load()
    changed: Criterion = catalog.criteria.criteria[5]
    said = [criterion_text(changed, text) for text in (changed.title, changed.measures, changed.why_bound or "")]
    assert said[:2] == ["All but 2 %", "At least 98 %"]
    assert said[2].endswith("may differ by 2 %.")
    (digest,) = [name for name, channel in catalog.routing.channels.items() if type(channel).__name__ == "Digest"]
    assert "'title': 'All but 2 %'" in str(settings(digest, catalog, target)["criteria"])
