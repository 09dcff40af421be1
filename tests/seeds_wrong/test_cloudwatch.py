"""The document's CloudWatch alarms on what API Gateway publishes, beside the catalog's.

CloudWatch has one metric for each set of dimensions: an alarm sees the one whose set it names, and no sum over others
(Amazon CloudWatch user guide, "Dimensions"). That alone is modelled here; moto never evaluates an alarm.
"""

from collections.abc import Mapping

import pytest

from compiler.catalog.catalog import Catalog, Watched
from compiler.cloud import cloudwatch
from compiler.cloud.cloudwatch import AlarmSpec
from compiler.target import Target
from tests.catalog.alarm_states import fires

Key = tuple[str, str, frozenset[tuple[str, str]]]
Published = Mapping[Key, float]
DIMENSIONS = frozenset({("ApiName", "engagement-api-prod")})
DOCUMENT: Key = ("AWS/ApiGateway", "4XXError", frozenset())
THRESHOLD = 10


def published(requests: float, refused: float, failed: float) -> Published:
    """Return the sums of one period by what API Gateway calls them."""
    sums = {"Count": requests, "4XXError": refused, "5XXError": failed}
    return {("AWS/ApiGateway", name, DIMENSIONS): value for name, value in sums.items()}


def above(data: Published, key: Key) -> bool | None:
    """Return whether the document's threshold is passed; None for an alarm without data."""
    return data[key] > THRESHOLD if key in data else None


@pytest.fixture(scope="module")
def engagement(catalog: Catalog) -> Watched:
    return next(watched for watched in catalog if watched.name == "engagement-prediction")


def ours(engagement: Watched, requests: float, failed: float) -> bool:
    """Return whether the catalog's alarm on the share of failures is on, after periods that are all alike."""
    (alarm,) = (alarm for alarm in engagement.alarms.alarms if alarm.name == "api-5xx-share-high")
    periods = alarm.evaluation_periods
    return fires(alarm, {"api-requests": [requests] * periods, "api-5xx": [failed] * periods})


@pytest.fixture(scope="module")
def alarms(engagement: Watched, target: Target) -> dict[str, AlarmSpec]:
    return {spec.name: spec for spec in cloudwatch.alarms(engagement, target)}


def key_of(spec: AlarmSpec) -> Key:
    return (spec.namespace, spec.metric_name, frozenset(spec.dimensions.items()))


def test_an_alarm_without_dimensions_never_has_data(alarms: dict[str, AlarmSpec]) -> None:
    data = published(requests=1_000, refused=900, failed=0)
    assert above(data, DOCUMENT) is None
    assert above(data, key_of(alarms["api-error-rate-high-prod"])) is True


def test_the_documents_alarm_is_silent_while_every_request_fails(engagement: Watched) -> None:
    data = published(requests=1_000, refused=0, failed=1_000)
    assert above(data, (*DOCUMENT[:2], DIMENSIONS)) is False
    assert ours(engagement, requests=1_000, failed=1_000)


@pytest.mark.parametrize(("requests", "errors"), [(1_000_000, 11), (200, 9)])
def test_ten_errors_are_no_share(engagement: Watched, requests: int, errors: int) -> None:
    """Eleven of a million are nothing, and nine of 200 are far above the 1 % that its description names."""
    data = published(requests=requests, refused=errors, failed=errors)
    meant = errors / requests > 0.01
    assert above(data, (*DOCUMENT[:2], DIMENSIONS)) is not meant
    assert ours(engagement, requests=requests, failed=errors) is meant
