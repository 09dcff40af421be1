"""A Kafka broker in KRaft mode, with the topics that the catalog compiles to."""

import subprocess
import threading
from pathlib import Path
from typing import Any

from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from tests.e2e.log_java import JAVA, JavaServer, free_port, logging_to_console, needed

CLUSTER = "bG9ncy1lbmQtdG8tZW5kIQ"
ANSWER = 10.0
"""Seconds; a broker that is starting takes longer, and is asked again."""
CLASSES = f"{JAVA / 'kafka'}/*"
SETTINGS = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
controller.listener.names=CONTROLLER
log.dirs={folder}/kafka-data
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
auto.create.topics.enable=false
message.max.bytes=10000000
"""


def new_topic(topic: dict[str, Any]) -> NewTopic:
    """Return a topic as it is compiled, but for copies: there is one broker."""
    config = {name: str(value) for name, value in topic["config"].items()}
    return NewTopic(topic["name"], topic["partitions"], 1, config={**config, "min.insync.replicas": "1"})


class Kafka:
    """The broker, and what an administrator would ask it."""

    def __init__(self, folder: Path, topics: list[dict[str, Any]], group: str) -> None:
        self._partitions: dict[str, int] = {topic["name"]: topic["partitions"] for topic in topics}
        port = free_port()
        self.address = f"127.0.0.1:{port}"
        config = folder / "kafka.properties"
        config.write_text(SETTINGS.format(port=port, controller=free_port(), folder=folder))
        base: list[str | Path] = [needed(), "-Xmx512m", logging_to_console(folder), "-cp", CLASSES]
        formatted = [*base, "kafka.tools.StorageTool", "format", "-t", CLUSTER, "-c", config]
        subprocess.run(formatted, check=True, capture_output=True)
        self.server = JavaServer("kafka", [*base, "kafka.Kafka", config], folder, "Kafka Server started")
        client: dict[str, str | int | float | bool] = {"bootstrap.servers": self.address, "log_level": 2}
        self._looking = Consumer({**client, "group.id": group, "enable.auto.commit": False})
        self._asking = threading.Lock()
        self._admin = AdminClient(client)  # what it was asked is broken off when it goes
        made = self._admin.create_topics([new_topic(topic) for topic in topics])
        for future in made.values():
            future.result(60)

    def restart(self) -> None:
        """Stop the broker as a rolling update does, and start it again."""
        self.server.close()
        self.server.start()

    def ends(self, topics: list[str]) -> dict[tuple[str, int], int]:
        """Return the offset after the last record of each partition."""
        with self._asking:
            places = [TopicPartition(name, number) for name in topics for number in range(self._partitions[name])]
            found = [(place, self._looking.get_watermark_offsets(place, timeout=ANSWER)) for place in places]
        return {(place.topic, place.partition): high for place, (_, high) in found}

    def lag(self, topics: list[str]) -> int:
        """Return how many records the group has not yet committed."""
        ends = self.ends(topics)
        with self._asking:
            done = self._looking.committed([TopicPartition(*place) for place in ends], timeout=ANSWER)
        return sum(ends[place.topic, place.partition] - max(place.offset, 0) for place in done)

    def read(self, topics: list[str]) -> list[tuple[str, bytes]]:
        """Return every record's key and value, from the beginning."""
        ends = self.ends(topics)
        consumer = Consumer({"bootstrap.servers": self.address, "group.id": "reader", "enable.auto.commit": False})
        consumer.assign([TopicPartition(topic, number, 0) for topic, number in ends])
        found = []
        for _ in range(sum(ends.values())):
            message = consumer.poll(30)
            if message is None or message.error():
                raise TimeoutError(f"dead letters: {message and message.error()}")
            found.append(((message.key() or b"").decode(), message.value() or b""))
        consumer.close()
        return found
