"""What is left of an error budget that has parts, in the real rule engine."""

import subprocess
from pathlib import Path

from compiler.objectives.events import slo_groups
from tests.frozen import frozen_catalog
from tests.rules import promtool, rendered
from tests.tools.finder import require

FAILED = {"starter": 10, "pro": 1, "enterprise": 1, "trial": 4}
"""Of 2,000 requests a minute; the last plan is one that the objective does not name."""
LEFT = {"starter": 0.5, "pro": 0.5, "enterprise": 0, "trial": -1}
"""0.5 % of starter's 1 %, 0.05 % of pro's 0.1 % and of enterprise's 0.05 %, 0.2 % of any other's 0.1 %."""


def test_every_plan_spends_its_own_budget(tmp_path: Path) -> None:
    program = require("promtool")
    watched = next(each for each in frozen_catalog() if each.name == "library")
    found = [group.to_dict() for group in slo_groups(watched, frozen_catalog().burn_rates, rendered.TARGET)]
    groups = [group for group in found if "-slo-plan-" in str(group["name"])]
    assert groups
    promtool.written(tmp_path / "rules.yaml", {"groups": groups})
    series = {
        f'http_requests_total{{plan="{plan}", status="{status}"}}': f"0+{count}x120"
        for plan, failed in FAILED.items()
        for status, count in (("200", 2_000 - failed), ("500", failed))
    }
    scraped = promtool.inputs(series)
    expected = [{"labels": f'{{plan="{plan}"}}', "value": left} for plan, left in LEFT.items()]
    budget = 'round(sum by (plan) (slo:error_budget:remaining_ratio{slo="plan-availability"}), 0.01)'
    check = {"expr": budget, "eval_time": "2h", "exp_samples": expected}
    tests = [{"interval": "1m", "input_series": scraped, "promql_expr_test": [check]}]
    document = {"rule_files": ["rules.yaml"], "evaluation_interval": "2m", "tests": tests}
    promtool.written(tmp_path / "test.yaml", document)
    command = [str(program), "test", "rules", str(tmp_path / "test.yaml")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
