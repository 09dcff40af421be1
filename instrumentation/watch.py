"""One service, watched: its logger, tracer, metrics and health, all from one contract."""

import logging
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TextIO

import structlog
from opentelemetry import propagate, trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.trace import Span, StatusCode
from opentelemetry.util.types import AttributeValue

from instrumentation.asgi import App, Middleware
from instrumentation.attributes import Cleaner
from instrumentation.aws_lambda import Handler, LambdaHandler
from instrumentation.checks import Result
from instrumentation.contract import Contract, MetricSpec, read_contract, stream_of
from instrumentation.errors import DEVELOPMENT, ContractError
from instrumentation.hashing import KeyedHash, passing_key, read_key
from instrumentation.health import Health
from instrumentation.logs import Bridge, Writer, configure, make_logger
from instrumentation.profiling import start_profiling
from instrumentation.record import Record
from instrumentation.registry import Metrics
from instrumentation.sampling import Keeping, Share, by_tail, head_percent
from instrumentation.scrubbing import Scrubber
from instrumentation.sentry import Sentry
from instrumentation.settings import Settings, read_settings
from instrumentation.spans import Spans
from instrumentation.tracing import CleaningExporter, make_provider, otlp, w3c
from instrumentation.traffic import Traffic
from instrumentation.xray import XRayIds


class Watch:
    """What `start` returns.

    Attributes:
        contract: what the service may emit.
        service: what it calls itself.
        log: its logger; `log.info("event", field=value)`.
        tracer: OpenTelemetry's; `span` checks names and attributes as well.
        metrics: the declared ones.
        health: its dependencies.
        traffic: of its last minutes.
        record: makes the lines.
        endpoints: paths that metrics may name.
    """

    def __init__(
        self, contract: Contract, service: str, settings: Settings, *, environment: str, out: TextIO | None = None
    ) -> None:
        strict = environment in DEVELOPMENT
        self.contract = contract
        self.service = service
        self.settings = settings
        keyed = _keyed(settings, strict=strict)
        stream = stream_of(contract, service, settings.stream)
        self.record = Record(contract.logs, stream, service, settings.instance, keyed)
        self._writer = Writer(self.record, out, strict=strict)
        complaints = self._writer.complaints
        self.log = make_logger(self._writer, settings.level)
        share = head_percent(contract, service) if settings.head_percent is None else settings.head_percent
        cleaner = Cleaner(contract, stream, self.record.redact, keyed)
        exporter = CleaningExporter(otlp(settings.endpoint), cleaner) if settings.endpoint else None
        resource = _resource(contract.workload, service, environment, settings.instance)
        ids = None if by_tail(contract) else XRayIds()
        self._provider = make_provider(resource, Share(share, contract.salt), exporter, ids)
        self.tracer = self._provider.get_tracer("instrumentation")
        self._spans = Spans(contract, self.tracer, complaints)
        self._keeping = Keeping(contract, service)
        self.metrics = Metrics(contract.metrics, self._exemplar, complaints)
        self.counter, self.gauge = self.metrics.counter, self.metrics.gauge
        self.histogram, self.summary = self.metrics.histogram, self.metrics.summary
        self.traffic = Traffic()
        self.health = Health(contract, self.metrics, complaints, self._changed)
        labels = [one.labels.get("endpoint", ()) for one in contract.metrics.values()]
        self.endpoints = frozenset(value for values in labels for value in values)
        self._bridge = Bridge(self._writer)
        self._cleaner = cleaner
        self._facts = {
            "workload": contract.workload,
            "service": service,
            "environment": environment,
            "instance": settings.instance,
        }
        self._sentry: Sentry | None = None

    def span(self, name: str, /, kind: str | None = None, **attributes: AttributeValue) -> AbstractContextManager[Span]:
        """Open a span around a block; an exception out of it is recorded, and marks it as failed.

        Args:
            name: as the workload's `traces.yaml` has it.
            kind: server, client, internal, producer or consumer, where the catalog does not say it.
            attributes: those that are known at its beginning.

        Raises:
            ContractError: in development, for a name that the workload does not have, or when an attribute is missing.
        """
        return self._spans.span(name, attributes, kind)

    def bind(self, **fields: object) -> Mapping[str, object]:
        """Bind fields to each line from here on, in this request or task: `bind(tenant_id=...)`; return tokens."""
        return structlog.contextvars.bind_contextvars(**fields)

    def asgi(self, app: App, *, event: str | None = "request") -> Middleware:
        """Return the application with a trace, a line and metrics for each request, and the pages of health.

        Args:
            app: of ASGI: FastAPI's, Starlette's or any other.
            event: of the line that each request leaves; None for a service that writes its own.
        """
        return Middleware(self._sentry.asgi(app) if self._sentry else app, self, event)

    def report(self, error: Exception) -> None:
        """Report an error that nothing else catches, where errors are reported."""
        if self._sentry is not None:
            self._sentry.capture(error)

    def handler(self, span: str, *, event: str) -> Callable[[LambdaHandler], Handler]:
        """Return a decorator for the handler of a function on AWS Lambda.

        Args:
            span: of a request; the steps in it are the handler's own, by `span`.
            event: of the one line that a request leaves; `bind` puts fields on it.
        """
        return lambda handler: Handler(self, handler, span, event)

    def install(self) -> None:
        """Install these globally: for libraries that use OpenTelemetry, structlog or `logging`."""
        propagate.set_global_textmap(w3c())
        if isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider):
            trace.set_tracer_provider(self._provider)
        configure(self._writer, self.settings.level)
        root = logging.getLogger()
        root.addHandler(self._bridge)
        root.setLevel(max(root.level, logging.INFO))
        self._report()

    def _report(self) -> None:
        """Start error reports and profiles where the environment asks for them; a failure stops no service."""
        try:
            if self.settings.sentry_dsn_file:
                self._sentry = Sentry(self.settings.sentry_dsn_file, Scrubber(self._cleaner), self._facts)
            if self.settings.pyroscope_address:
                start_profiling(self.settings.pyroscope_address, self._facts)
        except ContractError as error:
            self._writer.complaints.report(str(error), str(error))

    def error_context(self, **fields: object) -> None:
        """Add context to this request's error report, where errors are reported."""
        if self._sentry is not None:
            self._sentry.context(fields)

    def flush(self, timeout: float = 5.0) -> bool:
        """Flush the spans within that many seconds; return whether it succeeded."""
        return self._provider.force_flush(int(timeout * 1_000))

    def close(self) -> None:
        """Flush and close everything."""
        logging.getLogger().removeHandler(self._bridge)
        if self._sentry is not None:
            self._sentry.close()
        self._provider.shutdown()

    def _changed(self, name: str, result: Result) -> None:
        if result.ok:
            self.log.info("dependency_recovered", message=f"{name} answers again")
        else:
            self.log.warning("dependency_failed", message=f"{name}: {result.error} after {result.milliseconds} ms")

    def _exemplar(self, spec: MetricSpec, value: float) -> dict[str, str] | None:
        span = trace.get_current_span()
        context = span.get_span_context()
        if not context.trace_flags.sampled:
            return None
        seconds = value if spec.unit == "seconds" and spec.type == "histogram" else 0.0
        name = getattr(span, "name", "")
        failed = getattr(getattr(span, "status", None), "status_code", None) is StatusCode.ERROR
        if not self._keeping.keeps(context, name=name, failed=failed, seconds=seconds):
            return None
        return {"trace_id": f"{context.trace_id:032x}", "span_id": f"{context.span_id:016x}"}


def start(*, workload: str, service: str, contract: Path, environment: str, settings: Settings | None = None) -> Watch:
    """Begin to watch this process: one call, once, as early as possible.

    Args:
        workload: its name in the catalog; the resource attribute `service.namespace`.
        service: what its lines and spans call it; the resource attribute `service.name`.
        contract: the file `instrumentation/<workload>.json` that `make render` writes.
        environment: `development`, `local`, `dev` and `test` make mistakes errors; any other warns once of each.
        settings: in place of environment variables, for tests.

    Raises:
        ContractError: when the contract is not that workload's, or has no such service; in any environment.
    """
    found = read_contract(contract, workload)
    if service not in found.services:
        raise ContractError(f"start: service: expected one of {sorted(found.services)}, found '{service}'")
    watch = Watch(found, service, settings or read_settings(), environment=environment)
    watch.install()
    return watch


def _keyed(settings: Settings, *, strict: bool) -> KeyedHash | None:
    """Return the keyed hash of ids: with a temporary key in development; None, which drops ids, in production."""
    if settings.id_key_file is not None:
        return KeyedHash(read_key(settings.id_key_file))
    return KeyedHash(passing_key()) if strict else None


def _resource(workload: str, service: str, environment: str, instance: str) -> Resource:
    """Return the resource of every span (OpenTelemetry semantic conventions, resource)."""
    return Resource.create(
        {
            "service.name": service,
            "service.namespace": workload,
            "service.instance.id": instance,
            "deployment.environment.name": environment,
        }
    )
