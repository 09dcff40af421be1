"""The types that take tags, by the installed SDK."""

from __future__ import annotations

import pytest

from policies.support.taggable import is_taggable
from sandbox.aws.rows import rows
from tests.program.sdk import arguments


@pytest.mark.parametrize(
    "token",
    [
        "aws:s3/bucket:Bucket",
        "aws:lambda/function:Function",  # a module whose name is a keyword
        "aws:cloudwatch/metricAlarm:MetricAlarm",
        "aws:autoscaling/group:Group",  # a list of tags
        "aws:budgets/budget:Budget",
        "aws:glue/mLTransform:MLTransform",  # a file name that no rule gives
    ],
)
def test_knows_what_takes_tags(token: str) -> None:
    assert is_taggable(token)


@pytest.mark.parametrize(
    "token",
    [
        "aws:cloudwatch/dashboard:Dashboard",
        "aws:devopsguru/resourceCollection:ResourceCollection",  # its tags select resources
        "aws:s3/noSuchType:NoSuchType",
        "aws:nosuchmodule/x:X",
        "kubernetes:core/v1:Secret",
        "pulumi:providers:aws",
        "pulumi:pulumi:Stack",
        "aws",
    ],
)
def test_knows_what_does_not(token: str) -> None:
    assert not is_taggable(token)


def test_agrees_with_the_classes_of_the_sdk() -> None:
    """What the imported classes say, for every AWS type that the sandbox has a row for."""
    tokens = list(rows())
    assert len(tokens) > 30
    wrong = [token for token in tokens if is_taggable(token) != ("tags" in arguments(token))]
    assert not wrong
