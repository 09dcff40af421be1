"""A service and the log job agree: the same hash for the same id, and lines that the job takes as they are."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from compiler.artefacts import compile_artefacts
from compiler.catalog.catalog import Catalog
from instrumentation import ContractError
from instrumentation.hashing import KeyedHash, passing_key, read_key
from tests.catalog_copy import ROOT
from tests.instrumentation.conftest import KEY, Watching
from tests.pipelines import formats, lines
from tests.pipelines.sensitive import put
from tests.targets import target_for

USER_12345 = "hmac:57fa081892da03e62bd36b7f838482be"
"""The user 12345 under the tests' key; LineProcessorTest.java has the same."""


@pytest.fixture(scope="module")
def job(catalog: Catalog, tmp_path_factory: pytest.TempPathFactory) -> Iterator[lines.RedactLines]:
    missing = lines.why_not()
    if missing:
        pytest.skip(missing)
    rules = compile_artefacts(catalog, target_for("prod"))["flink/job.json"]
    yield from lines.running(tmp_path_factory.mktemp("redact-lines"), rules)


def test_the_hash_of_an_id_is_fixed() -> None:
    keyed = KeyedHash(KEY)
    assert keyed("user", "12345") == USER_12345
    assert keyed("customer", "12345") != USER_12345
    assert keyed("user", USER_12345) == USER_12345


def test_the_page_on_logs_computes_the_same(contracts: Path) -> None:
    page = (ROOT / "docs" / "logs.md").read_text(encoding="utf-8")
    program = page.partition("python3 -c '")[2].partition("'")[0]
    command = [sys.executable, "-c", program, str(contracts / "key"), "12345"]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip() == USER_12345


def test_keys_are_long_enough_and_read_without_their_line_end(contracts: Path, tmp_path: Path) -> None:
    assert read_key(contracts / "key") == KEY == lines.KEY
    assert KeyedHash(passing_key())("user", "1") != KeyedHash(passing_key())("user", "1")
    with pytest.raises(ContractError, match="the hash key: expected 32 bytes or more, found 5"):
        KeyedHash(b"short")
    with pytest.raises(ContractError, match="expected the file with the hash key: No such file"):
        read_key(tmp_path / "none")


def test_the_job_hashes_an_id_as_a_service_does(job: lines.RedactLines, watching: Watching) -> None:
    watched = watching()
    watched.watch.log.info("recommendation_request", user_id=12345)
    (stream,) = [one for one in job.rules["streams"] if one["workload"] == "recommendation-service"]
    bare = {"timestamp": watched.line["timestamp"], "level": "info", "user_id": 12345}
    (found,) = job.process([(stream["topic"], json.dumps(bare).encode())], received_at=2**41)
    assert found.document is not None
    assert found.document["user_id_hash"] == watched.line["user_id_hash"] == USER_12345


def filled(random: Random, stream: dict[str, Any]) -> dict[str, Any]:
    """Return every field that a stream's lines may have, but those that the service's own line has by itself."""
    made: dict[str, Any] = {"request_id": "r-1", "user_id": random.randint(1, 10**9)}
    for name, rule in stream["fields"].items():
        put(made, name, formats.FILLED[rule["type"]](random))
    return made


def flat(record: dict[str, Any], above: str = "") -> dict[str, Any]:
    """Return values by their dotted names."""
    found = dict[str, Any]()
    for name, value in record.items():
        found |= flat(value, f"{above}{name}.") if isinstance(value, dict) else {f"{above}{name}": value}
    return found


def test_the_job_takes_every_services_lines(job: lines.RedactLines, watching: Watching) -> None:
    random = Random(1)
    for stream in job.rules["streams"]:
        name = stream["name"].removeprefix(f"{stream['workload']}-")
        for service in stream["services"]:
            watched = watching(stream["workload"], service, "development", stream=name)
            watched.watch.log.warning("something_happened", **filled(random, stream))
            (found,) = job.process([(stream["topic"], watched.out.getvalue().strip().encode())], received_at=2**41)
            assert found.document is not None, found.raw
            assert found.document["dropped_fields"] == 0, watched.line
            rules = {**job.rules["record"], **stream["fields"]}
            emitted = {
                name: value for name, value in flat(watched.line).items() if rules.get(name, {}).get("treat") is None
            }
            emitted.pop("timestamp")
            document = flat(found.document)
            assert {name: document.get(name) for name in emitted} == emitted
            assert len(emitted) >= 5
