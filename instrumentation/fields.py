"""The fields of a line and the treatment of each: the log job's rules, applied where lines are made."""

import ipaddress
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from instrumentation.hashing import KeyedHash
from instrumentation.keys import KeyNames
from instrumentation.redaction import Redactor

Convert = Callable[[Any], Any]
_MOST_DIGITS = 40
"""An id has 128 bits at most; longer integers take long to write."""


class WrongTypeError(Exception):
    """A value that is not of its field's type; the message says what was expected."""


@dataclass(frozen=True)
class Field:
    """A name of a line.

    Attributes:
        path: where its value goes, as the parts of a dotted name.
        convert: makes the value that is kept, None for nothing; raises WrongTypeError.
        alias: whether it is another name: the field's own wins.
    """

    path: tuple[str, ...]
    convert: Convert
    alias: bool = False


@dataclass(frozen=True)
class Treatment:
    """The tools of treatment.

    Attributes:
        redact: of text.
        keyed: the hash of ids; without one they are dropped.
        drops_text: whether free text is not kept at all.
    """

    redact: Redactor
    keyed: KeyedHash | None
    drops_text: bool


def field_rules(logs: Mapping[str, Any], stream: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Return the rules of all names of a stream's lines; its own win over the shared record's."""
    return {**logs["record"], **stream["fields"]}


def sensitive_names(logs: Mapping[str, Any], stream: Mapping[str, Any]) -> list[str]:
    """Return the keys that no string may hold: the forbidden ones, and those whose values are hashed."""
    rules = field_rules(logs, stream)
    aliases = [alias for alias, name in stream["aliases"].items() if _is_sensitive(rules[name])]
    own = [name for name, rule in rules.items() if _is_sensitive(rule)]
    return [*logs["forbidden"], *stream["forbidden"], *(name.rpartition(".")[2] for name in (*own, *aliases))]


def _is_sensitive(rule: Mapping[str, Any]) -> bool:
    return bool(rule.get("treat", "keep") != "keep")


class Names:
    """The names that a stream's lines may have; one with a forbidden part counts as unknown."""

    def __init__(self, logs: Mapping[str, Any], stream: Mapping[str, Any], treatment: Treatment) -> None:
        removed = KeyNames([*logs["forbidden"], *stream["forbidden"]])
        rules = field_rules(logs, stream)
        own = {name: _field(name, rule, treatment) for name, rule in rules.items()}
        others = {alias: replace(own[name], alias=True) for alias, name in stream["aliases"].items()}
        both = others | own
        self._fields = {name: both[name] for name in both if not any(part in removed for part in name.split("."))}
        self._parents = {name[: n + 1] for name in self._fields for n, c in enumerate(name) if c == "."}

    def knows(self, dotted: str) -> bool:
        """Return whether a value may stand under that name."""
        return dotted in self._fields

    def find(self, fields: Mapping[str, Any], above: str = "") -> list[tuple[str, Field | None, Any]]:
        """Return each emitted value with its dotted name and its field, where there is one."""
        found = list[tuple[str, Field | None, Any]]()
        for name, value in fields.items():
            dotted = f"{above}{name}"
            if value is None:
                continue
            inner = f"{dotted}."
            if inner in self._parents and isinstance(value, Mapping):
                found += self.find(value, inner)
            else:
                found.append((dotted, self._fields.get(dotted), value))
        return found


def _field(name: str, rule: Mapping[str, Any], treatment: Treatment) -> Field:
    treat = rule.get("treat", "keep")
    path = tuple(str(rule.get("into", name)).split("."))
    if treat == "drop" or (rule["type"] == "text" and treatment.drops_text):
        return Field(path, _nothing)
    convert = _converter(str(rule["type"]), rule, treatment)
    return Field(path, _hashing(convert, str(rule["domain"]), treatment.keyed) if treat == "hash" else convert)


def _hashing(convert: Convert, domain: str, keyed: KeyedHash | None) -> Convert:
    """Return the conversion of ids; without a key they are dropped: a bare hash is undone by trying all ids."""
    if keyed is None:
        return _nothing
    return lambda value: keyed(domain, found) if (found := convert(value)) else None


def _converter(kind: str, rule: Mapping[str, Any], treatment: Treatment) -> Convert:
    redact = treatment.redact
    if kind == "array":
        item = _converter(str(rule["items"]), {}, treatment)
        return lambda value: [kept for one in _items(value) if one is not None and (kept := item(one)) is not None]
    if kind == "id":
        digits = int(rule.get("hex", 0))
        hashed = rule.get("treat") == "hash"
        return lambda value: _id(value, digits) if hashed else redact(_id(value, digits))
    converters: dict[str, Convert] = {
        "timestamp": _timestamp,
        "boolean": _boolean,
        "ip": _address,
        "number": lambda value: redact.number(_number(value)),
        "integer": lambda value: redact.number(_integer(value)),
    }
    return converters.get(kind, lambda value: redact(_text(value)))


def _nothing(_value: object) -> None:
    return None


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, (bytes, Mapping)) or (isinstance(value, Iterable) and not hasattr(value, "name")):
        raise WrongTypeError("text")
    return str(value)


def _id(value: object, digits: int) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        plain = 0 <= value < 10**_MOST_DIGITS and digits
        return f"{value:0{digits}x}" if plain else str(value)
    return _text(value)


def _number(value: object) -> float:
    if isinstance(value, bool) or not hasattr(value, "__float__"):
        raise WrongTypeError("a number")
    found = value if isinstance(value, (int, float)) else float(value)
    if not math.isfinite(found):
        raise WrongTypeError("a finite number")
    return found


def _integer(value: object) -> int:
    found = _number(value)
    if found != int(found):
        raise WrongTypeError("a whole number")
    return int(found)


def _boolean(value: object) -> bool:
    if not isinstance(value, bool):
        raise WrongTypeError("true or false")
    return value


def _address(value: object) -> str:
    try:
        return str(ipaddress.ip_address(_text(value)))
    except ValueError:
        raise WrongTypeError("an address of IPv4 or IPv6") from None


def _timestamp(value: object) -> str:
    if not isinstance(value, datetime):
        raise WrongTypeError("a datetime")
    return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _items(value: object) -> Iterable[Any]:
    if isinstance(value, (str, bytes, Mapping)) or not isinstance(value, Iterable):
        raise WrongTypeError("a list")
    return value
