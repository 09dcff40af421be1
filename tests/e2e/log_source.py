"""Lines of every stream in its service's own format, good, bad and full of secrets, sent to Kafka at a steady rate."""

import hashlib
import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any

from confluent_kafka import Message, Producer

from tests.pipelines import formats, sensitive
from tests.pipelines.test_privacy import poisoned_line, refused

EITHER = "either"
"""A line broken at random may still be good: that it arrives once, in one of the two places, is all that is known."""
BATCH = 200


@dataclass
class Sent:
    """One line, and what is to become of it."""

    topic: str
    value: bytes
    reason: str | None = None
    secrets: list[sensitive.Secret] = field(default_factory=list)
    place: tuple[str, int] | None = None
    """The shipper's file and offset; None for a line that came without."""
    id: str = ""


def now() -> int:
    return int(time.time() * 1000)


def text(made: dict[str, Any]) -> bytes:
    return formats.as_json(made)


BAD: dict[str, Callable[[dict[str, Any]], bytes]] = {
    "not-utf8": lambda made: text(made)[:-1] + b', "x": "\xff\xfe"}',
    "not-json": lambda made: text(made)[:-9],
    "not-an-object": lambda made: b"[" + text(made) + b"]",
    "too-long": lambda made: text({**made, "x": "y" * 1_000_000}),
    "too-deep": lambda made: text({**made, "x": json.loads("[" * 30 + "]" * 30)}),
    "too-many-fields": lambda made: text({**made, **{f"n{i}": i for i in range(200)}}),
    "duplicate-key": lambda made: text(made)[:-1] + b', "level": "INFO"}',
    "missing-field": lambda made: text({**made, "level": None}),
    "wrong-type": lambda made: text({**made, "message": ["not", "text"]}),
    "unknown-service": lambda made: text({**made, "service": "stranger"}),
    "bad-timestamp": lambda made: text({**made, "timestamp": "yesterday"}),
    "from-the-future": lambda made: text({**made, "timestamp": formats.iso(now() + 86_400_000)}),
}
SHIPPED = ("missing-field", "wrong-type", "unknown-service", "bad-timestamp", "from-the-future", "too-many-fields")
"""Reasons that the shipper's envelope can hold: it has parsed the line itself."""
HUGE = 5
"""How many lines of a megabyte: each reason but this comes alike."""


class Source:
    """Makes lines; the same for the same seed, apart from times."""

    def __init__(self, rules: dict[str, Any], seed: int) -> None:
        self._rules, self._random = rules, Random(seed)
        self._offset = 0

    def lines(self, count: int, private: int, bad: int) -> Iterator[Sent]:
        """Yield so many, of which some are full of secrets and some are bad, mixed."""
        kinds = ["private"] * private + ["bad"] * bad + ["good"] * (count - private - bad)
        self._random.shuffle(kinds)
        reasons = [reason for reason in BAD if reason != "too-long"]
        turn = 0
        for kind in kinds:
            if kind == "good":
                yield self._good()
            elif kind == "private":
                yield self._private()
            else:
                turn += 1
                yield self._bad("too-long" if turn <= HUGE else reasons[turn % len(reasons)])

    def _good(self) -> Sent:
        stream = self._random.choice(self._rules["streams"])
        value = text(formats.line(self._random, stream, now()))
        return self._shipped(Sent(stream["topic"], value))

    def _private(self) -> Sent:
        stream, value, secrets = poisoned_line(self._random, self._rules)
        if self._random.random() < 0.2:
            return Sent(stream["topic"], refused(self._random, value), EITHER, secrets)
        return self._shipped(Sent(stream["topic"], value, None, secrets))

    def _bad(self, reason: str) -> Sent:
        stream = self._random.choice(self._rules["streams"])
        sent = Sent(stream["topic"], BAD[reason](formats.line(self._random, stream, now())), reason)
        return self._shipped(sent) if reason in SHIPPED else sent

    def _shipped(self, sent: Sent) -> Sent:
        if self._random.random() < 0.3:
            return sent
        self._offset += len(sent.value)
        sent.place = (f"/var/log/containers/{sent.topic}.log", self._offset)
        sent.value = formats.shipped(sent.value, *sent.place, quoted=self._random.random() < 0.3)
        return sent


def send(address: str, lines: Iterator[Sent], rate: int, streams: dict[str, str]) -> list[Sent]:
    """Send all at a rate (lines a second), through whatever befalls the broker; return them with their ids.

    Args:
        address: the broker's.
        lines: what to send.
        rate: lines a second; more are not sent.
        streams: the stream of each topic.
    """
    options = {"bootstrap.servers": address, "enable.idempotence": True, "linger.ms": 20, "log_level": 2}
    producer = Producer({**options, "message.max.bytes": 5_000_000, "delivery.timeout.ms": 120_000})
    sent: list[Sent] = []
    failed: Counter[str] = Counter()
    started = time.monotonic()
    for line in lines:
        while True:
            try:
                producer.produce(line.topic, line.value, on_delivery=delivered(line, streams, failed))
                break
            except BufferError:
                producer.poll(0.5)
        sent.append(line)
        if len(sent) % BATCH == 0:
            producer.poll(0)
            time.sleep(max(0.0, started + len(sent) / rate - time.monotonic()))
    producer.flush(120)
    if failed:
        raise ConnectionError(f"lines that Kafka did not take: {failed}")
    return sent


def delivered(line: Sent, streams: dict[str, str], failed: Counter[str]) -> Callable[[Any, Message], None]:
    """Return what happens when Kafka has a line: its id is known."""

    def on_delivery(error: Any, message: Message) -> None:
        if error:
            failed[str(error)] += 1
            return
        place = line.place or (f"{message.topic()}/{message.partition()}/{message.offset()}",)
        named = "\n".join([streams[line.topic], *(str(part) for part in place)])
        line.id = hashlib.sha256(named.encode()).hexdigest()[:32]

    return on_delivery
