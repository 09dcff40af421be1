"""The one record: listed names in their places, ids hashed, types checked, and nothing that raises in production."""

import logging
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.contextvars import bound_contextvars

from instrumentation import ContractError
from instrumentation.contract import read_contract, stream_of
from instrumentation.logs import Bridge, Writer
from instrumentation.record import Record
from tests.instrumentation.conftest import Watched, Watching

REGION = UUID("4bf92f35-77b3-4da6-a3ce-929d0e0e4736")


class Tier(StrEnum):
    """A value as services have them."""

    EDGE = "edge"


@pytest.fixture
def recommendation(watching: Watching) -> Watched:
    return watching()


@pytest.fixture
def personalization(watching: Watching) -> Watched:
    return watching(workload="personalization", service="personalization-api")


def test_a_line_has_the_schemas_names(recommendation: Watched) -> None:
    recommendation.watch.log.info("recommendation_request", num_results=10, response_time_ms=85.5, cache_hit=True)
    line = recommendation.line
    moment = datetime.fromisoformat(line.pop("timestamp"))
    assert abs((datetime.now(UTC) - moment).total_seconds()) < 60
    assert line == {
        "level": "INFO",
        "service": "recommendation-service",
        "instance": "pod-1",
        "event": "recommendation_request",
        "num_results": 10,
        "response_time_ms": 85.5,
        "cache_hit": True,
        "category": "business",
    }


def test_the_active_trace_is_on_the_line(recommendation: Watched) -> None:
    watch = recommendation.watch
    with watch.span("geospatial_query", candidates_found=1) as span:
        watch.log.info("geospatial_query")
        context = span.get_span_context()
    assert recommendation.line["trace_id"] == f"{context.trace_id:032x}"
    assert recommendation.line["span_id"] == f"{context.span_id:016x}"
    watch.log.info("geospatial_query", trace_id="someone else's")
    assert "trace_id" not in recommendation.line


@pytest.mark.parametrize(
    ("method", "level"),
    [("debug", "DEBUG"), ("info", "INFO"), ("warning", "WARN"), ("error", "ERROR"), ("critical", "FATAL")],
)
def test_levels_are_the_schemas(watching: Watching, method: str, level: str) -> None:
    watched = watching(level="DEBUG")
    getattr(watched.watch.log, method)("x")
    assert watched.line["level"] == level


def test_what_is_below_the_level_is_not_written(recommendation: Watched) -> None:
    recommendation.watch.log.debug("x")
    assert recommendation.lines == []


def test_nested_names_and_dotted_ones_are_the_same(personalization: Watched) -> None:
    log = personalization.watch.log
    log.info("x", metrics={"latency_ms": 4, "tier": Tier.EDGE}, context={"device": "mobile"}, model_name="ranker")
    nested = personalization.line
    flat = {"metrics.latency_ms": 4, "metrics.tier": "edge", "context.device": "mobile", "model.name": "ranker"}
    log.info("x", **flat)
    dotted = personalization.line
    assert nested["metrics"] == {"latency_ms": 4, "tier": "edge"}
    assert nested["context"] == {"device": "mobile"}
    assert nested["model"] == {"name": "ranker"}
    assert {**nested, "timestamp": ""} == {**dotted, "timestamp": ""}


def test_the_fields_own_name_wins_over_an_alias(personalization: Watched) -> None:
    personalization.watch.log.info("x", model_name="alias", model={"name": "own"})
    assert personalization.line["model"] == {"name": "own"}


def test_ids_are_hashed_by_kind(watching: Watching) -> None:
    watched = watching(workload="engagement-prediction", service="engagement-predictor")
    watched.watch.log.info("prediction_served", customer_id="12345", user_id=12345, session_id="12345")
    line = watched.line
    assert not {"customer_id", "user_id", "session_id"} & set(line)
    hashes = [line["customer_id_hash"], line["user_id_hash"], line["session_id_hash"]]
    assert len(set(hashes)) == 3
    assert all(one.startswith("hmac:") and len(one) == 37 for one in hashes)


def test_a_workload_that_keeps_no_user_has_no_hash_either(watching: Watching) -> None:
    watched = watching(workload="recsys-saas", service="backend-api")
    watched.watch.log.info("x", user_id="u-1", user_id_hash="abc", tenant_id="tenant_001")
    assert "u-1" not in watched.out.getvalue()
    assert not [name for name in watched.line if name.startswith("user")]
    assert watched.line["tenant_id"] == "tenant_001"


def test_without_a_key_ids_are_dropped_in_production(watching: Watching) -> None:
    watched = watching(id_key_file=None)
    watched.watch.log.info("x", user_id=12345)
    assert not [name for name in watched.line if name.startswith("user")]
    developed = watching(id_key_file=None, environment="development")
    developed.watch.log.info("x", user_id=12345)
    assert developed.line["user_id_hash"].startswith("hmac:")


def test_what_is_treated_as_dropped_is_not_there(recommendation: Watched) -> None:
    recommendation.watch.log.info("x", location={"lat": 37.7749, "lng": -122.4194}, radius_km=5)
    assert "37.77" not in recommendation.out.getvalue()
    assert recommendation.line["radius_km"] == 5


@pytest.mark.parametrize("name", ["password", "X-Api-Key", "user_email", "nonsense"])
def test_what_is_not_listed_is_an_error_in_development(watching: Watching, name: str) -> None:
    with pytest.raises(ContractError, match=f"expected a field of the workload's schema, found '{name}'"):
        watching(environment="development").watch.log.info("x", **{name: "abc"})
    watched = watching()
    watched.watch.log.info("x", **{name: "abc"})
    watched.watch.log.info("x", **{name: "abc"})
    warnings = [line for line in watched.lines if line["event"] == "contract_broken"]
    assert len(watched.lines) == 3
    assert len(warnings) == 1
    assert name in warnings[0]["message"]
    assert '"abc"' not in watched.out.getvalue()


@pytest.mark.parametrize(
    ("fields", "kept"),
    [
        ({"num_results": "ten"}, {}),
        ({"num_results": 1.5}, {}),
        ({"num_results": 2.0}, {"num_results": 2}),
        ({"num_results": True}, {}),
        ({"response_time_ms": float("nan")}, {}),
        ({"response_time_ms": float("inf")}, {}),
        ({"response_time_ms": Decimal("1.5")}, {"response_time_ms": 1.5}),
        ({"response_time_ms": Fraction(1, 2)}, {"response_time_ms": 0.5}),
        ({"cache_hit": 1}, {}),
        ({"location_region": REGION}, {"location_region": str(REGION)}),
        ({"location_region": ["a"]}, {}),
        ({"location_region": b"a"}, {}),
        ({"num_results": 4111111111111111}, {}),
    ],
)
def test_values_are_of_their_fields_type(recommendation: Watched, fields: dict[str, Any], kept: dict[str, Any]) -> None:
    recommendation.watch.log.info("x", **fields)
    line = recommendation.line
    assert {name: line[name] for name in fields if name in line} == kept


def test_an_exception_is_told_without_its_secrets(recommendation: Watched) -> None:
    try:
        int("postgresql://svc:hunter2hunter2@db/x")
    except ValueError:
        recommendation.watch.log.exception("pipeline_failed")
    error = recommendation.line["error"]
    assert error["type"] == "ValueError"
    assert "Traceback" in error["stack"]
    assert "hunter2" not in recommendation.out.getvalue()


def test_what_is_bound_is_on_each_line(watching: Watching) -> None:
    watched = watching(workload="recsys-saas", service="backend-api")
    with bound_contextvars(tenant_id="tenant_001", request_id="r-1"):
        watched.watch.log.info("x")
    assert (watched.line["tenant_id"], watched.line["request_id"]) == ("tenant_001", "r-1")


def test_pythons_own_logging_comes_in_the_same_form(recommendation: Watched) -> None:
    bridge = Bridge(recommendation.watch._writer)
    record = logging.LogRecord("lib", logging.WARNING, "", 0, "token=%s of %s", ("abc", "a@example.com"), None)
    bridge.emit(record)
    line = recommendation.line
    assert (line["level"], line["logger"], line["message"]) == ("WARN", "lib", "[removed] of [email]")


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.builds(object),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.dictionaries(st.integers(), inner),
    max_leaves=12,
)
NAMES = st.text(max_size=12) | st.sampled_from(["num_results", "location", "model", "error", "user_id", "message"])


@settings(max_examples=300)
@given(fields=st.dictionaries(NAMES.filter(lambda name: name not in ("event", "self", "exc_info")), anything))
def test_nothing_raises_in_production(writer: Writer, fields: dict[str, Any]) -> None:
    line = writer.line("info", {"event": "x", **fields})
    assert "\n" not in line


@pytest.fixture(scope="module")
def writer(contracts: Path) -> Writer:
    contract = read_contract(contracts / "recommendation-service.json", "recommendation-service")
    stream = stream_of(contract, "recommendation-service", None)
    return Writer(Record(contract.logs, stream, "recommendation-service", "pod-1", None), None, strict=False)


class Broken:
    """What cannot even be written."""

    def __str__(self) -> str:
        raise RuntimeError("no")


def test_a_line_that_cannot_be_made_says_so(watching: Watching) -> None:
    watched = watching()
    watched.watch.log.info("x", location_region=Broken())
    assert watched.line["event"] == "log_line_failed"
    assert watched.line["error"] == {"type": "RuntimeError"}
    with pytest.raises(RuntimeError):
        watching(environment="development").watch.log.info("x", location_region=Broken())


def test_a_closed_pipe_fails_no_request(watching: Watching) -> None:
    watched = watching()
    watched.out.close()
    watched.watch.log.info("x")
