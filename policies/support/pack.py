"""Turn a folder of rules into the policies of a pack, with exemptions applied.

A policy's level holds for all it reports, so an exempted finding cannot be made milder where it is found. Each exempted
rule therefore gets an advisory companion, `<rule>-exempt`, which judges again and reports only what is exempted; the
rule itself leaves that out. Engines show the companion's findings as advice, and its tag `exemptions-of:<rule>` lets a
report count them.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pulumi_policy import (
    EnforcementLevel,
    Policy,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy.proxy import UnknownValueError

from policies.support.exemptions import FILE, Exemption, PackError, load

__all__ = ["PackError", "discover", "with_exemptions"]

Rule = ResourceValidationPolicy | StackValidationPolicy
Validate = Callable[[Any, ReportViolation], Any]

RULES = Path(__file__).resolve().parent.parent / "rules"


def discover(folder: Path = RULES, package: str = "policies.rules") -> list[Rule]:
    """Import every module of the folder and return each one's `RULE`, by file name.

    Raises:
        PackError: A module has no `RULE`, or two rules share a name.
    """
    rules: dict[str, Rule] = {}
    for module in sorted(pkgutil.iter_modules([str(folder)]), key=lambda found: found.name):
        rule = getattr(importlib.import_module(f"{package}.{module.name}"), "RULE", None)
        if not isinstance(rule, Rule):
            raise PackError(
                f"rules/{module.name}.py: RULE: expected a resource or stack validation policy, found {rule!r}"
            )
        if rule.name in rules:
            raise PackError(f"rules/{module.name}.py: RULE: the name '{rule.name}' is taken by another file")
        rules[rule.name] = rule
    return list(rules.values())


def with_exemptions(rules: Sequence[Rule], file: Path = FILE) -> list[Policy]:
    """Return the pack's policies: each rule without its exempted findings, and companions that report those as advice.

    Raises:
        PackError: The file of exemptions has mistakes.
    """
    exemptions = load(file, {rule.name for rule in rules})
    policies: list[Policy] = []
    for rule in rules:
        own = [exemption for exemption in exemptions if exemption.rule == rule.name]
        policies += [_strict(rule, own), _companion(rule, own)] if own else [rule]
    return policies


def _strict(rule: Rule, exemptions: Sequence[Exemption]) -> Rule:
    judge: Validate = rule.validate

    def validate(args: ResourceValidationArgs | StackValidationArgs, report: ReportViolation) -> None:
        def select(message: str, urn: str | None = None) -> None:
            exemption = _find(exemptions, rule.name, urn or _own_urn(args))
            if exemption is None:
                report(message, urn)
            elif not _holds(exemption):
                report(f"{message} (the exemption of {exemption.owner} expired on {exemption.expires})", urn)

        judge(args, select)

    return _copy(rule, validate)


def _companion(rule: Rule, exemptions: Sequence[Exemption]) -> Rule:
    judge: Validate = rule.validate

    def validate(args: ResourceValidationArgs | StackValidationArgs, report: ReportViolation) -> None:
        def select(message: str, urn: str | None = None) -> None:
            exemption = _find(exemptions, rule.name, urn or _own_urn(args))
            if exemption is not None and _holds(exemption):
                until = f"exempt until {exemption.expires} ({exemption.owner}: {exemption.reason})"
                report(f"{until}: {message}", urn)

        with suppress(UnknownValueError):  # the rule itself reports that it could not run
            judge(args, select)

    kind = ResourceValidationPolicy if isinstance(rule, ResourceValidationPolicy) else StackValidationPolicy
    return kind(
        f"{rule.name}-exempt",
        f"Exempted from {rule.name}: {rule.description}",
        validate,
        enforcement_level=EnforcementLevel.ADVISORY,
        tags=[f"exemptions-of:{rule.name}"],
    )


def _own_urn(args: ResourceValidationArgs | StackValidationArgs) -> str:
    return args.urn if isinstance(args, ResourceValidationArgs) else ""


def _find(exemptions: Iterable[Exemption], rule: str, urn: str) -> Exemption | None:
    covering = [exemption for exemption in exemptions if exemption.covers(rule, urn)]
    return max(covering, key=lambda exemption: exemption.expires, default=None)


def _holds(exemption: Exemption) -> bool:
    return exemption.holds(datetime.now(UTC).date())


def _copy(rule: Rule, validate: Validate) -> Rule:
    about: dict[str, Any] = {
        "enforcement_level": rule.enforcement_level,
        "config_schema": rule.config_schema,
        "display_name": rule.display_name,
        "severity": rule.severity,
        "framework": rule.framework,
        "tags": rule.tags,
        "remediation_steps": rule.remediation_steps,
        "url": rule.url,
    }
    if isinstance(rule, StackValidationPolicy):
        return StackValidationPolicy(rule.name, rule.description, validate, **about)
    remediate = rule.remediate if rule.has_remediation() else None
    return ResourceValidationPolicy(rule.name, rule.description, validate, remediate=remediate, **about)
