"""100,000 lines of all workloads through Kafka, Flink, OpenSearch and S3, while each of them fails in turn."""

import json
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from compiler.catalog.catalog import Catalog
from tests.e2e import log_java
from tests.e2e.log_run import Pipeline
from tests.e2e.log_source import EITHER, Sent, Source, send
from tests.e2e.servers import until
from tests.pipelines import sensitive

pytestmark = pytest.mark.e2e

LINES, PRIVATE, BAD = 100_000, 10_000, 2_000
RATE = 700
"""Lines a second: what a busy machine of two cores, which runs the servers as well, can make up for after a fault."""
REFUSED_SECONDS = 30
DRAINED_TIMEOUT = 240.0
CAUGHT_UP = 3 * RATE
"""A checkpoint is every five seconds, so a healthy job is some two thirds of one behind."""
RECOVERY_SECONDS = 25.0
"""How long the next fault waits at most, so that all of them come while lines do."""


@pytest.fixture
def pipeline(tmp_path: Path, catalog: Catalog) -> Pipeline:
    missing = log_java.why_not()
    if missing:
        pytest.skip(missing)
    return Pipeline(tmp_path, catalog)


class Faults:
    """What goes wrong while lines keep coming, and when; each waits a while until the job has made up for the last."""

    def __init__(self, pipeline: Pipeline) -> None:
        self.pipeline = pipeline
        self.times: dict[str, tuple[float, float]] = {}

    def all(self) -> None:
        pipeline = self.pipeline
        until(pipeline.s3.keys, 120, "a first object in S3")
        self._cause("TaskManager killed", pipeline.flink.kill_worker)
        self._cause("Kafka's broker restarted", pipeline.kafka.restart)
        self._cause(f"OpenSearch refuses writes for {REFUSED_SECONDS} s", self._search)
        self._cause("S3 refuses writes", self._s3)

    def _cause(self, name: str, fault: Callable[[], None]) -> None:
        begun = self.pipeline.since()
        fault()
        self.times[name] = (begun, self.pipeline.since())
        seen = len(self.pipeline.lags)
        with suppress(TimeoutError):  # told below; that everything is read in the end is asserted
            until(lambda: self._caught_up(seen), RECOVERY_SECONDS, f"the job having made up for '{name}'")

    def _caught_up(self, seen: int) -> bool:
        """Return whether the job has been seen to keep up since so many looks at its lag."""
        return any(lag < CAUGHT_UP for _, lag in self.pipeline.lags[seen:])

    def _search(self) -> None:
        self.pipeline.search.refuse_writes(on=True)
        time.sleep(REFUSED_SECONDS)
        self.pipeline.search.refuse_writes(on=False)

    def _s3(self) -> None:
        refused = self.pipeline.s3.refused
        self.pipeline.s3.failing = True
        until(lambda: self.pipeline.s3.refused > refused + 5, 60, "S3 being asked")
        time.sleep(5)
        self.pipeline.s3.failing = False

    def report(self) -> None:
        """Print how far behind the job fell after each fault, and how soon it had caught up."""
        for name, (begun, ended) in self.times.items():
            after = [(when, lag) for when, lag in self.pipeline.lags if when > begun]
            recovered = next(when for when, lag in after if when > ended and lag < CAUGHT_UP)
            worst = max(lag for when, lag in after if when <= recovered)
            behind = f"{worst} lines behind at worst, caught up {recovered - ended:.0f} s later"
            print(f"{name}: {ended - begun:.0f} s, {behind}")


def test_nothing_is_lost_doubled_or_leaked(pipeline: Pipeline) -> None:
    try:
        sent, faults = sent_through_faults(pipeline)
        until(lambda: pipeline.lag() == 0, DRAINED_TIMEOUT, "every line in a checkpoint")
        drained = pipeline.since()
        wanted = {line.id: line for line in sent}
        assert len(wanted) == LINES
        cold = in_s3(pipeline, wanted)
        hot = in_opensearch(pipeline, wanted)
        dead = in_dead_letters(pipeline, wanted)
        check_counts(wanted, hot, cold, dead)
        check_secrets(pipeline, wanted, hot, cold, dead)
        until(lambda: pipeline.lags[-1][1] == 0, 30, "the empty queue being seen")
        faults.report()
        check_metrics(pipeline.flink.metrics())
        restarts = pipeline.flink.ask(f"/jobs/{pipeline.job}/checkpoints")["counts"]["restored"]
        print(f"{LINES} lines, {len(hot)} documents, {len(dead)} dead letters, drained {drained:.0f} s after the start")
        print(f"the job was restored {restarts} times; S3 refused {pipeline.s3.refused} requests")
        assert restarts >= 1
        assert [name for name, (_, end) in faults.times.items() if end > drained] == []
    finally:
        pipeline.close()


def sent_through_faults(pipeline: Pipeline) -> tuple[list[Sent], Faults]:
    faults = Faults(pipeline)
    failed: list[BaseException] = []

    def cause() -> None:
        try:
            faults.all()
        except BaseException as error:  # a thread's own end is silent: told below
            failed.append(error)

    causing = threading.Thread(target=cause)
    causing.start()
    streams = {stream["topic"]: stream["name"] for stream in pipeline.rules["streams"]}
    lines = Source(pipeline.rules, seed=1).lines(LINES, PRIVATE, BAD)
    sent = send(pipeline.kafka.address, lines, RATE, streams)
    causing.join()
    assert failed == []
    return sent, faults


def in_s3(pipeline: Pipeline, wanted: dict[str, Sent]) -> dict[str, str]:
    """Return the documents by id; each once, in the folder of its workload, service and hour."""
    expected = [line for line in wanted.values() if line.reason is None]
    until(lambda: sum(1 for _ in pipeline.s3.documents()) >= len(expected), 120, "every document in S3")
    found: dict[str, str] = {}
    for key, document in pipeline.s3.documents():
        assert document["doc_id"] not in found, f"twice in S3: {document['doc_id']}"
        found[document["doc_id"]] = json.dumps(document, sort_keys=True)
        hour = document["received_at"][:13].replace("T", "/hour=")
        assert f"/logs/workload={document['workload']}/service={document['service']}/dt={hour}/part-" in key
    return found


def in_opensearch(pipeline: Pipeline, wanted: dict[str, Sent]) -> dict[str, str]:
    found: dict[str, str] = {}
    for index, name, document in pipeline.search.documents("logs-*,restricted-*"):
        assert name not in found, f"twice in OpenSearch: {name}"
        assert name == document["doc_id"]
        assert index.endswith(document["received_at"][:10].replace("-", "."))
        assert name in wanted
        found[name] = json.dumps(document, sort_keys=True)
    return found


def in_dead_letters(pipeline: Pipeline, wanted: dict[str, Sent]) -> dict[str, str]:
    read = pipeline.kafka.read(pipeline.dead)
    found = {key: value.decode() for key, value in read}
    for key, text in found.items():
        letter = json.loads(text)
        assert letter["doc_id"] == key
        assert wanted[key].reason in (letter["reason"], EITHER), letter
    print(f"{len(read) - len(found)} dead letters were told twice, under the same id")
    return found


def check_counts(wanted: dict[str, Sent], hot: dict[str, str], cold: dict[str, str], dead: dict[str, str]) -> None:
    """Every line is in exactly one of the two places, and OpenSearch and S3 hold the same."""
    assert hot == cold
    assert hot.keys().isdisjoint(dead)
    assert hot.keys() | dead.keys() == wanted.keys()
    valid = {name for name, line in wanted.items() if line.reason is None}
    assert valid <= hot.keys()
    invalid = Counter(line.reason for line in wanted.values() if line.reason not in (None, EITHER))
    reasons = Counter(json.loads(text)["reason"] for name, text in dead.items() if wanted[name].reason != EITHER)
    assert reasons == invalid
    assert len(invalid) == 12
    assert sum(invalid.values()) == BAD


def check_secrets(
    pipeline: Pipeline, wanted: dict[str, Sent], hot: dict[str, str], cold: dict[str, str], dead: dict[str, str]
) -> None:
    """No secret is in what became of its line, nor in any log of the cluster."""
    private = {name: line for name, line in wanted.items() if line.secrets}
    assert len(private) == PRIVATE
    for name, line in private.items():
        read = "\n".join(place[name] for place in (hot, cold, dead) if name in place)
        assert read
        assert sensitive.leaks(read, line.secrets) == [], line.value
    logs = "\n".join({line.partition(" ")[2] for line in pipeline.flink.logs().splitlines()})
    cores = {secret.core for line in private.values() for secret in line.secrets}
    assert [core for core in cores if core in logs] == []
    print(f"{len(cores)} secrets in {PRIVATE} lines, none of them anywhere")


def check_metrics(read: str) -> None:
    for name in ("logs_documents", "logs_reason_dead_letters", "bulk_created", "bulk_milliseconds"):
        assert f"flink_taskmanager_job_task_operator_{name}" in read, read[:2000]
    assert 'reason="wrong-type"' in read or 'reason="wrong_type"' in read
