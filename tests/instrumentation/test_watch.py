"""One call, and all of it is there."""

import logging
from pathlib import Path

import pytest
import structlog
from opentelemetry import trace

import instrumentation
from instrumentation import ContractError
from instrumentation.contract import read_contract
from instrumentation.settings import Settings
from tests.instrumentation.conftest import SERVICE, Watching


def test_says_nothing_but_what_it_promises() -> None:
    assert instrumentation.__all__ == ["ContractError", "Settings", "Watch", "start"]


def test_one_call_gives_the_process_its_loggers(contracts: Path, capsys: pytest.CaptureFixture[str]) -> None:
    contract = contracts / f"{SERVICE}.json"
    watch = instrumentation.start(
        workload=SERVICE, service=SERVICE, contract=contract, environment="prod", settings=Settings(instance="pod-1")
    )
    try:
        with watch.span("geospatial_query", candidates_found=3):
            watch.log.info("recommendation_request", num_results=1)
            structlog.get_logger().warning("feature_enrichment", num_results=2)
            logging.getLogger("library").warning("three %s", "results")
            trace_id = f"{trace.get_current_span().get_span_context().trace_id:032x}"
    finally:
        watch.close()
    lines = [one for one in capsys.readouterr().out.splitlines() if trace_id in one]
    assert len(lines) == 3
    assert [('"event":"recommendation_request"' in lines[0]), ('"level":"WARN"' in lines[1])] == [True, True]
    assert '"message":"three results"' in lines[2]
    logging.getLogger("library").warning("after the end")
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("workload", "service", "expected"),
    [
        ("recsys-saas", SERVICE, "workload: expected 'recsys-saas', found 'recommendation-service'"),
        (SERVICE, "web", "service: expected one of"),
    ],
)
def test_refuses_another_contract_and_another_service(
    contracts: Path, workload: str, service: str, expected: str
) -> None:
    contract = contracts / f"{SERVICE}.json"
    with pytest.raises(ContractError, match=expected):
        instrumentation.start(workload=workload, service=service, contract=contract, environment="prod")


def test_refuses_what_is_no_contract(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text("[]")
    with pytest.raises(ContractError, match="expected a contract as `make render` writes it"):
        instrumentation.start(workload=SERVICE, service=SERVICE, contract=tmp_path / "x.json", environment="prod")
    with pytest.raises(ContractError, match="FileNotFoundError"):
        instrumentation.start(workload=SERVICE, service=SERVICE, contract=tmp_path / "y.json", environment="prod")


def test_every_service_of_every_workload_can_be_watched(watching: Watching, contracts: Path) -> None:
    for path in contracts.glob("*.json"):
        contract = read_contract(path, path.stem)
        for stream in contract.logs["streams"]:
            for service in stream["services"]:
                watched = watching(workload=path.stem, service=service)
                watched.watch.log.info("started")
                assert watched.line["service"] == service
