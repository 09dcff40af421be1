"""Lines in the five documents' own formats, through the job's code, against the schema that the catalog compiles to."""

import json
from random import Random
from typing import Any

import jsonschema
import pytest

from compiler.artefacts import compile_artefacts
from compiler.catalog.catalog import Catalog
from tests.pipelines import formats
from tests.pipelines.lines import NOW, RedactLines
from tests.targets import target_for


@pytest.fixture(scope="session")
def schema(catalog: Catalog) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(compile_artefacts(catalog, target_for("prod"))["flink/schema.json"])
    return found


def kept(job: RedactLines, workload: str) -> list[dict[str, Any]]:
    random = Random(1)
    streams = [stream for stream in job.rules["streams"] if stream["workload"] == workload]
    each = [stream for stream in streams for _ in range(20)]
    lines = [(stream["topic"], formats.as_json(formats.line(random, stream, NOW - 5))) for stream in each]
    found = job.process(lines)
    assert [each.dead_letter for each in found if each.dead_letter] == []
    return [each.document for each in found if each.document]


WORKLOADS = ("personalization", "bighead", "recsys-saas", "recommendation-service", "engagement-prediction")


@pytest.mark.parametrize("workload", WORKLOADS)
def test_every_stream_s_lines_become_documents_of_the_schema(
    job: RedactLines, schema: dict[str, Any], workload: str
) -> None:
    documents = kept(job, workload)
    assert documents
    for document in documents:
        jsonschema.validate(document, schema)
        assert document["workload"] == workload
        assert document["trace_id"]


def test_place_of_an_address_is_kept_and_the_address_is_not(job: RedactLines) -> None:
    for document in kept(job, "recsys-saas"):
        assert document["geo"] == {
            "continent_code": "EU",
            "country_code": "GB",
            "country": "United Kingdom",
            "region": "England",
            "city": "London",
        }
        assert "81.2.69" not in json.dumps(document)
        assert "user_id_hash" not in document


def test_an_address_of_version_six_has_a_place_and_an_unknown_one_none(job: RedactLines) -> None:
    line = {"timestamp": formats.iso(NOW), "level": "INFO", "service": "backend-api"}
    places = []
    for address in ("2001:4860::1", "203.0.113.9"):
        made = formats.as_json(line | {"context": {"ip_address": address}})
        (found,) = job.process([("logs.recsys-saas.application", made)])
        assert found.document
        places.append(found.document.get("geo"))
    assert places == [{"continent_code": "NA", "country_code": "US"}, None]


def test_log_ins_keep_their_address_and_hash_who_it_was(job: RedactLines) -> None:
    documents = [document for document in kept(job, "bighead") if document["stream"] == "bighead-log-ins"]
    assert documents
    for document in documents:
        assert document["context"]["ip"].startswith("81.2.69.")
        assert "user" not in document["context"]
        assert document["user_id_hash"].startswith("hmac:")


def test_an_id_has_one_hash_wherever_it_stands(job: RedactLines) -> None:
    line = {"timestamp": formats.iso(NOW), "level": "INFO", "service": "personalization-api", "user_id": 12345}
    (one,) = job.process([("logs.personalization.application", formats.as_json(line))])
    (two,) = job.process([("logs.personalization.audit", formats.as_json(line | {"user_id": "12345"}))])
    assert one.document
    assert two.document
    assert one.document["user_id_hash"] == two.document["user_id_hash"]
