"""Placeholders take what the entry says elsewhere; templates of Prometheus stay; all else is a mistake."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compiler.catalog.catalog import Catalog
from compiler.texts.placeholders import alarm_facts, alert_facts, fill
from tests.catalog_copy import CatalogCopy

ALERTS = "shop/alerts.yaml"
ALARMS = "billing/alarms.yaml"
plain = st.text(st.characters(exclude_characters="{}"))


@given(plain, plain)
def test_a_text_around_placeholders_and_templates_stays(before: str, after: str) -> None:
    filled = fill(f"{before}{{{{limit}}}}{after}{{{{ $value }}}}", {"limit": "1 %"}, templates=True)
    assert filled == f"{before}1 %{after}{{{{ $value }}}}"


@pytest.mark.parametrize("text", ["{{limit}}", "{{ limit }}", "{{limit }}"])
def test_spaces_within_the_braces_mean_nothing(text: str) -> None:
    assert fill(text, {"limit": "60 s"}) == "60 s"


@pytest.mark.parametrize("text", ["{{limt}}", "{{}}", "{{ humanize $value }}", "{{ .Labels.pop }}", "{{$value"])
def test_what_nobody_fills_in_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"unknown placeholder|found one alone"):
        fill(text, {"limit": "60 s"}, templates=True)


def test_a_template_is_refused_where_no_prometheus_fills_it_in() -> None:
    with pytest.raises(ValueError, match=r"unknown placeholder '\{\{ \$value \}\}': expected one of \{\{limit\}\}"):
        fill("{{ $value }}", {"limit": "60 s"})


def test_every_severity_has_its_own_limit_and_duration(catalog: Catalog) -> None:
    compared = 0
    for watched in catalog:
        for alert in watched.alerts:
            facts = [alert_facts(watched, alert, severity) for severity in alert.thresholds]
            limits = {threshold.limits() for threshold in alert.thresholds.values()}
            assert len({each["limit"] for each in facts}) == len(limits)
            compared += len(limits) > 1
    assert compared


def test_a_range_has_two_limits_and_a_target_two_ends(copy: CatalogCopy) -> None:
    def ranged(data: dict[str, list[dict[str, object]]]) -> None:
        alert = data["alerts"][0]
        alert.update(value="avg(offers_exploration_rate)", thresholds={"warning": {"outside": [0.1, 0.6], "for": "1h"}})

    copy.change(ALERTS, ranged)
    watched = next(each for each in copy.load() if each.name == "shop")
    facts = alert_facts(watched, watched.alerts[0], "warning")
    assert facts["limit"] == "10 % and 60 %"
    assert " to " in facts["target"]


def test_an_alarm_lasts_for_all_its_periods(catalog: Catalog) -> None:
    watched = next(each for each in catalog if each.alarms.alarms)
    alarm = watched.alarms.alarms[0].model_copy(update={"period": "5m", "evaluation_periods": 3})
    facts = alarm_facts(watched, alarm)
    assert (facts["for"], facts["period"], facts["periods"]) == ("15 minutes", "5 minutes", "3")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("More than {{limt}}", "unknown placeholder '{{limt}}': expected one of {{for}}, "),
        ("It failed for {{ for", "expected each {{ with its }}, found one alone"),
    ],
)
def test_a_mistake_in_a_text_is_told_with_its_place(copy: CatalogCopy, text: str, message: str) -> None:
    copy.change(ALERTS, lambda data: data["alerts"][0].update(summary=text))
    (mistake,) = set(copy.mistakes())
    assert mistake.startswith(f"catalog/{ALERTS}:")
    assert f"HighErrorRate.summary: {message}" in mistake


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("More than 3 % fail", "limit"),
        ("More than 3% fail", "limit"),
        ("It fails (limit 3 percent)", "limit"),
        ("It has failed for seven minutes", "for"),
        ("It has failed for 7 minutes", "for"),
        ("It has failed for 420 s", "for"),
        ("It failed within 11 min", "window"),
    ],
)
def test_a_copied_figure_is_refused(copy: CatalogCopy, text: str, name: str) -> None:
    def written(data: dict[str, list[dict[str, object]]]) -> None:
        data["alerts"][0].update(
            value="sum(rate(api_errors_total[11m])) / sum(rate(api_requests_total[11m]))",
            thresholds={"critical": {"above": 0.03, "for": "7m"}},
            description=text,
        )

    copy.change(ALERTS, written)
    (mistake,) = copy.mistakes()
    assert f"description: expected {{{{{name}}}}}, found" in mistake


@pytest.mark.parametrize("text", ["The slowest 5 % are slow", "3 of them", "p3 at 3ms", "Model 7m3 has failed"])
def test_another_figure_is_none_of_its_business(copy: CatalogCopy, text: str) -> None:
    copy.change(
        ALERTS,
        lambda data: data["alerts"][0].update(
            thresholds={"critical": {"above": 0.03, "for": "7m"}}, summary=text, description=text
        ),
    )
    assert copy.load()


@pytest.mark.parametrize(
    "text", ["Above 400 ms", "It took more than 400", "{{ $value }} is too much", "For 15 minutes it was slow"]
)
def test_an_alarms_text_is_held_to_the_same(copy: CatalogCopy, text: str) -> None:
    copy.change(
        ALARMS,
        lambda data: data["alarms"][0].update(
            metric="api-latency", statistic="p95", bound={"above": 400}, period="5m", evaluation_periods=3, summary=text
        ),
    )
    (mistake,) = copy.mistakes()
    assert mistake.startswith(f"catalog/{ALARMS}:")
