"""Build HTML and SVG; plain text is escaped, so that no text of the catalog can become markup."""

from collections.abc import Iterable
from html import escape

_EMPTY = frozenset({"meta", "link", "input"})


class Html(str):
    """Text that is markup already."""

    __slots__ = ()


Node = str | Iterable["Node"]


def join(*nodes: Node) -> Html:
    """Return the nodes one after another; plain text is escaped."""
    return Html("".join(_markup(node) for node in nodes))


def _markup(node: Node) -> str:
    if isinstance(node, Html):
        return node
    return escape(node) if isinstance(node, str) else join(*node)


def tag(name: str, *children: Node, **attributes: str | float | None) -> Html:
    """Return an element.

    Args:
        name: the element's name.
        children: what is within; plain text is escaped.
        attributes: by name, `class_` for `class` and `data_label` for `data-label`; None leaves one out.
    """
    given = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(str(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    return Html(f"<{name}{given}>" if name in _EMPTY else f"<{name}{given}>{join(*children)}</{name}>")


def link(address: str, text: str, **attributes: str | None) -> Html:
    """Return a link; an address that is neither a path nor on the web is shown as text only."""
    scheme = address.partition(":")[0] if ":" in address.partition("/")[0] else ""
    if scheme not in ("", "http", "https"):
        return join(text)
    return tag("a", text, href=address, **attributes)


def table(heads: Iterable[str], rows: Iterable[Iterable[Node]], **attributes: str | None) -> Html:
    """Return a table; each cell carries its column's name, which a narrow screen shows before it."""
    names = list(heads)
    body = (
        tag("tr", [tag("td", tag("div", cell), data_label=name) for name, cell in zip(names, row, strict=True)])
        for row in rows
    )
    head = tag("thead", tag("tr", [tag("th", name, scope="col") for name in names]))
    return tag("table", head, tag("tbody", body), **attributes)


def details(summary: Node, *children: Node, **attributes: str | None) -> Html:
    """Return a collapsed section that opens on a click."""
    return tag("details", tag("summary", summary), children, **attributes)


def count(number: int, name: str) -> str:
    """Return a number with its noun in singular or plural."""
    return f"{number} {name}" if number == 1 else f"{number} {name}s"
