"""Spans by their declared names, with the attributes that the catalog asks for."""

import re
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager

from opentelemetry.trace import Span, SpanKind, Tracer
from opentelemetry.util.types import AttributeValue

from instrumentation.contract import Contract, SpanSpec
from instrumentation.errors import Complaints

_KINDS = {kind.name.lower(): kind for kind in SpanKind}


class Spans:
    """Creates spans, and reports those that are undeclared or lack an attribute."""

    def __init__(self, contract: Contract, tracer: Tracer, complaints: Complaints) -> None:
        self._declared = contract.spans
        self._naming = re.compile(contract.naming) if contract.naming else None
        self._tracer = tracer
        self._complaints = complaints

    def span(
        self, name: str, attributes: Mapping[str, AttributeValue], kind: str | None = None
    ) -> AbstractContextManager[Span]:
        """Open a span around a block; an exception out of it is recorded, and marks it as failed.

        Args:
            name: as `traces.yaml` has it.
            attributes: those that are known at its beginning.
            kind: server, client and so on, where the catalog does not say it.

        Raises:
            ContractError: in development, for a name that the workload does not have, or when an attribute is missing.
        """
        spec = self._spec(name)
        span_kind = spec.kind if spec else kind or "internal"
        opened = self._tracer.start_as_current_span(name, kind=_KINDS[span_kind], attributes=attributes)
        return self._checked(spec, opened) if spec is not None and spec.attributes else opened

    @contextmanager
    def _checked(self, spec: SpanSpec, opened: AbstractContextManager[Span]) -> Iterator[Span]:
        with opened as span:
            yield span
            self._check(spec, span)

    def _spec(self, name: str) -> SpanSpec | None:
        found = self._declared.get(name)
        if found is None and not (self._naming and self._naming.search(name)):
            self._complaints.report(
                f"span:{name}", f"span: {name}: expected a name of the workload's traces.yaml: add it there"
            )
        return found

    def _check(self, spec: SpanSpec, span: Span) -> None:
        """Report missing attributes of a finished span; one that is not recorded has none to look at."""
        found = getattr(span, "attributes", None)
        if span.is_recording() and found is not None:
            missing = sorted(spec.attributes - set(found))
            if missing:
                message = f"span: {spec.name}: expected attributes {sorted(spec.attributes)}, missing {missing}"
                self._complaints.report(f"span:{spec.name}:{missing}", message)
