"""The document's CloudWatch alarms on what API Gateway publishes, beside ours.

CloudWatch has one metric for each set of dimensions: an alarm sees the one whose set it names, and no sum over others
(Amazon CloudWatch user guide, "Dimensions"). That alone is modelled here; moto never evaluates an alarm.
"""

from collections.abc import Mapping

import pytest

from compiler import cloudwatch
from compiler.catalog import Watched
from compiler.cloudwatch import AlarmSpec
from compiler.target import Target

Key = tuple[str, str, frozenset[tuple[str, str]]]
Published = Mapping[Key, float]
DIMENSIONS = frozenset({("ApiName", "engagement-api-prod")})
DOCUMENT: Key = ("AWS/ApiGateway", "4XXError", frozenset())
THRESHOLD = 10


def published(requests: float, refused: float, failed: float) -> Published:
    """Returns the sums of one period by what API Gateway calls them."""
    sums = {"Count": requests, "4XXError": refused, "5XXError": failed}
    return {("AWS/ApiGateway", name, DIMENSIONS): value for name, value in sums.items()}


def above(data: Published, key: Key) -> bool | None:
    """Whether the document's threshold is passed; None for an alarm without data."""
    return data[key] > THRESHOLD if key in data else None


@pytest.fixture(scope="module")
def alarms(engagement: Watched, target: Target) -> dict[str, AlarmSpec]:
    return {spec.name: spec for spec in cloudwatch.alarms(engagement, target)}


def key_of(spec: AlarmSpec) -> Key:
    return (spec.namespace, spec.metric_name, frozenset(spec.dimensions.items()))


def test_an_alarm_without_dimensions_never_has_data(alarms: dict[str, AlarmSpec]) -> None:
    data = published(requests=1_000, refused=900, failed=0)
    assert above(data, DOCUMENT) is None
    assert above(data, key_of(alarms["api-error-rate-high-prod"])) is True


def test_the_documents_alarm_is_silent_while_every_request_fails(alarms: dict[str, AlarmSpec]) -> None:
    data = published(requests=1_000, refused=0, failed=1_000)
    assert above(data, (*DOCUMENT[:2], DIMENSIONS)) is False
    assert share(alarms["api-5xx-share-high-prod"], data) == 100 > alarms["api-5xx-share-high-prod"].threshold


@pytest.mark.parametrize(("requests", "errors"), [(1_000_000, 11), (200, 9)])
def test_ten_errors_are_no_share(alarms: dict[str, AlarmSpec], requests: int, errors: int) -> None:
    """Eleven of a million are nothing, and nine of 200 are far above the 1 % that its description names."""
    data = published(requests=requests, refused=errors, failed=errors)
    spec = alarms["api-5xx-share-high-prod"]
    meant = errors / requests > 0.01
    assert above(data, (*DOCUMENT[:2], DIMENSIONS)) is not meant
    assert (share(spec, data) > spec.threshold) is meant


def share(spec: AlarmSpec, data: Published) -> float:
    """Returns what the alarm's own lines make of the data; its expression is the one shape that is understood."""
    sums = {
        line.id: data[(line.namespace or "", line.metric_name or "", frozenset(line.dimensions.items()))]
        for line in spec.lines
        if not line.expression
    }
    (expression,) = (line.expression for line in spec.lines if line.expression)
    assert expression == "IF(m1 >= 100, 100 * m2 / m1)"
    assert sums["m1"] >= 100
    return 100 * sums["m2"] / sums["m1"]
