"""The provider functions that need no cloud: identity, region, partition, policy documents."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from compiler.errors import UserError
from sandbox.guard import ACCOUNT
from sandbox.targets import Invoked
from sandbox.values import Secret, Value

_LISTS = ("actions", "notActions", "resources", "notResources")


def invoke(token: str, arguments: Mapping[str, Any], region: str) -> Invoked:
    """Answer one provider function.

    Raises:
        UserError: the sandbox does not know it.
    """
    answer = _FUNCTIONS.get(token)
    if answer is None:
        raise UserError(f"invoke {token}: the sandbox has no answer; add one to sandbox/aws/functions.py")
    return answer(arguments, region)


def _identity(_arguments: Mapping[str, Any], _region: str) -> Invoked:
    return Invoked(
        {"accountId": ACCOUNT, "arn": f"arn:aws:iam::{ACCOUNT}:user/sandbox", "id": ACCOUNT, "userId": "AIDASANDBOX"}
    )


def _region(arguments: Mapping[str, Any], region: str) -> Invoked:
    name = arguments.get("region") or arguments.get("name") or region
    described = {"description": name, "endpoint": f"ec2.{name}.amazonaws.com", "id": name, "name": name, "region": name}
    return Invoked(described)


def _partition(_arguments: Mapping[str, Any], _region: str) -> Invoked:
    return Invoked({"dnsSuffix": "amazonaws.com", "id": "aws", "partition": "aws", "reverseDnsPrefix": "com.amazonaws"})


def _zones(_arguments: Mapping[str, Any], region: str) -> Invoked:
    """Return four zones, as the regions of the stacks have; filters leave out none of them."""
    names = [f"{region}{letter}" for letter in "abcd"]
    return Invoked({"id": region, "groupNames": [region], "names": names, "zoneIds": names})


def _secret_version(arguments: Mapping[str, Any], region: str) -> Invoked:
    secret = str(arguments["secretId"])
    digest = hashlib.sha256(secret.encode()).hexdigest()
    arn = secret if secret.startswith("arn:") else f"arn:aws:secretsmanager:{region}:{ACCOUNT}:secret:{secret}-sandbx"
    stage = str(arguments.get("versionStage", "AWSCURRENT"))
    answer = {
        "arn": arn,
        "createdDate": "2026-01-01T00:00:00Z",
        "id": f"{secret}|{stage}",
        "region": region,
        "secretArn": arn,
        "secretBinary": "",
        "secretId": secret,
        "secretString": Secret(f"sandbox-dummy-{digest[:12]}"),
        "versionId": str(arguments.get("versionId", digest[:32])),
        "versionStage": stage,
        "versionStages": [stage],
    }
    return Invoked(answer, f"secret {secret} is out of reach: a dummy stands in for it")


def _policy_document(arguments: Mapping[str, Any], _region: str) -> Invoked:
    """Render a policy document as the provider does: one-element lists are unwrapped, source documents come first."""
    merged: dict[str, Any] = {}
    for source in [*arguments.get("sourcePolicyDocuments", []), _own_document(arguments)]:
        _merge(merged, json.loads(source) if isinstance(source, str) else source)
    for source in arguments.get("overridePolicyDocuments", []):
        _merge(merged, json.loads(source))
    document = {"Version": arguments.get("version", "2012-10-17")}
    if "policyId" in arguments:
        document["Id"] = arguments["policyId"]
    document["Statement"] = list(merged.values())
    text = json.dumps(document, indent=2)
    small = json.dumps(document, separators=(",", ":"))
    identity = str(int(hashlib.sha256(text.encode()).hexdigest()[:8], 16))
    return Invoked({**arguments, "id": identity, "json": text, "minifiedJson": small})


def _own_document(arguments: Mapping[str, Any]) -> dict[str, Any]:
    return {"Statement": [_statement(item) for item in arguments.get("statements", [])]}


def _merge(merged: dict[str, Any], document: Mapping[str, Any]) -> None:
    statements = document.get("Statement", [])
    for item in statements if isinstance(statements, list) else [statements]:
        merged[item.get("Sid") or f"#{len(merged)}"] = item


def _one_or_all(values: Value) -> Value:
    ordered = sorted(values)
    return ordered[0] if len(ordered) == 1 else ordered


def _principals(items: Value) -> Value:
    if any(item["type"] == "*" and list(item["identifiers"]) == ["*"] for item in items):
        return "*"
    found: dict[str, list[str]] = {}
    for item in items:
        found.setdefault(item["type"], []).extend(item["identifiers"])
    return {kind: _one_or_all(names) for kind, names in sorted(found.items())}


def _conditions(items: Value) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for item in items:
        values = list(item["values"])
        found.setdefault(item["test"], {})[item["variable"]] = values[0] if len(values) == 1 else values
    return found


def _statement(item: Mapping[str, Any]) -> dict[str, Any]:
    statement: dict[str, Any] = {"Sid": item["sid"]} if item.get("sid") else {}
    statement["Effect"] = item.get("effect", "Allow")
    for name in _LISTS:
        if item.get(name):
            statement[name[0].upper() + name[1:-1]] = _one_or_all(item[name])
    for name, key in (("principals", "Principal"), ("notPrincipals", "NotPrincipal")):
        if item.get(name):
            statement[key] = _principals(item[name])
    if item.get("conditions"):
        statement["Condition"] = _conditions(item["conditions"])
    return statement


_FUNCTIONS: Final[dict[str, Callable[[Mapping[str, Any], str], Invoked]]] = {
    "aws:index/getAvailabilityZones:getAvailabilityZones": _zones,
    "aws:index/getCallerIdentity:getCallerIdentity": _identity,
    "aws:index/getRegion:getRegion": _region,
    "aws:index/getPartition:getPartition": _partition,
    "aws:iam/getPolicyDocument:getPolicyDocument": _policy_document,
    "aws:secretsmanager/getSecretVersion:getSecretVersion": _secret_version,
}
