"""Digests of mounted ConfigMaps and Secrets as annotations of pods: a changed content restarts them."""

from collections.abc import Mapping
from hashlib import sha256

import pulumi

Contents = Mapping[str, Mapping[str, pulumi.Input[str]]]
"""What is in ConfigMaps or Secrets: each one's files, by its name."""
_DIGITS = 16


def digest(files: Mapping[str, str]) -> str:
    """Return 64 bits of the SHA-256 of files by their names."""
    text = "\0".join(part for pair in sorted(files.items()) for part in pair)
    return sha256(text.encode()).hexdigest()[:_DIGITS]


def digest_annotations(config_maps: Contents, secrets: Contents | None = None) -> dict[str, pulumi.Input[str]]:
    """Return the annotations of a pod's template that restart its pods when one of these changes.

    A Secret's digest is no secret: it is for what nobody can guess, such as keys, certificates, generated passwords.
    """
    kinds = {"configmap": config_maps, "secret": secrets or {}}
    return {
        f"observability/{kind}-{name}": _digest(files)
        for kind, contents in kinds.items()
        for name, files in contents.items()
    }


def _digest(files: Mapping[str, pulumi.Input[str]]) -> pulumi.Input[str]:
    known = {name: text for name, text in files.items() if isinstance(text, str)}
    if len(known) == len(files):
        return digest(known)
    found: pulumi.Output[str] = pulumi.Output.all(**files).apply(digest)
    return pulumi.Output.unsecret(found)
