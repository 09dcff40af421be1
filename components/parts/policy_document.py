"""A policy document of AWS."""

from collections.abc import Iterable, Mapping

import pulumi

_VERSION = "2012-10-17"
"""The version of the policy language; source: IAM user guide, "IAM JSON policy elements: Version"."""


def policy_document(statements: Iterable[Mapping[str, object]]) -> pulumi.Output[str]:
    """Return the policy document of statements, as JSON."""
    return pulumi.Output.json_dumps({"Version": _VERSION, "Statement": list(statements)})
