"""Services watched by the compiled contracts, in this process, with their lines and spans."""

import io
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from compiler.catalog.catalog import Catalog
from compiler.instrumentation import contract
from instrumentation import Settings, Watch
from instrumentation.contract import read_contract

WORKLOADS = ("personalization", "recommendation-service")


def write_contracts(catalog: Catalog, folder: Path) -> Path:
    """Write the contracts of the examples' workloads, as `make render` does."""
    for watched in catalog:
        if watched.name in WORKLOADS:
            (folder / f"{watched.name}.json").write_text(json.dumps(contract(watched, catalog)))
    return folder


@dataclass
class Emitted:
    """What services said: each line, and each span with the name of its service."""

    contracts: Path
    out: io.StringIO = field(default_factory=io.StringIO)
    exporters: dict[str, InMemorySpanExporter] = field(default_factory=dict)
    watches: list[Watch] = field(default_factory=list)

    def watch(self, workload: str, service: str) -> Watch:
        """Start a watch in development, so that whatever the catalog does not have is an error."""
        made = read_contract(self.contracts / f"{workload}.json", workload)
        watch = Watch(made, service, Settings(), environment="development", out=self.out)
        self.exporters[service] = InMemorySpanExporter()
        watch._provider.add_span_processor(SimpleSpanProcessor(self.exporters[service]))
        self.watches.append(watch)
        return watch

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.getvalue().splitlines()]

    @property
    def spans(self) -> dict[str, ReadableSpan]:
        """Spans by name; a name that came twice is an error of the test."""
        found = [span for exporter in self.exporters.values() for span in exporter.get_finished_spans()]
        assert len({span.name for span in found}) == len(found), [span.name for span in found]
        return {span.name: span for span in found}

    def forget(self) -> None:
        """Forget spans and lines."""
        for exporter in self.exporters.values():
            exporter.clear()
        self.out.seek(0)
        self.out.truncate()

    def close(self) -> None:
        for watch in self.watches:
            watch.close()


def service_of(span: ReadableSpan) -> str:
    """Return the name of the service that a span's resource has."""
    return str(span.resource.attributes["service.name"])


def trace_of(span: ReadableSpan) -> str:
    """Return a span's trace in hex."""
    assert span.context
    return f"{span.context.trace_id:032x}"
