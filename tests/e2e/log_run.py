"""The whole pipeline: log source, Kafka, Flink, OpenSearch and S3, all real, with the rules of the catalog."""

import json
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from confluent_kafka import KafkaException

from compiler.artefacts import compile_artefacts
from compiler.catalog.catalog import Catalog
from tests.e2e.log_flink import Flink
from tests.e2e.log_kafka import Kafka
from tests.e2e.log_s3 import BUCKET, S3
from tests.e2e.log_search import OpenSearch
from tests.pipelines.conftest import PLACES
from tests.pipelines.lines import KEY
from tests.pipelines.mmdb import database
from tests.targets import target_for

GROUP = "log-job"
LOOK = 1.0
"""Seconds between looks at the lag."""


class Pipeline:
    """Everything, started; and what was seen of the lag meanwhile."""

    def __init__(self, folder: Path, catalog: Catalog, heap: str = "1g") -> None:
        self.folder = folder
        self.artefacts = compile_artefacts(catalog, target_for("prod"))
        text = self.artefacts["flink/job.json"]
        self.rules: dict[str, Any] = json.loads(text)
        self.raw = [stream["topic"] for stream in self.rules["streams"]]
        self.dead = sorted({stream["dead_letter"] for stream in self.rules["streams"]})
        self.lags: list[tuple[float, int]] = []
        self._running: list[Callable[[], None]] = []
        self._stop = threading.Event()
        (folder / "job.json").write_text(text, encoding="utf-8")
        (folder / "key").write_bytes(KEY)
        (folder / "places.mmdb").write_bytes(database(PLACES))
        try:
            self._start(heap)
        except BaseException:
            self.close()
            raise

    def _start(self, heap: str) -> None:
        self.s3 = S3()
        self._running.append(self.s3.close)
        self.search = OpenSearch(self.folder, heap)
        self._running.append(self.search.server.close)
        self._set_up_search()
        topics = yaml.safe_load(self.artefacts["kafka/topics.yaml"])["topics"]
        self.kafka = Kafka(self.folder, topics, GROUP)
        self._running.append(self.kafka.server.close)
        self.flink = Flink(self.folder, self.s3.endpoint)
        self._running.append(self.flink.close)
        self.job = self.flink.submit(*self.arguments())
        self.started = time.monotonic()
        threading.Thread(target=self._watch, daemon=True).start()

    def _set_up_search(self) -> None:
        """Put the compiled templates of indices, as the set-up function does in a cluster."""
        for path, text in self.artefacts.items():
            if path.startswith("opensearch/index-templates/"):
                self.search.ask("PUT", f"/_index_template/{Path(path).stem}", json.loads(text))

    def arguments(self) -> list[str | Path]:
        """Return the job's, but for what a cluster has besides: users, passwords and TLS."""
        given: dict[str, str | Path] = {
            "rules": self.folder / "job.json",
            "kafka": self.kafka.address,
            "group": GROUP,
            "opensearch": f"http://{self.search.address}",
            "archive": f"s3://{BUCKET}",
            "hash-key": self.folder / "key",
            "places": self.folder / "places.mmdb",
        }
        return [word for name, value in given.items() for word in (f"--{name}", value)]

    def since(self) -> float:
        """Return the seconds since the job was started."""
        return time.monotonic() - self.started

    def lag(self) -> int | None:
        """Return how many lines no checkpoint has yet; None while the broker cannot say."""
        try:
            return self.kafka.lag(self.raw)
        except KafkaException:
            return None

    def _watch(self) -> None:
        while not self._stop.wait(LOOK):
            lag = self.lag()
            if lag is not None:
                self.lags.append((self.since(), lag))

    def close(self) -> None:
        self._stop.set()
        for end in reversed(self._running):
            end()
