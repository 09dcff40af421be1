"""X-Ray's sampling rules and groups, from the same table as the gateways' policies.

X-Ray decides when a trace begins, by the name of the service that begins it. Rules on errors and durations cannot be
given to it: they become groups, which find such traces among those that were kept, and conditions for the AWS Distro
for OpenTelemetry, whose programs raise the share for a minute and send failed spans alone.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass

from compiler.catalog.catalog import Catalog, Watched
from compiler.conventions import xray_name
from compiler.model.traces import SamplingRule, XRay
from compiler.target import Target
from compiler.text import number, to_json, to_yaml
from compiler.traces.sampling import ALL, known_at_the_head

_FIRST, _LAST = 1_000, 9_000
"""Priorities, of 1 to 9999: the lowest that matches counts. What is narrow comes first, what holds for others last."""
_ANY = "*"


@dataclass(frozen=True)
class BoostSpec:
    """How far X-Ray may raise a share: `SamplingRateBoost` of its API.

    Attributes:
        max_rate: at most, 0 to 1.
        cooldown_window_minutes: one boost within that time; each lasts a minute at most.
    """

    max_rate: float
    cooldown_window_minutes: int


@dataclass(frozen=True)
class SamplingRuleSpec:
    """What `aws.xray.SamplingRule` takes, under its own names, and the boost.

    pulumi-aws 7.51 has no argument for the boost: a rule that has one goes by Cloud Control.

    Attributes:
        rule_name: with the environment, 32 characters at most.
        priority: the lowest that matches counts.
        fixed_rate: 0 to 1, of what the reservoir leaves.
        reservoir_size: traces a second that are kept in any case.
        service_name: with `*` for any characters.
    """

    rule_name: str
    priority: int
    fixed_rate: float
    reservoir_size: int
    service_name: str
    boost: BoostSpec | None = None
    service_type: str = _ANY
    host: str = _ANY
    http_method: str = _ANY
    url_path: str = _ANY
    resource_arn: str = _ANY
    version: int = 1


@dataclass(frozen=True)
class GroupSpec:
    """What `aws.xray.Group` takes; the two flags go into its `insights_configuration`.

    Attributes:
        group_name: with the environment, 32 characters at most.
        filter_expression: in X-Ray's language.
        insights_enabled: whether X-Ray looks for unusual shares of faults in it.
        notifications_enabled: whether it sends them to EventBridge; nothing listens there.
    """

    group_name: str
    filter_expression: str
    insights_enabled: bool = True
    notifications_enabled: bool = False


def sampling_rules(watched: Watched, target: Target) -> list[SamplingRuleSpec]:
    """Return a workload's sampling rules, by priority; none where its traces do not go to X-Ray."""
    xray = watched.traces.xray
    if xray is None:
        return []
    narrow = [rule for rule in watched.traces.sampling if _narrow(rule)]
    specs = [_narrow_rule(rule, xray, _FIRST + n, target) for n, rule in enumerate(narrow)]
    return [*specs, *(_broad_rule(rule, xray, target) for rule in watched.traces.sampling if rule.when.always)]


def _narrow(rule: SamplingRule) -> bool:
    return known_at_the_head(rule.when) and not rule.when.always


def _narrow_rule(rule: SamplingRule, xray: XRay, priority: int, target: Target) -> SamplingRuleSpec:
    """Return a rule without a reservoir, which would add to the share; it has one service, as in X-Ray."""
    (service,) = rule.when.services
    return SamplingRuleSpec(xray_name(xray.prefix, target, rule.name), priority, rule.keep / ALL, 0, service)


def _broad_rule(rule: SamplingRule, xray: XRay, target: Target) -> SamplingRuleSpec:
    boost = BoostSpec(xray.boost.percent / ALL, xray.boost.cooldown_minutes) if xray.boost else None
    name = xray_name(xray.prefix, target, rule.name)
    return SamplingRuleSpec(name, _LAST, rule.keep / ALL, xray.reservoir, f"{xray.prefix}-*", boost)


def groups(watched: Watched, target: Target) -> list[GroupSpec]:
    """Return a group for each rule on errors or durations: it finds such traces among the sampled ones.

    A condition within `service()` finds what happened below the first service as well (X-Ray developer guide, "Using
    filter expressions"). Services whose every trace is kept by a rule of their own are left out of durations: they are
    jobs, and all of them are long.
    """
    xray = watched.traces.xray
    if xray is None:
        return []
    jobs = {name for rule in watched.traces.sampling if _narrow(rule) for name in rule.when.services}
    segments = [segment.replace("{environment}", target.environment) for segment in xray.segments]
    found = []
    for rule in watched.traces.sampling:
        conditions = list(_conditions(rule))
        if conditions:
            programs = [name for name in watched.traces.services if rule.when.error or name not in jobs]
            inside = " AND ".join(conditions)
            text = " OR ".join(f'service("{name}") {{ {inside} }}' for name in [*segments, *programs])
            found.append(GroupSpec(xray_name(xray.prefix, target, rule.name), text))
    return found


def _conditions(rule: SamplingRule) -> Iterator[str]:
    if rule.when.error:
        yield "(fault = true OR error = true)" if rule.when.milliseconds else "fault = true OR error = true"
    if rule.when.milliseconds:
        yield f"responsetime > {number(rule.when.milliseconds / 1_000)}"


def adaptive(watched: Watched) -> dict[str, object] | None:
    """Return the value of `AWS_XRAY_ADAPTIVE_SAMPLING_CONFIG`: which spans boost the share, and which are sent alone.

    Source: X-Ray developer guide, "Configuring adaptive sampling". Programs know a failure by its HTTP status there.
    """
    xray = watched.traces.xray
    if xray is None:
        return None
    usage = "both" if xray.boost else "anomaly-span-capture"
    conditions: list[dict[str, object]] = []
    for rule in watched.traces.sampling:
        condition: dict[str, object] = {"errorCodeRegex": r"^5\d\d$"} if rule.when.error else {}
        if rule.when.milliseconds:
            condition["highLatencyMs"] = rule.when.milliseconds
        if condition:
            conditions.append({**condition, "usage": usage})
    limit = {"anomalyTracesPerSecond": xray.captured}
    return {"version": 1.0, "anomalyConditions": conditions, "anomalyCaptureLimit": limit} if conditions else None


def xray_artefacts(catalog: Catalog, target: Target) -> dict[str, str]:
    """Return the artefacts below `xray/`: a file for each rule and group, and what programs get."""
    rendered = dict[str, str]()
    for watched in catalog:
        rendered |= {
            f"xray/rules/{rule.rule_name}.json": to_json(asdict(rule)) for rule in sampling_rules(watched, target)
        }
        rendered |= {
            f"xray/groups/{group.group_name}.json": to_json(asdict(group)) for group in groups(watched, target)
        }
        conditions = adaptive(watched)
        if conditions:
            rendered[f"xray/{watched.name}-adaptive.yaml"] = to_yaml(conditions)
    return rendered
