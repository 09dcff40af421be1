"""Policies name what they allow: no wildcard among the actions, and `Resource: "*"` only with a reason.

In a key's own policy `Resource: "*"` means the key, the only thing that it may name there. Everywhere else it needs an
exemption: some calls know no resources (`cloudwatch:GetMetricData`), and the exemption's reason is where that is said.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from pulumi_policy import EnforcementLevel, ReportViolation, ResourceValidationArgs, ResourceValidationPolicy

from policies.support.documents import IDENTITY_POLICIES, RESOURCE_POLICIES, listed, statements
from policies.support.values import UNKNOWN, at, cannot_judge, properties

_KEYS: Final = ("aws:kms/",)
_ATTACHED: Final = {
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": "policyArn",
    "aws:iam/role:Role": "managedPolicyArns[]",
    "aws:iam/userPolicyAttachment:UserPolicyAttachment": "policyArn",
    "aws:iam/groupPolicyAttachment:GroupPolicyAttachment": "policyArn",
}
# Policies of AWS that allow `*` or `service:*` by their own text.
_WIDE: Final = re.compile(r":iam::aws:policy/(?:[\w-]+/)*(?:AdministratorAccess\w*|PowerUserAccess|\w*FullAccess)$")
_EVERYTHING: Final = re.compile(r"\*|arn:[^:]*:[^:]*:[^:]*:[^:]*:\*")
_ROLES: Final = ("kubernetes:rbac.authorization.k8s.io/v1:ClusterRole", "kubernetes:rbac.authorization.k8s.io/v1:Role")


def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
    """Report each wildcard; a document that is not known yet ends the judgement, after all other findings."""
    found = properties(args.props)
    kind = args.resource_type
    unknown = []
    documents = (*RESOURCE_POLICIES.get(kind, ()), *IDENTITY_POLICIES.get(kind, ()))
    for where, statement in statements(found, documents):
        if not isinstance(statement, dict):
            unknown.append(where)
        elif statement.get("Effect") == "Allow":
            for mistake in _statement(statement, is_key=kind.startswith(_KEYS)):
                report(f"{where}.{mistake}", args.urn)
    for mistake in (*_attached(kind, found), *_role(kind, found)):
        report(mistake, args.urn)
    if unknown:
        cannot_judge(unknown[0])


def _statement(statement: dict[str, object], *, is_key: bool) -> Iterator[str]:
    wild = [str(action) for action in listed(statement.get("Action")) if re.search(r"[*?]", _text(action))]
    if wild:
        yield f"Action: expected each action by its name, found {', '.join(wild)}"
    for name in ("NotAction", "NotResource"):
        if name in statement:
            yield f"{name}: expected what is allowed, found what is not: it allows all else"
    everything = [value for value in listed(statement.get("Resource")) if _EVERYTHING.fullmatch(_text(value))]
    if everything and not is_key:
        yield f"Resource: expected the resources by their ARN, found {_text(everything[0])}; if it must be, exempt it"


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _attached(kind: str, found: object) -> Iterator[str]:
    for where, arn in at(found, _ATTACHED.get(kind, "")):
        if _WIDE.search(_text(arn)):
            yield f"{where}: expected a policy that names its actions, found {arn}"


def _role(kind: str, found: object) -> Iterator[str]:
    if kind not in _ROLES:
        return
    for name in ("apiGroups", "resources", "verbs", "nonResourceURLs"):
        for where, value in at(found, f"rules[].{name}[]"):
            if value is UNKNOWN:
                cannot_judge(where)
            if value == "*":
                yield f"{where}: expected each by its name, found *"


RULE = ResourceValidationPolicy(
    name="no-wildcard-actions",
    description="Policies and roles name what they allow.",
    validate=validate,
    enforcement_level=EnforcementLevel.MANDATORY,
)
