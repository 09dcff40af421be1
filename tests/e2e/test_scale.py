"""Time compression: what it divides, what it leaves alone."""

import pytest

from tests.e2e import scale


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("rate(x[5m])", "rate(x[15000ms])"),
        ("rate(x[1h30m])", "rate(x[270000ms])"),
        ("max_over_time(rate(x[5m])[1h:1m])", "max_over_time(rate(x[15000ms])[180000ms:3000ms])"),
        ("max_over_time(x[1h:])", "max_over_time(x[180000ms:])"),
        ("x offset 5m", "x offset 15000ms"),
        ("x offset -5m > 5", "x offset -15000ms > 5"),
        ("service:errors:rate5m > 0.05", "service:errors:rate5m > 0.05"),
        ("slo:events_bad:ratio_1h{slo='x'}", "slo:events_bad:ratio_1h{slo='x'}"),
        ('x{path="[5m]"}[5m]', 'x{path="[5m]"}[15000ms]'),
        ("x{path='[5m]'}[5m]", "x{path='[5m]'}[15000ms]"),
        ("odd:5m > 1", "odd:5m > 1"),
        ('x{path="\\"[5m]"} / 60', 'x{path="\\"[5m]"} / 60'),
    ],
)
def test_promql_ranges_and_offsets_shrink(before: str, after: str) -> None:
    assert scale.promql(before, 20) == after


def test_rules_shrink_and_keep_everything_else() -> None:
    rule = {"alert": "X", "expr": "rate(x[5m]) > 5", "for": "5m", "labels": {"window": "5m"}}
    document = {"groups": [{"name": "g", "interval": "1m", "rules": [rule, {"record": "r:rate5m", "expr": "y"}]}]}
    assert scale.rules(document, 20) == {
        "groups": [
            {
                "name": "g",
                "interval": "3000ms",
                "rules": [
                    {"alert": "X", "expr": "rate(x[15000ms]) > 5", "for": "15000ms", "labels": {"window": "5m"}},
                    {"record": "r:rate5m", "expr": "y"},
                ],
            }
        ]
    }


def test_routes_shrink_at_every_depth() -> None:
    child = {"receiver": "p0", "group_wait": "10s", "matchers": ['priority="P0"'], "routes": [{"group_interval": "5m"}]}
    document = {
        "global": {"resolve_timeout": "5m", "smtp_from": "a@b.c"},
        "route": {"receiver": "d", "repeat_interval": "4h", "routes": [child]},
        "receivers": [{"name": "d"}],
    }
    assert scale.routes(document, 20) == {
        "global": {"resolve_timeout": "15000ms", "smtp_from": "a@b.c"},
        "route": {
            "receiver": "d",
            "repeat_interval": "720000ms",
            "routes": [
                {
                    "receiver": "p0",
                    "group_wait": "500ms",
                    "matchers": ['priority="P0"'],
                    "routes": [{"group_interval": "15000ms"}],
                }
            ],
        },
        "receivers": [{"name": "d"}],
    }


def test_a_duration_never_becomes_nothing() -> None:
    assert scale.duration("1s", 1e9) == "1ms"


def test_factor_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("E2E_SCALE", "1")
    assert scale.factor() == 1.0
    monkeypatch.delenv("E2E_SCALE")
    assert scale.factor() == scale.FACTOR


@pytest.mark.parametrize("text", ["fast", "0", "-3"])
def test_factor_refuses_what_is_no_factor(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("E2E_SCALE", text)
    with pytest.raises(ValueError, match=r"E2E_SCALE: expected a number of at least 1"):
        scale.factor()
