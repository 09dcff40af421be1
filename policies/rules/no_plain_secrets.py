"""No secret in plain text: what is secret is marked so, from the configuration to the resource.

The SDK takes secrets out of their wrappers before it calls `validate`, so there a secret and a literal look alike. It
keeps the wrappers for remediations, which the engine asks for first, for every resource: this rule's remediation
changes nothing and notes which properties are secret. That is why its level is `remediate`; what it finds then is
reported as mandatory (pulumi_policy `_PolicyAnalyzerServicer.Analyze`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from pulumi import AssetArchive, StringAsset
from pulumi_policy import EnforcementLevel, ReportViolation, ResourceValidationArgs, ResourceValidationPolicy
from pulumi_policy.deserialize import SPECIAL_SECRET_SIG, SPECIAL_SIG_KEY, serialize_properties

from policies.support.secret_text import Place, find
from policies.support.values import leaves, properties, shown

# Properties that are secret whatever they hold.
ALWAYS: Final[Mapping[str, tuple[str, ...]]] = {
    "kubernetes:core/v1:Secret": ("data", "stringData"),
    "aws:secretsmanager/secretVersion:SecretVersion": ("secretString", "secretBinary", "secretStringWo"),
    "aws:ssm/parameter:Parameter": ("value", "valueWo"),
}
_SECRETS: Final[dict[str, frozenset[Place]]] = {}
"""The secret properties of each resource, by URN, from its latest remediation."""


def note_secrets(args: ResourceValidationArgs) -> None:
    """Note which properties are secret; return nothing, so that the engine changes nothing."""
    _SECRETS[args.urn] = frozenset(_marked(serialize_properties(args.props), ()))


def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
    """Report every secret value that is not marked as one; a value computed elsewhere is not the program's text."""
    marked = _SECRETS.get(args.urn)
    if marked is None:
        report("cannot tell secrets from text: leave this rule's enforcement level at 'remediate'", args.urn)
        return
    own = {key: _texts(value) for key, value in properties(args.props).items() if not key.startswith("__")}
    for path in _unmarked(args.resource_type, own, marked):
        report(f"{shown(path)}: expected a secret, found a value that is not marked as one", args.urn)
    for path, kind in find(own):
        if not _covered(path, marked):
            report(f"{shown(path)}: expected a secret or a reference to one, found {kind} in plain text", args.urn)


def _marked(value: object, path: Place) -> Iterator[Place]:
    if isinstance(value, Mapping):
        if value.get(SPECIAL_SIG_KEY) == SPECIAL_SECRET_SIG:
            yield path
            return
        for key, item in value.items():
            yield from _marked(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _marked(item, (*path, str(index)))


def _unmarked(kind: str, own: dict[str, object], marked: frozenset[Place]) -> Iterator[Place]:
    for name in ALWAYS.get(kind, ()):
        for path, value in leaves(own.get(name), (name,)):
            if value not in (None, "") and not _covered(path, marked):
                yield path


def _covered(path: Place, marked: frozenset[Place]) -> bool:
    return any(path[:length] in marked for length in range(len(path) + 1))


def _texts(value: object) -> object:
    """Return the value with the text of assets in place of the assets; files and remote assets stay unread."""
    if isinstance(value, StringAsset):
        return value.text
    if isinstance(value, AssetArchive):
        return {name: _texts(asset) for name, asset in value.assets.items()}
    if isinstance(value, dict):
        return {key: _texts(item) for key, item in value.items()}
    return [_texts(item) for item in value] if isinstance(value, list) else value


RULE = ResourceValidationPolicy(
    name="no-plain-secrets",
    description="Secrets are marked as secret or referred to, never written in plain text.",
    validate=validate,
    remediate=note_secrets,
    enforcement_level=EnforcementLevel.REMEDIATE,
)
