"""Make the log record of an event: listed names only, ids hashed, patterns masked."""

import sys
import time
import traceback
from collections.abc import Mapping
from functools import lru_cache
from types import TracebackType
from typing import Any

from opentelemetry import trace

from instrumentation.errors import Complaints
from instrumentation.fields import Field, Names, Treatment, WrongTypeError, sensitive_names
from instrumentation.hashing import KeyedHash
from instrumentation.keys import KeyNames
from instrumentation.redaction import Redactor

_RESERVED = frozenset({"timestamp", "level", "service", "instance", "trace_id", "span_id"})
"""What the record has of its own; a line's word does not count."""
_BESIDE = frozenset({"exc_info", "stack_info"})
"""What loggers take beside fields."""
ExcInfo = tuple[type[BaseException] | None, BaseException | None, TracebackType | None]


class Record:
    """Turns an event's fields into the record of one stream's lines.

    Attributes:
        redact: of the stream's strings.
    """

    def __init__(
        self, logs: Mapping[str, Any], stream: Mapping[str, Any], service: str, instance: str, keyed: KeyedHash | None
    ) -> None:
        self.redact = Redactor(logs["patterns"], sensitive_names(logs, stream), logs["limits"]["string_chars"])
        self._names = Names(logs, stream, Treatment(self.redact, keyed, stream["text"] == "drop"))
        self._forbidden = KeyNames([*logs["forbidden"], *stream["forbidden"]])
        self._levels: Mapping[str, str] = logs["levels"]
        self._stream = stream
        self._categories = frozenset(logs["categories"])
        self._fixed = {"service": service, "instance": instance}

    def make(self, level: str, fields: Mapping[str, Any], complaints: Complaints) -> dict[str, Any]:
        """Return the record.

        Args:
            level: the method's name: info, warning, exception.
            fields: what the service says; `event` among them.
            complaints: where names and values outside of the schema are reported.

        Raises:
            ContractError: in development, for such a name or value.
        """
        record: dict[str, Any] = {
            "timestamp": _now(),
            "level": self._levels.get(level.upper(), "INFO"),
            **self._fixed,
            **_trace(),
        }
        aliased = list[tuple[str, Field, Any]]()
        for name, field, value in self._names.find(fields):
            if field is None:
                if name not in _BESIDE:
                    self._unknown(name, complaints)
            elif field.alias:
                aliased.append((name, field, value))
            elif name not in _RESERVED:
                _put(record, name, field, value, complaints)
        for name, field, value in aliased:
            if not _has(record, field.path):
                _put(record, name, field, value, complaints)
        if fields.get("exc_info"):
            self._error(record, fields["exc_info"], complaints)
        record["category"] = self._category(record)
        return record

    def knows(self, name: str) -> bool:
        """Return whether lines of the stream may have a field of that dotted name."""
        return self._names.knows(name)

    def _category(self, record: Mapping[str, Any]) -> str:
        """Return the category of a line: its event's, else its own, else its stream's."""
        by_event = self._stream["categories"].get(record.get("event"))
        declared = record.get("category")
        return str(by_event or (declared if declared in self._categories else self._stream["category"]))

    def _unknown(self, name: str, complaints: Complaints) -> None:
        forbidden = any(part in self._forbidden for part in name.split("."))
        what = "which no line may hold" if forbidden else "which is not there: add it to logs.yaml, or do not log it"
        complaints.report(f"log:{name}", f"log: expected a field of the workload's schema, found '{name}', {what}")

    def _error(self, record: dict[str, Any], exc_info: object, complaints: Complaints) -> None:
        kind, error, where = _exc_info(exc_info)
        if kind is None:
            return
        stack = "".join(traceback.format_exception(kind, error, where))
        errors = {"error": {"type": kind.__qualname__, "message": str(error), "stack": stack}}
        for name, field, value in self._names.find(errors):
            if field is not None and not _has(record, field.path):
                _put(record, name, field, value, complaints)


def _put(record: dict[str, Any], name: str, field: Field, value: object, complaints: Complaints) -> None:
    try:
        kept = field.convert(value)
    except WrongTypeError as wrong:
        complaints.report(f"type:{name}", f"log: {name}: expected {wrong}, found {type(value).__name__}")
        return
    if kept is None:
        return
    path = field.path
    if len(path) == 1:
        record[path[0]] = kept
        return
    for parent in path[:-1]:
        record = record.setdefault(parent, {})
    record[path[-1]] = kept


def _has(record: Mapping[str, Any], path: tuple[str, ...]) -> bool:
    *parents, last = path
    for parent in parents:
        record = record.get(parent, {})
    return last in record


def _now() -> str:
    seconds, milli = divmod(time.time_ns() // 1_000_000, 1_000)
    return f"{_second(seconds)}.{milli:03d}Z"


@lru_cache(maxsize=2)
def _second(seconds: int) -> str:
    """Return the current second as text, cached: to format it for each line takes as long as half of the rest."""
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))


def _trace() -> dict[str, str]:
    """Return the active trace's ids, in hexadecimal; nothing where there is none."""
    context = trace.get_current_span().get_span_context()
    if not context.is_valid:
        return {}
    return {"trace_id": f"{context.trace_id:032x}", "span_id": f"{context.span_id:016x}"}


def _exc_info(exc_info: object) -> ExcInfo:
    if isinstance(exc_info, BaseException):
        return type(exc_info), exc_info, exc_info.__traceback__
    if isinstance(exc_info, tuple):
        kind, error, where = exc_info
        return kind, error, where
    return sys.exc_info()
