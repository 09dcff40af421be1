"""The runbooks as a site: a page each at the address that alerts carry, an index of each workload, a search."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.token import Token

from compiler.catalog.catalog import Catalog, Watched
from compiler.catalog.scope import Scope, scope_of
from compiler.site.assets import SEARCH_SCRIPT
from compiler.site.conditions import conditions, facts
from compiler.site.html import Html, Node, join, link, tag
from compiler.site.page import document
from compiler.texts.pages import HINT, filled, workload_facts

_ROOT = "runbooks"
"""The folder of the addresses that `compiler.conventions.runbook_url` makes."""
_MARKUP = re.compile(r"[`*#|]+|\]\([^)]*\)|\[(?=[\w-])")
"""What Markdown adds to a text; underscores stay, since metrics have them."""


def runbook_site(catalog: Catalog, grafanas: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the files of the site by their paths; links are relative, so that it works under any address.

    A page has what people wrote, and above it what the catalog says: conditions, who is notified, dashboards.

    Args:
        catalog: of which the pages are.
        grafanas: the address of each stack's Grafana, by the stack's name: pages link to their dashboards there.
    """
    known = {watched.name for watched in catalog}
    sources = {name: text for name, text in sorted(catalog.runbooks.items()) if name.partition("/")[0] in known}
    alerts_of = {watched.name: users(catalog, watched) for watched in catalog}
    titles = {name: _title(name, text, alerts_of) for name, text in sources.items()}
    files = {"index.html": _home(catalog, titles, sources)}
    for watched in catalog:
        own = [name for name in titles if name.partition("/")[0] == watched.name]
        files[f"{_ROOT}/{watched.name}/index.html"] = _workload(watched, own, titles)
        for name in own:
            files[f"{_ROOT}/{name}/index.html"] = _page(catalog, watched, name, titles[name], grafanas)
    return files


def users(catalog: Catalog, watched: Watched) -> dict[str, list[str]]:
    """Return the names of the alerts that lead to each page of a workload, by the page's name."""
    pages = [name.partition("/")[2] for name in catalog.runbooks if name.startswith(f"{watched.name}/")]
    return {page: list(dict.fromkeys(each.name for each in conditions(catalog, watched, page))) for page in pages}


def _title(name: str, text: str, alerts_of: Mapping[str, Mapping[str, Sequence[str]]]) -> str:
    """Return the title of a page, and the names of the alerts that lead to it."""
    workload, _, page = name.partition("/")
    heading = text.partition("\n")[0].removeprefix("# ").strip()
    return f"{heading} ({', '.join(alerts_of.get(workload, {}).get(page, ()))})"


def _home(catalog: Catalog, titles: Mapping[str, str], sources: Mapping[str, str]) -> str:
    index = [
        {"at": f"{_ROOT}/{name}/index.html", "title": titles[name], "text": _plain(sources[name])} for name in titles
    ]
    # A script element ends at the first `</`, whatever its type.
    data = Html(json.dumps(index, ensure_ascii=False).replace("<", "\\u003c"))
    body = [_form(""), tag("div", "", id="found"), tag("script", data, type="application/json", id="pages")]
    for watched in catalog:
        own = [name for name in titles if name.partition("/")[0] == watched.name]
        head = link(f"{_ROOT}/{watched.name}/index.html", watched.workload.title)
        body += [tag("h2", head), _list(own, titles, f"{_ROOT}/{watched.name}/")]
    return _document("Runbooks", [], body, SEARCH_SCRIPT)


def _plain(text: str) -> str:
    return " ".join(_MARKUP.sub(" ", text).split())


def _form(base: str, **attributes: str) -> Html:
    field = tag("input", type="search", name_="q", placeholder="Find: an alert, a symptom, a command ...", **attributes)
    return tag("form", field, action=f"{base}index.html", role="search")


def _list(names: Iterable[str], titles: Mapping[str, str], base: str) -> Html:
    items = (tag("li", link(f"{base}{name.partition('/')[2]}/index.html", titles[name])) for name in names)
    return tag("ul", items, class_="plain")


def _workload(watched: Watched, own: Sequence[str], titles: Mapping[str, str]) -> str:
    owner = watched.workload.owner
    text = tag("p", f"{watched.workload.description} Owner: {owner.team}, {owner.email}.")
    answers = (
        tag("li", tag("b", name), f" ({severity.priority}): {severity.response}")
        for name, severity in watched.workload.severities.items()
    )
    body = [_form("../../"), text, _list(own, titles, ""), tag("h2", "Severities"), tag("ul", answers)]
    return _document(watched.workload.title, [("../../index.html", "Runbooks")], body)


def _page(catalog: Catalog, watched: Watched, name: str, title: str, grafanas: Mapping[str, str] | None) -> str:
    page = name.partition("/")[2]
    above = [("../../../index.html", "Runbooks"), ("../index.html", watched.workload.title)]
    source = catalog.runbooks[name].replace(f"{HINT}\n", "")
    text = filled(catalog, watched, page, source, workload_facts(catalog, watched))
    content = join(
        facts(catalog, watched, page, grafanas), _rendered(text.partition("\n")[2], scope_of(watched, catalog))
    )
    return _document(title, above, [_form("../../../"), tag("article", content, class_="prose")])


def _document(title: str, above: Sequence[tuple[str, str]], body: Sequence[Node], script: str = "") -> str:
    crumbs = tag("p", [[link(address, text), " / "] for address, text in above])
    return document(title, join(tag("header", crumbs, tag("h1", title)), tag("main", tag("section", body))), script)


def _rendered(source: str, scope: Scope) -> Html:
    """Render Markdown; markup within it stays text, links to other pages become links to their folders.

    Queries say whose series they mean, as the rules do: they are pasted where every namespace's series are.
    """
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = markdown.parse(source)
    for token in _all(tokens):
        if token.type == "fence" and token.info == "promql":
            token.content = scope.apply(token.content)
        href = token.attrGet("href")
        if isinstance(href, str) and "://" not in href:
            token.attrSet("href", re.sub(r"^(.*)\.md(#.*)?$", r"../\1/index.html\2", href))
    for opened, text in pairwise(tokens):
        if opened.type == "heading_open":
            opened.attrSet("id", re.sub(r"[^a-z0-9]+", "-", text.content.lower()).strip("-"))
    return Html(markdown.renderer.render(tokens, markdown.options, {}))


def _all(tokens: Iterable[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from _all(token.children or ())
