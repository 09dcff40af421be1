"""Recorded graphs for tests: of a made-up stack, and what an HTML parser finds in a page."""

from collections.abc import Sequence
from html.parser import HTMLParser
from typing import Any

from compiler.site.graph import Layer
from compiler.site.recorded import Recorded, Resource

LAYERS = (
    Layer("base", "What lives long.", frozenset({"Key", "Bucket"})),
    Layer("foundation", "What joins.", frozenset(), stands_alone=True),
    Layer("metrics", "What measures.", frozenset({"Operator", "Server"})),
)
_EMPTY = {"meta", "link", "input"}


def urn(kind: str, name: str, stack: str = "toy") -> str:
    return f"urn:pulumi:{stack}::project::{kind}::{name}"


def resource(kind: str, name: str, parent: str = "", *needs: str, stack: str = "toy", mode: str = "") -> Resource:
    mode = mode or ("component" if kind.startswith("observability:") else "applied")
    return Resource(urn=urn(kind, name, stack), type=kind, name=name, parent=parent, dependencies=needs, mode=mode)


def component(kind: str, name: str, *needs: str, stack: str = "toy") -> list[Resource]:
    """Return a component with one resource of AWS, which needs what is given."""
    top = resource(f"observability:index:{kind}", name, urn("pulumi:pulumi:Stack", "toy", stack), stack=stack)
    return [top, resource(f"aws:x:{kind}Part", name, top.urn, *needs, stack=stack)]


def recorded(resources: Sequence[Resource], **given: Any) -> Recorded:
    return Recorded.model_validate(
        {"resources": [each.model_dump() for each in resources], "findings": [], "cost": None, "files": [], **given}
    )


class Page(HTMLParser):
    """A page's elements with their attributes, its text, and whether every element is closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(text)
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in _EMPTY:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def values(self, attribute: str, tag: str = "") -> list[str]:
        """Return every value of an attribute, of elements of one kind or of all."""
        found = (attrs.get(attribute) for name, attrs in self.elements if tag in {"", name})
        return [value for value in found if value is not None]
