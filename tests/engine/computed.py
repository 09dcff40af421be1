"""The outputs that a provider computes, typed as the SDK's own classes say."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, get_args, get_origin

from pulumi import _types

from sandbox.guard import ACCOUNT
from sandbox.values import UNKNOWN, Secret
from tests.program.sdk import resource_class

_DEPTH = 4
"""Levels of nested objects that are filled in; deeper ones are left out."""
_PLAIN: Mapping[type, Any] = {bool: False, int: 1, float: 1.0}
_IMPORTING = threading.Lock()
"""Held while a class is looked up: a second thread would see the SDK's module half imported, without the class."""


class Computed:
    """Makes the computed outputs of one resource: each text is unique, so that it can be found wherever it goes.

    The real provider's values mean something. These have the form of an ARN where the property's name says so, since
    policies read ARNs, and no other form: a program that takes other computed text apart would need more. Numbers are
    1 and booleans false, whatever the cloud would say.

    Args:
        unknown: whether the values are not known yet, as in a preview.
    """

    def __init__(self, *, unknown: bool) -> None:
        self._unknown = unknown
        self._mark = uuid.uuid4().hex[:12]

    def text(self, path: str) -> str:
        """Return a value for the property at that path."""
        value = f"computed-{self._mark}-{path}"
        return f"arn:aws:engine:us-east-1:{ACCOUNT}:{value}" if path.lower().endswith("arn") else value

    def missing(self, token: str, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return every output that the type always has and the inputs do not give."""
        with _IMPORTING:
            cls = resource_class(token)
        # A custom resource of Kubernetes has a class that knows nothing of its kind: what is given comes back.
        hints = _types._raw_return_hints(cls) if cls else {}
        always = [name for name, hint in hints.items() if name not in given and _always(hint)]
        if self._unknown:
            return dict.fromkeys(always, UNKNOWN)
        made = {name: self._value(_types.unwrap_type(hints[name]), name, 0) for name in always}
        return {name: value for name, value in made.items() if value is not None}

    def _value(self, kind: Any, path: str, depth: int) -> Any:
        origin = get_origin(kind) or kind
        if _types.is_output_type(kind):
            return self._nested(kind, path, depth + 1)
        if origin in _PLAIN:
            return _PLAIN[origin]
        if isinstance(origin, type) and issubclass(origin, Mapping):
            return {}
        if isinstance(origin, type) and issubclass(origin, Sequence) and origin is not str:
            item = self._value(get_args(kind)[0], f"{path}[0]", depth + 1)
            return [] if item is None else [item]
        return self.text(path)

    def _nested(self, kind: type, path: str, depth: int) -> dict[str, Any] | None:
        if depth > _DEPTH:
            return None
        members = _types.output_type_types(kind)
        made = {name: self._value(each, f"{path}.{name}", depth) for name, each in members.items()}
        return {name: value for name, value in made.items() if value is not None}


def _always(hint: Any) -> bool:
    """Return whether an annotation `Output[T]` is of a value that is never absent."""
    inner = get_args(hint)[0] if get_args(hint) else hint
    return _types.unwrap_optional_type(inner) is inner


def texts(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield every text within outputs, with the path of its property."""
    if isinstance(value, Secret):
        yield from texts(value.value, path)
    elif isinstance(value, Mapping):
        for name, item in value.items():
            yield from texts(item, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from texts(item, f"{path}[{index}]")
    elif isinstance(value, str):
        yield value, path
