"""Arguments against botocore's service model."""

from typing import Any

import pytest

from compiler.errors import UserError
from sandbox.aws.cloud import Cloud
from sandbox.aws.shapes import check, conform
from sandbox.values import UNKNOWN


@pytest.fixture(scope="module")
def alarm() -> Any:
    return Cloud(None).shape("cloudwatch", "put_metric_alarm")


def test_members_are_spelled_and_cast_as_the_shape_says(alarm: Any) -> None:
    given = {"alarmname": "a", "threshold": "5", "evaluationPeriods": 2.0, "okActions": ["x"], "period": "60"}
    assert conform(given, alarm, "p") == {
        "AlarmName": "a", "Threshold": 5.0, "EvaluationPeriods": 2, "OKActions": ["x"], "Period": 60
    }  # fmt: skip


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"nmespace": "x"}, "p.nmespace: PutMetricAlarmInput has no such member; it has AlarmName"),
        ({"statistic": "Mean"}, "p.Statistic: expected one of SampleCount, Average, .* found 'Mean'"),
    ],
)
def test_what_the_shape_does_not_have_is_refused(alarm: Any, given: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        conform(given, alarm, "p")


def test_required_members_and_ranges_are_checked_and_unknowns_pass(alarm: Any) -> None:
    good = {"AlarmName": UNKNOWN, "EvaluationPeriods": UNKNOWN, "ComparisonOperator": UNKNOWN, "AlarmActions": UNKNOWN}
    check(good, alarm, "p")
    with pytest.raises(UserError, match="EvaluationPeriods"):
        check({**good, "EvaluationPeriods": 0}, alarm, "p")
    with pytest.raises(UserError, match='p: Missing required parameter in input: "AlarmName"'):
        check({key: value for key, value in good.items() if key != "AlarmName"}, alarm, "p")
