"""The catalog holds what the documents ask for, and the pages that say so are up to date."""

import re
from pathlib import Path

import pytest

from compiler.catalog.catalog import Catalog
from tests.catalog_copy import ROOT
from tests.coverage.judge import gaps
from tests.coverage.model import FOLDER, Seed, load, load_all
from tests.coverage.pages import CORRECTIONS, pages
from tests.coverage.proofs import missing

SEEDS = load_all()
WRONG = sorted((ROOT / "tests" / "seeds_wrong").glob("*/*.yaml"))


def one(number: str) -> Seed:
    return next(seed for seed in SEEDS if seed.seed == number)


@pytest.mark.parametrize("seed", SEEDS, ids=lambda seed: seed.workload)
def test_the_catalog_holds_what_the_document_asks_for(seed: Seed, catalog: Catalog) -> None:
    assert gaps(seed, catalog) == []


def test_every_document_is_of_a_workload_of_the_catalog(catalog: Catalog) -> None:
    """A workload needs none."""
    assert {seed.workload for seed in SEEDS} <= {watched.name for watched in catalog}
    assert [seed.seed for seed in SEEDS] == ["000", "001", "002", "003", "004"]
    assert {path.stem for path in FOLDER.glob("*.yaml")} == {seed.workload for seed in SEEDS}


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.yaml")), ids=lambda path: path.stem)
def test_no_row_stands_twice(path: Path) -> None:
    seed = load(path)
    keys = [
        [f"metric {name}" for name in seed.metrics],
        [f"{row.metric} {row.of} {row.held_by} {sorted(row.limits())}" for row in seed.thresholds],
        [f"{row.name} {row.severity}" for row in seed.alerts],
        [row.what for row in seed.corrected],
    ]
    for rows in keys:
        assert len(rows) == len(set(rows))


def test_personalization_is_counted_in_full() -> None:
    """Counted in it: 13 alerts, 19 metrics with 21 conditions, three figures of effectiveness, 18 RED, 14 USE."""
    seed = one("000")
    severities = [row.severity for row in seed.alerts]
    assert [severities.count(name) for name in ("critical", "warning", "info")] == [5, 5, 3]
    conditions = [row for row in seed.thresholds if row.held_by != "target"]
    assert (len({row.metric for row in conditions}), len(conditions)) == (19, 21)
    assert len([row for row in seed.thresholds if re.search("lift|engagement_seconds|return_ratio", row.metric)]) == 3
    red = re.compile("(edge|api|retrieval|ranking|bandit|llm)_(requests_total|errors_total|latency_seconds)")
    use = re.compile("(cpu|memory|gpu|network|disk)_")
    assert [len([name for name in seed.metrics if part.match(name)]) for part in (red, use)] == [18, 14]


def test_the_success_criteria_are_counted_in_full() -> None:
    """Counted in it: six."""
    assert len(one("002").criteria) == 6


def test_the_saved_searches_are_counted_in_full() -> None:
    """Counted in it: four."""
    assert len(one("002").queries) == 4


def test_spans_are_counted_in_full() -> None:
    """Counted in them: 10, 6, 10, 4 and 7; besides one in a diagram, one in code, one in a tree."""
    assert [len(one(number).spans) for number in ("000", "001", "002", "003", "004")] == [10, 6 + 1, 10 + 1, 4, 7 + 1]
    assert sum(len(row.attributes) for row in one("000").spans) == 22


def test_sampling_rules_are_counted_in_full() -> None:
    """Counted in them: 5 and 4, of which "P99+" is two here; the others have none."""
    assert [len(one(number).sampling) for number in ("000", "001", "002", "003", "004")] == [5, 4 + 1, 0, 0, 0]


def test_engagement_prediction_is_counted_in_full() -> None:
    """Counted in it: 17 infrastructure metrics, 15 latency targets, three alarms as code, nine log groups."""
    seed = one("004")
    infrastructure = re.compile("Lambda|Fargate|DynamoDB|S3|Athena")
    assert len([row for row in seed.cloudwatch if infrastructure.match(row.what)]) == 17
    assert len(seed.latencies) * 3 == 15
    assert len([row for row in seed.alarms if row.metric]) == 3
    assert seed.log_groups
    assert (len(seed.log_groups.names), len(seed.queries), len(seed.slos), len(seed.dashboards)) == (9, 3, 5, 4)


@pytest.mark.parametrize("path", ["seed-coverage.md", "seed-corrections.md", "success-criteria.md", "sampling.md"])
def test_a_page_is_up_to_date(path: str, catalog: Catalog) -> None:
    made = {file.name: text for file, text in pages(catalog).items()}
    assert (ROOT / "docs" / path).read_text(encoding="utf-8") == made[path], "run `make coverage-table`"


def test_the_page_on_sampling_has_every_rule(catalog: Catalog) -> None:
    text = (ROOT / "docs" / "sampling.md").read_text(encoding="utf-8")
    for watched in catalog:
        section = text.partition(f"### {watched.workload.title}\n")[2].partition("\n#")[0]
        for rule in watched.traces.sampling:
            row = next(line for line in section.splitlines() if line.startswith(f"| {rule.name} |"))
            assert f"| {rule.keep:g} %" in row
            assert rule.why in row


def test_every_entry_of_the_page_names_a_test_that_is_there() -> None:
    entries = CORRECTIONS.read_text(encoding="utf-8").split("\n### ")[1:]
    assert entries
    for entry in entries:
        named = re.findall(r"^- Shown by: `(.*)`$", entry, re.MULTILINE)
        assert len(named) == 1, entry
        assert missing(named[0]) is None, entry


@pytest.mark.parametrize("path", WRONG, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_rule_that_is_shown_to_be_wrong_is_on_the_page(path: Path) -> None:
    assert f"`{path.relative_to(ROOT)}`" in CORRECTIONS.read_text(encoding="utf-8")
