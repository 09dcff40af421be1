"""Redaction of spans: no forbidden attribute, ids as keyed hashes, patterns masked, in events as well."""

from collections.abc import Mapping
from typing import Any, cast

from opentelemetry.sdk.trace import Event, ReadableSpan
from opentelemetry.trace import Status
from opentelemetry.util.types import Attributes, AttributeValue

from instrumentation.contract import Contract
from instrumentation.fields import field_rules
from instrumentation.hashing import KeyedHash
from instrumentation.keys import KeyNames
from instrumentation.redaction import Redactor


class Cleaner:
    """Removes forbidden attributes from spans.

    Attributes:
        redact: of strings.
    """

    def __init__(
        self, contract: Contract, stream: Mapping[str, Any], redact: Redactor, keyed: KeyedHash | None
    ) -> None:
        rules = field_rules(contract.logs, stream)
        self.redact = redact
        self._keyed = keyed
        self._removed = KeyNames([*contract.logs["forbidden"], *stream["forbidden"]])
        self._dropped = {name for name, rule in rules.items() if rule.get("treat") in ("drop", "geo")}
        self._hashed = {
            name: (str(rule["into"]), str(rule["domain"]))
            for name, rule in rules.items()
            if rule.get("treat") == "hash"
        }
        self._dropped |= contract.withheld - set(self._hashed)
        # "location" as one string is as private as "location.lat".
        self._heads = {name.partition(".")[0] for name in self._dropped if "." in name}

    def span(self, span: ReadableSpan) -> ReadableSpan:
        """Return the span without forbidden attributes."""
        status = span.status
        if status.description:
            status = Status(status.status_code, self.redact(status.description))
        return ReadableSpan(
            name=span.name,
            context=span.context,
            parent=span.parent,
            resource=span.resource,
            attributes=self.attributes(span.attributes),
            events=[Event(one.name, self.attributes(one.attributes), one.timestamp) for one in span.events],
            links=span.links,
            kind=span.kind,
            status=status,
            start_time=span.start_time,
            end_time=span.end_time,
            instrumentation_scope=span.instrumentation_scope,
        )

    def attributes(self, attributes: Attributes) -> dict[str, AttributeValue]:
        """Return the attributes to keep; an id stands under the name of its hash."""
        found = (self.kept(name, value) for name, value in (attributes or {}).items())
        return {name: value for name, value in filter(None, found) if value is not None}

    def kept(self, name: str, value: AttributeValue) -> tuple[str, AttributeValue] | None:
        """Return an attribute's exported name and value; None where it is dropped."""
        hashed = self._hashed.get(name)
        if hashed is not None:
            into, domain = hashed
            return (into, self._keyed(domain, str(value))) if self._keyed is not None and value != "" else None
        return None if self.withholds(name) or name in self._heads else (name, self._value(value))

    def withholds(self, name: str) -> bool:
        """Return whether everything under this dotted name is forbidden, at any depth."""
        return name in self._dropped or any(part in self._removed for part in name.split("."))

    def _value(self, value: AttributeValue) -> AttributeValue | None:
        if isinstance(value, str):
            return self.redact(value)
        if isinstance(value, bool):
            return value
        if isinstance(value, (int, float)):
            return self.redact.number(value)
        if isinstance(value, (bytes, Mapping)) or value is None:
            return None
        return cast(AttributeValue, [self.redact(one) if isinstance(one, str) else one for one in value])
