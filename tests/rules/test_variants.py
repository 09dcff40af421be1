"""Every alert fires on a bad day too: hostile variants of its own cases, in the real rule engine."""

from pathlib import Path

import pytest

from tests.rules import cases, promtool, rendered
from tests.rules.variants import VARIANTS, Seen, Variant
from tests.tools.finder import require

ALERTS = [(path.parent.name, path.stem) for path in cases.files()]
MADE = [pytest.param(*pair, variant, id=f"{pair[1]}-{variant.name}") for variant in VARIANTS for pair in ALERTS]


def made(workload: str, alert: str, variant: Variant) -> tuple[list[cases.Case], list[str]]:
    """Return the variants of an alert's firing cases, and why others have none."""
    needed = rendered.needed(rendered.rule_files()[workload], alert)
    rules = [rule for group in needed["groups"] for rule in group["rules"]]
    file = cases.load(cases.path(workload, alert))
    read = rendered.read_by(workload)
    found = [variant.make(Seen(read, rules, case)) for case in file.cases if case.kind == "fires"]
    return [each for each in found if isinstance(each, cases.Case)], [each for each in found if isinstance(each, str)]


@pytest.mark.slow
@pytest.mark.parametrize(("workload", "alert", "variant"), MADE)
def test_an_alert_fires_all_the_same(workload: str, alert: str, variant: Variant, tmp_path: Path) -> None:
    program = require("promtool")
    found, excluded = made(workload, alert, variant)
    if not found:
        pytest.skip("; ".join(sorted(set(excluded))) or "no case expects it to fire")
    file = cases.load(cases.path(workload, alert)).model_copy(update={"cases": tuple(found)})
    rules = promtool.written(tmp_path / "rules.yaml", rendered.needed(rendered.rule_files()[workload], alert))
    wrong = promtool.run(program, file, rules, tmp_path, rendered.read_by(workload))
    assert not wrong, f"{workload}/{alert}: {variant.name}:\n{wrong}"


def test_what_has_no_variant_says_why() -> None:
    """Printed (`-rP`): of each variant, how many alerts it is tried on, and the reasons why it is not on others."""
    for variant in VARIANTS:
        reasons: dict[str, list[str]] = {}
        tried = 0
        for workload, alert in ALERTS:
            found, excluded = made(workload, alert, variant)
            tried += bool(found)
            if not found:
                why = "; ".join(sorted(set(excluded))) or "no case expects it to fire with data"
                reasons.setdefault(why, []).append(alert)
        print(f"{variant.name}: {tried} of {len(ALERTS)} alerts")
        for why, alerts in sorted(reasons.items()):
            print(f"  {why}: {len(alerts)}: {', '.join(alerts)}")
        assert tried > len(ALERTS) / 4, variant.name
