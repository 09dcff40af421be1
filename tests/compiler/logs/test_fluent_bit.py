"""Agents and collector: every stream is routed to its topic, nothing else is, and nothing is lost on the way."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from compiler.artefacts import compile_artefacts
from compiler.catalog.catalog import Catalog
from compiler.logs.fluent_bit import STREAM_LABEL, agent, collector
from compiler.logs.streams import all_streams
from compiler.target import Target
from compiler.text import to_yaml


@pytest.fixture(scope="module")
def agents(catalog: Catalog) -> dict[str, Any]:
    return dict(yaml.safe_load(to_yaml(agent(catalog))))


@pytest.fixture(scope="module")
def collectors(catalog: Catalog) -> dict[str, Any]:
    return dict(yaml.safe_load(to_yaml(collector(catalog))))


def part(configuration: dict[str, Any], kind: str, name: str) -> list[dict[str, Any]]:
    return [each for each in configuration["pipeline"][kind] if each["name"] == name]


def topics(catalog: Catalog, by: str) -> set[str]:
    return {stream.topic for stream in all_streams(catalog) if stream.declared.by == by}


def test_a_pods_label_leads_its_lines_to_its_topic(catalog: Catalog, agents: dict[str, Any]) -> None:
    routes = {each["set"]: each["condition"] for each in part(agents, "filters", "modify")}
    assert set(routes) == {f"topic {topic}" for topic in topics(catalog, "agent")}
    label = f"$kubernetes['labels']['{STREAM_LABEL}']"
    expected = f"key_value_equals {label} warehouse.log-ins"
    assert routes["topic logs.warehouse.log-ins"] == expected


def test_a_pod_without_a_stream_sends_nothing(agents: dict[str, Any]) -> None:
    *_, last = agents["pipeline"]["filters"]
    assert (last["name"], last["regex"]) == ("grep", r"topic ^logs\.")
    (kafka,) = agents["pipeline"]["outputs"]
    assert kafka["dynamic_topic"] == "off"


def test_a_crash_is_one_event_before_anything_else_happens(agents: dict[str, Any]) -> None:
    first, second, *_ = agents["pipeline"]["filters"]
    assert (first["name"], second["name"]) == ("multiline", "kubernetes")
    assert first["multiline.parser"] == "java,python,go"


def test_a_line_stays_text_and_says_where_it_was_read(agents: dict[str, Any]) -> None:
    """Its integers would lose digits otherwise: trace ids have 128 bits."""
    (kubernetes,) = part(agents, "filters", "kubernetes")
    assert (kubernetes["merge_log"], kubernetes["keep_log"]) == ("off", "on")
    (tail,) = agents["pipeline"]["inputs"]
    assert (tail["path_key"], tail["offset_key"]) == ("source", "offset")
    assert not part(agents, "filters", "parser")


@pytest.mark.parametrize("which", ["agents", "collectors"])
def test_what_cannot_be_sent_waits_on_disk(which: str, request: pytest.FixtureRequest) -> None:
    made: dict[str, Any] = request.getfixturevalue(which)
    (source,) = made["pipeline"]["inputs"]
    assert (source["storage.type"], source["storage.pause_on_chunks_overlimit"]) == ("filesystem", "on")
    assert made["service"]["storage.path"].startswith("/var/lib/fluent-bit")
    (kafka,) = made["pipeline"]["outputs"]
    assert kafka["retry_limit"] == "no_limits"
    assert kafka["rdkafka.request.required.acks"] == -1
    assert kafka["storage.total_limit_size"] == "5G"


@pytest.mark.parametrize(("which", "user"), [("agents", "fluent-bit"), ("collectors", "log-collector")])
def test_the_way_to_kafka_is_encrypted_and_its_password_a_file(
    which: str, user: str, request: pytest.FixtureRequest
) -> None:
    made: dict[str, Any] = request.getfixturevalue(which)
    (kafka,) = made["pipeline"]["outputs"]
    assert (kafka["brokers"], kafka["rdkafka.security.protocol"]) == ("${KAFKA_BOOTSTRAP}", "sasl_ssl")
    assert (kafka["rdkafka.sasl.mechanism"], kafka["rdkafka.sasl.username"]) == ("SCRAM-SHA-512", user)
    assert kafka["rdkafka.sasl.password"] == "${KAFKA_PASSWORD}"
    (variable,) = made["env"]
    assert variable["uri"] == "file:///secrets/kafka/password"


def test_lines_over_http_need_a_certificate_and_reach_their_topics(
    catalog: Catalog, collectors: dict[str, Any]
) -> None:
    (http,) = collectors["pipeline"]["inputs"]
    assert (http["tls"], http["tls.verify_client_cert"]) == ("on", "on")
    routes = {each["match"]: each["set"] for each in part(collectors, "filters", "modify")}
    assert routes == {topic.removeprefix("logs."): f"topic {topic}" for topic in topics(catalog, "http")}
    nested = {each["match"]: each["nest_under"] for each in part(collectors, "filters", "nest")}
    assert nested == dict.fromkeys(routes, "log")


def test_each_sends_to_the_topics_that_it_may_write(
    catalog: Catalog, agents: dict[str, Any], collectors: dict[str, Any]
) -> None:
    for made, by in ((agents, "agent"), (collectors, "http")):
        assert set(made["pipeline"]["outputs"][0]["topics"].split(",")) == topics(catalog, by)


@pytest.mark.parametrize("name", ["fluent-bit", "collector"])
def test_fluent_bit_itself_takes_it(catalog: Catalog, target: Target, tmp_path: Path, name: str) -> None:
    program = shutil.which("fluent-bit")
    if program is None:
        pytest.skip("no fluent-bit on PATH: no registry here has it; its own packages do")
    file = tmp_path / f"{name}.yaml"
    file.write_text(compile_artefacts(catalog, target)[f"fluent-bit/{name}.yaml"], encoding="utf-8")
    run = subprocess.run([program, "--dry-run", "-c", file], capture_output=True, text=True, check=False, timeout=60)
    assert run.returncode == 0, run.stderr
