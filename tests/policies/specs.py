"""Building resources for specs: a valid one, and the same with one property broken."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from policies.support.encryption import Row
from sandbox.analyzer import AnalyzerResource, Finding

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
PROVIDER = "urn:pulumi:test::observability::pulumi:providers:aws::main::id"
TAGS = {"Project": "observability", "Environment": "dev", "Team": "sre", "CostCenter": "42", "Workload": "platform"}
KEY = "arn:aws:kms:eu-west-1:123456789012:key/11111111-2222-3333-4444-555555555555"
REMOVED = object()


def resource(
    kind: str,
    properties: Mapping[str, Any],
    *,
    name: str = "one",
    depends: Mapping[str, Sequence[str]] | None = None,
    defaults: Mapping[str, Any] | None = None,
    protect: bool = False,
) -> AnalyzerResource:
    """Return a resource of the stack `test`; `defaults` are its provider's properties."""
    return AnalyzerResource(
        urn=urn(kind, name),
        type=kind,
        name=name,
        properties=properties,
        property_dependencies=depends or {},
        provider=PROVIDER,
        provider_properties=defaults or {},
        protect=protect,
    )


def urn(kind: str, name: str = "one") -> str:
    return f"urn:pulumi:test::observability::{kind}::{name}"


def secret(value: object) -> dict[str, object]:
    return {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "value": value}


def changed(properties: Mapping[str, Any], path: str, value: object = REMOVED) -> dict[str, Any]:
    """Return a copy with the property at a path such as `rules[0].labels.team` replaced, or removed."""
    result: Any = copy.deepcopy(dict(properties))
    *parents, last = [int(key) if key.isdigit() else key for key in re.findall(r"[^.\[\]]+", path)]
    target = result
    for key in parents:
        target = target[key]
    if value is REMOVED:
        del target[last]
    else:
        target[last] = value
    return dict(result)


def of(policy: str, findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings of one rule; a spec is about its own rule only."""
    return [finding for finding in findings if finding.policy == policy]


def one(policy: str, findings: Iterable[Finding]) -> Finding:
    """Return the only finding of one rule."""
    found = of(policy, findings)
    assert len(found) == 1, found
    return found[0]


def encrypted(row: Row, key: object = KEY) -> dict[str, Any]:
    """Return properties as a row of the table of encryption wants them."""
    values = {path: allowed[0] for path, allowed in {**row.when, **row.require}.items()} | {row.key: key}
    properties: dict[str, Any] = {}
    for path, value in values.items():
        _put(properties, path.split("."), value)
    return properties


def _put(target: dict[str, Any], names: list[str], value: object) -> None:
    name, *rest = names
    key, is_list = name.removesuffix("[]"), name.endswith("[]")
    if not rest:
        target[key] = value
    elif is_list:
        _put(target.setdefault(key, [{}])[0], rest, value)
    else:
        _put(target.setdefault(key, {}), rest, value)
