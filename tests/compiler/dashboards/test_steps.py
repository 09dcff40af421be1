"""A panel's colours follow from the limits of what it names."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compiler.catalog.catalog import Catalog, Watched
from compiler.dashboards.steps import colors, described
from compiler.model.alerts import Alert, Slo
from compiler.model.dashboards import Panel
from compiler.text import number
from compiler.texts.amounts import in_words
from tests.catalog_copy import CatalogCopy

DASHBOARDS = "shop/dashboards.yaml"
LIMITS = st.lists(st.integers(1, 10**6).map(lambda n: n / 1000), min_size=1, max_size=4, unique=True)


def panel(**fields: object) -> Panel:
    given = {"title": "A panel", "type": "stat", "unit": "percentunit", "queries": [{"expr": "up"}], **fields}
    return Panel.model_validate(given)


def alert_on(watched: Watched, thresholds: dict[str, dict[str, object]], *, unit: str = "ratio") -> Watched:
    """Return the workload with one alert, on a series that has no target."""
    fields = {"service": "a", "unit": unit, "summary": "A summary", "description": "A text", "runbook": "a"}
    limits = {severity: {"for": "5m", **bound} for severity, bound in thresholds.items()}
    alert = Alert.model_validate(
        {"name": "Failing", "value": "max(unknown_ratio)", "thresholds": limits, "dashboard": "a", **fields}
    )
    return replace(watched, alerts=(alert,))


@given(LIMITS)
def test_above_each_limit_it_is_worse_and_red_from_the_last_on(shop: Watched, limits: list[float]) -> None:
    watched = alert_on(shop, {f"s{n}": {"above": limit} for n, limit in enumerate(limits)})
    base, steps = colors(watched, panel(alerts=["Failing"]))
    assert base == "green"
    assert [value for value, _ in steps] == sorted(limits)
    shades = [color for _, color in steps]
    assert shades[-1] == "red"
    assert set(shades[:-1]) <= {"yellow", "orange"}


@given(LIMITS)
def test_below_each_limit_it_is_worse_and_green_from_the_highest_on(shop: Watched, limits: list[float]) -> None:
    watched = alert_on(shop, {f"s{n}": {"below": limit} for n, limit in enumerate(limits)})
    base, steps = colors(watched, panel(alerts=["Failing"]))
    assert [value for value, _ in steps] == sorted(limits)
    assert [base, *(color for _, color in steps)][:1] == ["red"]
    assert [color for _, color in steps][-1] == "green"


def test_a_range_is_red_on_both_sides(shop: Watched) -> None:
    watched = alert_on(shop, {"warning": {"outside": [0.1, 0.6]}})
    assert colors(watched, panel(alerts=["Failing"])) == ("red", [(0.1, "green"), (0.6, "red")])


def test_nothing_at_all_stays_green_where_anything_is_too_much(shop: Watched) -> None:
    watched = alert_on(shop, {"warning": {"above": 0}}, unit="jobs")
    assert colors(watched, panel(unit="short", alerts=["Failing"])) == ("green", [(1, "red")])


@pytest.mark.parametrize(
    ("unit", "limit", "axis", "step"), [("percent", 80, "percentunit", 0.8), ("minutes", 5, "s", 300)]
)
def test_a_limit_is_shown_in_the_panels_unit(shop: Watched, unit: str, limit: float, axis: str, step: float) -> None:
    watched = alert_on(shop, {"warning": {"above": limit}}, unit=unit)
    assert colors(watched, panel(unit=axis, alerts=["Failing"])) == ("green", [(step, "red")])


def test_a_target_comes_before_the_limits_in_yellow(catalog: Catalog) -> None:
    shown = 0
    for watched in catalog:
        for board in watched.dashboards.grafana:
            for each in (each for row in board.rows for each in row.panels if each.alerts):
                base, steps = colors(watched, each)
                shown += "target" in described(watched, each)
                assert "red" in {base, *(color for _, color in steps)}
    assert shown


def test_a_step_takes_the_one_limit_of_what_it_names(shop: Watched) -> None:
    watched = alert_on(shop, {"critical": {"above": 0.3}, "warning": {"above": 0.1}})
    steps = [{"alert": "Failing/warning", "color": "blue"}, {"above": 0.7, "color": "red"}]
    assert colors(watched, panel(steps=steps)) == ("green", [(0.1, "blue"), (0.7, "red")])
    with pytest.raises(ValueError, match="expected the name of one limit, Failing/critical or Failing/warning"):
        colors(watched, panel(steps=[{"alert": "Failing", "color": "red"}]))


def test_a_panel_says_the_limits_of_what_it_names(shop: Watched) -> None:
    watched = alert_on(shop, {"critical": {"above": 0.3}, "warning": {"above": 0.1}})
    message = described(watched, panel(description="Its own.", alerts=["Failing"]))
    assert message == "Its own. Failing: warning above 10 %, critical above 30 %."


@pytest.mark.parametrize("fields", [{"steps": [{"above": 1, "color": "red"}]}, {"base_color": "red"}])
def test_steps_beside_those_of_alerts_are_refused(fields: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="expected neither steps nor base_color beside them"):
        panel(alerts=["Failing"], **fields)


@pytest.mark.parametrize("step", [{"color": "red"}, {"above": 1, "alert": "Failing", "color": "red"}])
def test_a_step_has_one_value(step: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="expected either above or alert"):
        panel(steps=[step])


def edited(copy: CatalogCopy, **fields: object) -> None:
    """Put one panel, on its own row, first on the first dashboard."""
    given = {"title": "A panel", "type": "stat", "unit": "percentunit", "queries": [{"expr": "vector(1)"}], **fields}
    row = {"title": "A row", "panels": [given]}
    copy.change(DASHBOARDS, lambda data: data["grafana"][0]["rows"].insert(0, row))


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"alerts": ["Unheard"]}, "panels.'A panel'.alerts: unknown alert 'Unheard': expected one of"),
        (
            {"alerts": ["HighErrorRate"], "unit": "s"},
            "panels.'A panel'.alerts: expected a unit that ratio can be shown in",
        ),
        ({"steps": [{"alert": "Unheard", "color": "red"}]}, "panels.'A panel'.steps: unknown alert 'Unheard'"),
    ],
)
def test_a_name_without_limits_is_told_with_its_place(
    copy: CatalogCopy, fields: dict[str, object], message: str
) -> None:
    edited(copy, **fields)
    (mistake,) = copy.mistakes()
    assert mistake.startswith(f"catalog/{DASHBOARDS}:")
    assert message in mistake


def test_a_panels_text_copies_no_limit_of_what_it_names(copy: CatalogCopy) -> None:
    copy.change(
        "shop/alerts.yaml",
        lambda data: data["alerts"][0].update(thresholds={"critical": {"above": 0.03, "for": "5m"}}),
    )
    edited(copy, alerts=["HighErrorRate"], description="At most 3 %.")
    (mistake,) = copy.mistakes()
    assert "panels.'A panel'.description: expected no limit, found '3 %'" in mistake


def objective(watched: Watched) -> Slo:
    return next(slo for slo in watched.slos if slo.events and not slo.each)


@given(st.integers(1, 99_999).map(lambda n: n / 1_000))
def test_a_step_takes_the_share_of_good_or_of_bad_events_of_an_objective(shop: Watched, percent: float) -> None:
    slo = objective(shop).model_copy(update={"objective": percent})
    watched = replace(shop, slos=(slo,))
    steps = [{"alert": f"{slo.name}/{side}", "color": "green"} for side in ("objective", "budget")]
    _, found = colors(watched, panel(steps=steps))
    good, bad = (value for value, _ in found)
    assert good == pytest.approx(percent / 100)
    assert good + bad == pytest.approx(1)


def test_an_objective_on_events_has_no_one_limit(shop: Watched) -> None:
    name = objective(shop).name
    with pytest.raises(ValueError, match=f"expected steps with {name}/objective for good events or {name}/budget"):
        colors(shop, panel(alerts=[name]))
    with pytest.raises(ValueError, match=f"expected the name of one limit, {name}/budget or {name}/objective"):
        colors(shop, panel(steps=[{"alert": name, "color": "red"}]))


def test_a_description_says_the_figures_of_what_it_names(copy: CatalogCopy) -> None:
    edited(copy, description="Of {{objective:api-availability}} in {{window:api-availability}}.")
    watched = next(each for each in copy.load() if each.name == "shop")
    first = watched.dashboards.grafana[0].rows[0].panels[0]
    slo = objective(watched)
    assert described(watched, first) == f"Of {number(slo.objective)} % in {in_words(slo.window)}."
    edited(copy, description="Of {{objective:unheard}}.")
    (mistake,) = copy.mistakes()
    assert "panels.'A panel'.description: unknown placeholder '{{objective:unheard}}': expected one of" in mistake


READS = {"expr": '1 - slo:events_bad:ratio_3d{workload="shop", slo="api-availability"}'}


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"steps": [{"above": 0.99, "color": "green"}]}, "steps.0: expected alert: api-availability/objective, found"),
        ({"steps": [{"above": 0.01, "color": "red"}]}, "steps.0: expected alert: api-availability/budget, found above"),
        ({"title": "Left of 99 %"}, "title: expected {{objective:api-availability}} or {{allowed:api-availability}}"),
        ({"description": "At most a hundredth is bad."}, "description: expected {{objective:api-availability}} or"),
    ],
)
def test_a_panel_on_an_objective_copies_none_of_its_figures(
    copy: CatalogCopy, fields: dict[str, object], said: str
) -> None:
    percent = 99
    copy.change("shop/slos.yaml", lambda data: data["slos"][0].update(objective=percent))
    edited(copy, queries=[READS], **fields)
    mistakes = copy.mistakes()
    assert len(mistakes) == 1
    assert f"'.{said}" in mistakes[0]
