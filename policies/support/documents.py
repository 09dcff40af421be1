"""AWS policy documents: the properties that hold them, their statements, and whether a statement is public."""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Iterator, Mapping
from typing import Final

from policies.support.values import UNKNOWN, at

# Policies of a resource, which name who may use it, by the property that holds them.
RESOURCE_POLICIES: Final[Mapping[str, tuple[str, ...]]] = {
    "aws:backup/vaultPolicy:VaultPolicy": ("policy",),
    "aws:cloudwatch/eventBusPolicy:EventBusPolicy": ("policy",),
    "aws:cloudwatch/logResourcePolicy:LogResourcePolicy": ("policyDocument",),
    "aws:ecr/repositoryPolicy:RepositoryPolicy": ("policy",),
    "aws:efs/fileSystemPolicy:FileSystemPolicy": ("policy",),
    "aws:kms/externalKey:ExternalKey": ("policy",),
    "aws:kms/key:Key": ("policy",),
    "aws:kms/keyPolicy:KeyPolicy": ("policy",),
    "aws:kms/replicaKey:ReplicaKey": ("policy",),
    "aws:msk/clusterPolicy:ClusterPolicy": ("policy",),
    "aws:opensearch/domain:Domain": ("accessPolicies",),
    "aws:opensearch/domainPolicy:DomainPolicy": ("accessPolicies",),
    "aws:s3/bucket:Bucket": ("policy",),
    "aws:s3/bucketPolicy:BucketPolicy": ("policy",),
    "aws:secretsmanager/secret:Secret": ("policy",),
    "aws:secretsmanager/secretPolicy:SecretPolicy": ("policy",),
    "aws:sns/topic:Topic": ("policy",),
    "aws:sns/topicPolicy:TopicPolicy": ("policy",),
    "aws:sqs/queue:Queue": ("policy",),
    "aws:sqs/queuePolicy:QueuePolicy": ("policy",),
}
# Policies of an identity, which name what it may use.
IDENTITY_POLICIES: Final[Mapping[str, tuple[str, ...]]] = {
    "aws:iam/groupPolicy:GroupPolicy": ("policy",),
    "aws:iam/policy:Policy": ("policy",),
    "aws:iam/role:Role": ("assumeRolePolicy", "inlinePolicies[].policy"),
    "aws:iam/rolePolicy:RolePolicy": ("policy",),
    "aws:iam/userPolicy:UserPolicy": ("policy",),
}
# Condition keys whose fixed values name known callers (source: Amazon S3 user guide, "The meaning of public").
_NARROWING: Final = frozenset(
    f"aws:{key}".lower()
    for key in (
        *("PrincipalAccount", "PrincipalArn", "PrincipalOrgID", "PrincipalOrgPaths", "SourceAccount", "SourceArn"),
        *("SourceIp", "SourceOrgID", "SourceOrgPaths", "SourceOwner", "SourceVpc", "SourceVpce", "userid"),
    )
) | {"kms:calleraccount", "kms:viaservice"}
_WIDEST: Final = {4: 8, 6: 16}
"""Bits; a shorter prefix is a good part of the Internet (10.0.0.0/8 is the widest private network)."""


def statements(properties: object, paths: tuple[str, ...]) -> Iterator[tuple[str, object]]:
    """Yield every statement of the documents at these paths with its place; UNKNOWN for an unknown document."""
    for path in paths:
        for where, held in at(properties, path):
            document = _parsed(held)
            if document is UNKNOWN:
                yield where, UNKNOWN
            for place, statement in at(document, "Statement[]"):
                if statement is UNKNOWN or isinstance(statement, dict):
                    yield f"{where}.{_named(place, statement)}", statement


def _parsed(held: object) -> object:
    if not isinstance(held, str):
        return held
    try:
        return json.loads(held)
    except ValueError:
        return None  # no document of AWS; the provider refuses it


def _named(place: str, statement: object) -> str:
    sid = statement.get("Sid") if isinstance(statement, dict) else None
    return f"Statement[{sid}]" if isinstance(sid, str) and sid else place


def listed(value: object) -> list[object]:
    """Return a value that may be one or several, as AWS documents have them; none for None."""
    return value if isinstance(value, list) else [] if value is None else [value]


def admits_everybody(statement: Mapping[str, object]) -> bool:
    """Return whether a statement allows something to every principal, without a condition that narrows the callers.

    An unknown principal or condition counts as a particular one.
    """
    if statement.get("Effect") != "Allow":
        return False
    if "NotPrincipal" in statement:
        return not _narrowed(statement.get("Condition"))
    principal = statement.get("Principal")
    named = principal.get("AWS") if isinstance(principal, dict) else principal
    return "*" in listed(named) and not _narrowed(statement.get("Condition"))


def _narrowed(condition: object) -> bool:
    if condition is UNKNOWN:
        return True
    operators = condition.items() if isinstance(condition, dict) else ()
    return any(_narrows(str(operator), tests) for operator, tests in operators)


def _narrows(operator: str, tests: object) -> bool:
    """Return whether a condition holds of particular callers only; `…IfExists` and `…Not…` hold of unnamed ones too."""
    if "Not" in operator or "IfExists" in operator or "ForAllValues" in operator or not isinstance(tests, dict):
        return False
    return any(
        str(key).lower() in _NARROWING and values != [] and all(_is_particular(value) for value in listed(values))
        for key, values in tests.items()
    )


def _is_particular(value: object) -> bool:
    if value is UNKNOWN:
        return True
    if re.fullmatch(r"[\d.:a-fA-F]+/\d+", str(value)):
        return not is_public_network(value)
    return bool(re.search(r"[A-Za-z0-9]", str(value).removeprefix("arn:aws").strip("*:")))


def is_public_network(network: object) -> bool:
    """Return whether a CIDR block covers a good part of the Internet; two halves of it are as open as the whole."""
    try:
        parsed = ipaddress.ip_network(str(network), strict=False)
    except ValueError:
        return False
    return parsed.prefixlen < _WIDEST[parsed.version]
