"""The error-budget policy: what the rest of a budget allows, as a number for each objective."""

from compiler import conventions as names
from compiler.metrics.rules import Group, Rule
from compiler.model.alerts import BurnRates
from compiler.text import number


def policy_group(burn_rates: BurnRates) -> Group:
    """Return the group that records each objective's stance: 0 is the last stance, each better one 1 more."""
    limits = [stance.above for stance in burn_rates.policy if stance.above is not None]
    passed = (f"({names.SLO_BUDGET} > bool {number(limit)})" for limit in limits)
    return Group("error-budget-policy", names.EVERY_BUDGET, (Rule(" + ".join(passed), names.SLO_POLICY),))
