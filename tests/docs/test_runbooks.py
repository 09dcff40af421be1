"""The runbooks' pages hold what people know, in its order; what the catalog says is put in when the site is built."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from compiler.catalog.catalog import Watched
from compiler.site.conditions import conditions
from compiler.site.runbooks import HINT
from tests.docs.pages import PAGES, RUNBOOKS, blocks, catalog, every_page, section, text

SECTIONS = ["Symptoms", "Diagnosis", "Resolution", "Escalation"]


def of(page: str) -> Watched:
    """Return the workload of a page."""
    return next(watched for watched in catalog() if watched.name == page.partition("/")[0])


def named(watched: Watched) -> Iterator[str]:
    """Yield the page of everything in a workload's catalog that names one."""
    pages = [alert.runbook for alert in watched.alerts]
    pages += [slo.runbook for slo in watched.slos] + [slo.runbook for slo in watched.thresholds]
    pages += [alarm.runbook for alarm in watched.alarms.alarms] + [each.runbook for each in watched.alarms.composites]
    pages += [watched.workload.budget.runbook] if watched.workload.budget else []
    for page in pages:
        yield f"{watched.name}/{page}"


@pytest.mark.parametrize("watched", catalog().workloads, ids=lambda watched: watched.name)
def test_everything_that_can_fire_has_its_page(watched: Watched) -> None:
    assert set(named(watched)) <= set(PAGES)


@every_page
def test_every_page_is_named_by_the_catalog(page: str) -> None:
    assert page in {name for watched in catalog() for name in named(watched)}, "an orphan: nothing leads here"


@every_page
def test_the_sections_stand_in_order_and_say_something(page: str) -> None:
    assert re.findall(r"^## (.+)$", text(page), re.MULTILINE) == SECTIONS
    assert all(section(page, title) for title in SECTIONS)


@every_page
def test_the_source_leads_to_the_published_page(page: str) -> None:
    title, blank, hint = text(page).splitlines()[:3]
    assert title.startswith("# ")
    assert (blank, hint) == ("", HINT)


@every_page
def test_the_title_says_what_is_wrong_and_names_nothing_that_fires(page: str) -> None:
    names = {each.name for each in conditions(catalog(), of(page), page.partition("/")[2])}
    assert not [name for name in names if re.search(rf"\b{name}\b", text(page).splitlines()[0])]


@every_page
def test_what_it_says_of_its_dashboard_is_there(page: str) -> None:
    head = " ".join(text(page).partition("## Symptoms")[0].split())
    shown = re.findall(r"(?<!\*)\*([^*]+)\*(?!\*)", head.partition("On its dashboard: ")[2])
    boards = of(page).dashboards
    known = {name for board in boards.grafana for row in board.rows for name in (row.title, *_titles(row.panels))}
    known |= {
        name for board in boards.cloudwatch for part in board.sections for name in (part.title, *_titles(part.widgets))
    }
    known |= {board.title for board in boards.grafana}
    assert [name for name in shown if not any(title.startswith(name) for title in known)] == []


def _titles(shown: tuple[object, ...]) -> list[str]:
    return [str(getattr(each, "title", "")) for each in shown]


@every_page
def test_every_step_of_the_diagnosis_has_a_command(page: str) -> None:
    steps = re.split(
        r"^\d+\. ", text(page).partition("## Diagnosis")[2].partition("## Resolution")[0], flags=re.MULTILINE
    )
    assert len(steps) > 1
    assert [step.splitlines()[0] for step in steps[1:] if "```" not in step] == []


@every_page
def test_the_pages_of_prometheus_alerts_have_promql(page: str) -> None:
    own = [alert for alert in of(page).alerts if alert.runbook == page.partition("/")[2]]
    assert blocks(page, "promql") or not own


@every_page
def test_links_lead_somewhere(page: str) -> None:
    folder = (RUNBOOKS / page).parent
    targets = re.findall(r"\]\(([^)\s]+)\)", text(page))
    assert [target for target in targets if not (folder / Path(target.partition("#")[0])).is_file()] == []
