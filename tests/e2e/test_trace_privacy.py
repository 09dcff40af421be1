"""Spans with secrets wherever a span can hold text: none is stored, queued on disk, logged, or a label."""

import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.json_format import MessageToJson
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, InstrumentationScope, KeyValue, KeyValueList
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span, Status

from compiler.catalog.catalog import Catalog, Watched
from compiler.traces import parts
from compiler.traces.conformance import sampled
from tests.e2e.trace_rig import Rig, Sizes
from tests.e2e.trace_source import Sender
from tests.pipelines import sensitive
from tests.pipelines.sensitive import Secret
from tests.tools.finder import require

pytestmark = pytest.mark.e2e

EACH = 20
"""Spans of each workload: every secret is looked for in every text, in six forms of it."""
SEEDS_FORBID = ("user_id", "location.lat", "location.lng", "customer_id", "recommendations", "embedding", "ip_address")


@pytest.fixture
def rig(tmp_path: Path, catalog: Catalog) -> Iterator[Rig]:
    running = Rig(require("otelcol"), catalog, tmp_path, Sizes(agents=1, gateways=1))
    yield running
    running.close()


def test_nothing_that_may_not_be_kept_comes_through(
    rig: Rig, catalog: Catalog, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    chance, secrets = random.Random(23), list[Secret]()
    requests = [_request(watched, chance, secrets).SerializeToString() for watched in sampled(catalog)]
    Sender(rig.addresses).send(requests)
    rig.settle(EACH * len(requests), EACH * len(requests))
    stored = [MessageToJson(resource, ensure_ascii=False) for resource in rig.storage.resources()]
    assert rig.storage.count() == EACH * len(requests)
    pages = [
        line for each in rig.gateways for line in each.page(parts.SPAN_METRICS_PORT).splitlines() if "_total{" in line
    ]
    logs = [each.log() for each in (*rig.agents, *rig.gateways)]
    waited = [path.read_bytes().decode("latin-1") for path in tmp_path.glob("*/storage/*") if path.is_file()]
    assert waited
    for where, texts in {"storage": stored, "metrics": pages, "logs": logs, "queues": waited}.items():
        assert not sensitive.leaks("\n".join(texts), secrets), where
    assert not [key for key in SEEDS_FORBID if f'"{key}"' in "".join(stored)]
    with capsys.disabled():
        print(f"\n{len(secrets):,} secrets in {rig.storage.count():,} spans, none in storage, metrics, logs or queues")


def _request(watched: Watched, chance: random.Random, secrets: list[Secret]) -> ExportTraceServiceRequest:
    """Return a workload's spans, all failed and so all kept, with secrets in all that a span has."""
    name = min(watched.traces.services)
    hidden = _opaque(chance, secrets)
    return ExportTraceServiceRequest(
        resource_spans=[
            ResourceSpans(
                resource=Resource(
                    attributes=[
                        *_values({"service.namespace": watched.name, "service.name": name, hidden: hidden}),
                        *_values({"service.version": _known(chance, secrets), "user_id": _opaque(chance, secrets)}),
                    ]
                ),
                scope_spans=[
                    ScopeSpans(
                        scope=InstrumentationScope(name="test", attributes=_values({hidden: hidden, "token": hidden})),
                        spans=[_span(watched, chance, secrets) for _ in range(EACH)],
                    )
                ],
            )
        ]
    )


def _span(watched: Watched, chance: random.Random, secrets: list[Secret]) -> Span:
    declared = sorted({name for span in watched.traces.spans for name in span.attributes if "." not in name})
    fields, found = sensitive.poisoned(chance, declared, [])
    secrets.extend(found)
    message, event = _sentence(chance, secrets), _sentence(chance, secrets)
    seeds = {key: _opaque(chance, secrets) for key in SEEDS_FORBID}
    lists = {chance.choice(declared or ["x"]): [_known(chance, secrets), "plain"]}
    objects = {f"{key}.inner": value for key, value in fields.items() if isinstance(value, dict)}
    now = time.time_ns()
    span = Span(
        trace_id=chance.randbytes(16),
        span_id=chance.randbytes(8),
        trace_state=f"vendor={_opaque(chance, secrets)}",
        name=chance.choice(["authenticate", f"GET /x?who={_known(chance, secrets)}"]),
        start_time_unix_nano=now,
        end_time_unix_nano=now + 1_000_000,
        attributes=_values({**seeds, **fields, **lists, **objects}),
        status=Status(code=Status.STATUS_CODE_ERROR, message=message),
    )
    thrown = {"exception.message": event, "exception.stacktrace": message, "password": _opaque(chance, secrets)}
    span.events.add(name="exception", time_unix_nano=now, attributes=_values(thrown))
    span.events.add(name=_sentence(chance, secrets), time_unix_nano=now)
    return span


def _known(chance: random.Random, secrets: list[Secret]) -> str:
    secrets.append(sensitive.recognisable(chance))
    return sensitive.encoded(chance, secrets[-1].value)


def _opaque(chance: random.Random, secrets: list[Secret]) -> str:
    secrets.append(sensitive.opaque(chance))
    return secrets[-1].value


def _sentence(chance: random.Random, secrets: list[Secret]) -> str:
    text, secret = sensitive.sentence(chance)
    secrets.append(secret)
    return text


def _values(fields: dict[str, Any]) -> list[KeyValue]:
    return [KeyValue(key=key, value=_value(value)) for key, value in fields.items()]


def _value(value: Any) -> AnyValue:
    if isinstance(value, dict):
        return AnyValue(kvlist_value=KeyValueList(values=_values(value)))
    if isinstance(value, list):
        return AnyValue(array_value=ArrayValue(values=[_value(each) for each in value]))
    return AnyValue(string_value=str(value))
