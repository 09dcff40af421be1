"""A policy pack that reports its input; test_analyzer copies and alters it."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pulumi
from pulumi_policy import (
    EnforcementLevel,
    PolicyPack,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy.deserialize import serialize_properties

remediated: list[Mapping[str, Any]] = []


def show(args: ResourceValidationArgs, report: ReportViolation) -> None:
    provider, opts = args.provider, args.opts
    found = {
        "type": args.resource_type,
        "name": args.name,
        "urn": args.urn,
        "props": serialize_properties(args.props),
        "provider": provider and [provider.resource_type, provider.urn, provider.name, dict(provider.props)],
        "options": [opts.protect, *map(list, (opts.ignore_changes, opts.aliases, opts.additional_secret_outputs))],
        "parent": opts.parent,
    }
    report(json.dumps(found), None)


def show_stack(args: StackValidationArgs, report: ReportViolation) -> None:
    for resource in args.resources:
        found = {
            "props": serialize_properties(resource.props),
            "parent": resource.parent and resource.parent.urn,
            "dependencies": [other.urn for other in resource.dependencies],
            "property_dependencies": {k: [o.urn for o in v] for k, v in resource.property_dependencies.items()},
        }
        report(json.dumps(found), resource.urn)
    report("of the whole stack", None)


def context(_: ResourceValidationArgs, report: ReportViolation) -> None:
    stack = [pulumi.get_project(), pulumi.get_stack(), pulumi.get_organization(), pulumi.runtime.is_dry_run()]
    report(json.dumps([*stack, pulumi.Config("shop").get("key"), os.getpid(), str(Path.cwd()), dict(os.environ)]), None)


def needs(args: ResourceValidationArgs, _: ReportViolation) -> None:
    args.props.get("needs")


def boom(args: ResourceValidationArgs, _: ReportViolation) -> None:
    if "boom" in args.props:
        raise ZeroDivisionError("division by zero")


def fixed(_: ResourceValidationArgs, report: ReportViolation) -> None:
    report(json.dumps(remediated[-1]), None)


def fix(args: ResourceValidationArgs) -> Any:
    remediated.append(serialize_properties(args.props))
    return {**args.props, "fixed": True} if args.props.get("fix") else None


def advise(_: ResourceValidationArgs, report: ReportViolation) -> None:
    report("exempt", None)


PolicyPack(
    "mirror",
    [
        ResourceValidationPolicy("show", "Shows what it sees.", show, EnforcementLevel.MANDATORY),
        ResourceValidationPolicy("context", "Shows where it runs.", context),
        ResourceValidationPolicy("needs", "Needs a value.", needs),
        ResourceValidationPolicy("fix", "Fixes.", fixed, EnforcementLevel.REMEDIATE, remediate=fix),
        ResourceValidationPolicy("off", "Is off.", advise, EnforcementLevel.DISABLED),
        ResourceValidationPolicy("boom", "Fails.", boom),
        ResourceValidationPolicy("soft", "Is advice.", advise, tags=["exemptions-of:show"]),
        StackValidationPolicy("stack", "Shows the stack.", show_stack, EnforcementLevel.ADVISORY),
    ],
)
