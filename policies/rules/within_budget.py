"""A stack costs a month, by the estimate, no more than its setting `platformBudgetUsd` says."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Final

from pulumi.runtime import get_config_env
from pulumi_policy import EnforcementLevel, ReportViolation, StackValidationArgs, StackValidationPolicy

from compiler.catalog.yaml_source import read
from compiler.cloud.cost import estimate
from compiler.model.prices import Prices
from policies.support.values import properties

_FILE: Final = Path(__file__).resolve().parents[2] / "catalog" / "prices.yaml"


def validate(args: StackValidationArgs, report: ReportViolation) -> None:
    """Report a stack whose estimate is above its budget; without the setting there is none."""
    budget = _setting("platformBudgetUsd")
    if not budget:
        return
    resources = [
        {"type": each.resource_type, "name": each.name, "inputs": properties(each.props)} for each in args.resources
    ]
    # On EKS a stack's pods run on machines of its base, which are in the base's own estimate.
    found = estimate(resources, prices(), on_machines=_setting("cluster") == "eks").monthly_usd
    if found > int(budget):
        message = f"expected at most {budget} USD a month by the estimate, found {found:,.2f} USD"
        report(f"platformBudgetUsd: {message}", None)


def _setting(name: str) -> str:
    """Return one of the stack's settings as text; an engine gives a pack the program's configuration."""
    return str(get_config_env().get(f"{os.environ.get('PULUMI_PROJECT', '')}:{name}", ""))


@cache
def prices() -> Prices:
    """Return the price table of the catalog."""
    return Prices.model_validate(read(_FILE, f"catalog/{_FILE.name}").data)


RULE = StackValidationPolicy(
    name="within-budget",
    description="A stack costs no more than its budget by the estimate.",
    validate=validate,
    enforcement_level=EnforcementLevel.ADVISORY,
)
