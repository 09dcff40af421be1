"""Log lines: structlog's and those of Python's logging, as one JSON object each on standard output."""

import json
import logging
import sys
from collections.abc import Callable, Mapping, MutableMapping
from typing import Any, TextIO

import structlog
from structlog.typing import FilteringBoundLogger as BoundLogger
from structlog.typing import Processor

from instrumentation.errors import Complaints, ContractError
from instrumentation.record import Record

_LEVELS = {"TRACE": 10, "DEBUG": 10, "INFO": 20, "WARN": 30, "WARNING": 30, "ERROR": 40, "FATAL": 50, "CRITICAL": 50}
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode


class Writer:
    """Writes records as lines; its own errors never reach a service in production."""

    def __init__(self, record: Record, out: TextIO | None, *, strict: bool) -> None:
        self.complaints = Complaints(self._warn, strict=strict)
        self._record = record
        self._out = out

    def line(self, level: str, fields: Mapping[str, Any]) -> str:
        """Return a line; where it cannot be made, a line about that.

        Raises:
            ContractError: in development, for what the schema does not have.
        """
        try:
            return _encode(self._record.make(level, fields, self.complaints))
        except ContractError:
            raise
        except Exception as error:
            if self.complaints.strict:
                raise
            failed = {"event": "log_line_failed", "error": {"type": type(error).__qualname__}}
            return _encode(self._record.make("error", failed, self.complaints))

    def write(self, line: str) -> None:
        """Write a line whole; a full disk or a closed pipe fails no request."""
        out = self._out or sys.stdout
        try:
            out.write(line + "\n")
            out.flush()
        except (OSError, ValueError):
            return

    def _warn(self, message: str) -> None:
        self.write(self.line("warning", {"event": "contract_broken", "message": message}))


class _Sink:
    """The sink for finished lines of structlog, of any level."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self.debug = self.info = self.warning = self.error = write
        self.critical = self.exception = self.fatal = self.msg = write


def make_logger(writer: Writer, level: str) -> BoundLogger:
    """Return the service's logger; fields bound to the context are on each of its lines.

    Args:
        writer: of the lines.
        level: the least that is written.
    """
    logger: BoundLogger = structlog.wrap_logger(
        _Sink(writer.write),
        processors=_processors(writer),
        wrapper_class=_filtering(level),
        cache_logger_on_first_use=True,
    )
    return logger


def configure(writer: Writer, level: str) -> None:
    """Make loggers of `structlog.get_logger()` write the same lines."""
    structlog.configure(
        processors=_processors(writer),
        wrapper_class=_filtering(level),
        logger_factory=lambda *_: _Sink(writer.write),
    )


def _filtering(level: str) -> type[BoundLogger]:
    return structlog.make_filtering_bound_logger(_LEVELS.get(level, logging.INFO))


def _processors(writer: Writer) -> list[Processor]:
    def render(_logger: object, method: str, fields: MutableMapping[str, Any]) -> str:
        return writer.line(method, fields)

    return [structlog.contextvars.merge_contextvars, render]


class Bridge(logging.Handler):
    """Turns lines of Python's logging into records: their text is free text."""

    def __init__(self, writer: Writer) -> None:
        super().__init__()
        self._writer = writer

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record of `logging`; an error is handled as Python does."""
        try:
            fields = {
                **structlog.contextvars.get_contextvars(),
                "message": record.getMessage(),
                "logger": record.name,
                "exc_info": record.exc_info,
            }
            self._writer.write(self._writer.line(record.levelname, fields))
        except Exception:
            self.handleError(record)
