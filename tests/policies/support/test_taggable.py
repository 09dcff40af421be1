"""Which types take tags is asked of the installed SDK."""

from __future__ import annotations

import pytest

from policies.support.taggable import is_taggable, resource_class


@pytest.mark.parametrize(
    "token",
    [
        "aws:s3/bucket:Bucket",
        "aws:lambda/function:Function",  # a module whose name is a keyword
        "aws:cloudwatch/metricAlarm:MetricAlarm",
        "aws:autoscaling/group:Group",  # a list of tags
        "aws:budgets/budget:Budget",
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


def test_finds_the_class_of_a_token() -> None:
    found = resource_class("aws:sns/topic:Topic")
    assert found is not None
    assert (found.__module__, found.__name__) == ("pulumi_aws.sns.topic", "Topic")
