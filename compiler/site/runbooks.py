"""The runbooks as a site: a page each at the address that alerts carry, an index of each workload, a search."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.token import Token

from compiler.catalog import Catalog, Watched
from compiler.site.assets import SEARCH_SCRIPT
from compiler.site.html import Html, Node, join, link, tag
from compiler.site.page import document

_ROOT = "runbooks"
"""The folder of the addresses that `compiler.conventions.runbook_url` makes."""
_MARKUP = re.compile(r"[`*#|]+|\]\([^)]*\)|\[(?=[\w-])")
"""What Markdown adds to a text; underscores stay, since metrics have them."""


def runbook_site(catalog: Catalog, sources: Mapping[str, str]) -> dict[str, str]:
    """Return the files of the site by their paths; every link in them is relative, so that it works anywhere.

    Args:
        catalog: what is watched.
        sources: the Markdown of each page, by `workload/page`.
    """
    titles = {name: _title(text) for name, text in sorted(sources.items())}
    files = {"index.html": _home(catalog, titles, sources)}
    for watched in catalog:
        own = [name for name in titles if name.partition("/")[0] == watched.name]
        files[f"{_ROOT}/{watched.name}/index.html"] = _workload(watched, own, titles)
        for name in own:
            files[f"{_ROOT}/{name}/index.html"] = _page(watched, name, titles[name], sources[name])
    return files


def users(watched: Watched) -> dict[str, list[str]]:
    """Return what leads to each page of a workload, by the page's name."""
    entries = [(each.runbook, f"{each.name} ({', '.join(each.thresholds)})") for each in watched.alerts]
    entries += [(each.runbook, f"objective: {each.title}") for each in watched.slos]
    entries += [(each.runbook, f"alarm: {each.name} ({each.severity})") for each in watched.alarms.alarms]
    entries += [(each.runbook, f"alarm: {each.name} ({each.severity})") for each in watched.alarms.composites]
    if watched.workload.budget:
        entries.append((watched.workload.budget.runbook, f"budget: {watched.workload.budget.name}"))
    found: dict[str, list[str]] = {}
    for page, text in entries:
        found.setdefault(page, []).append(text)
    return found


def _title(text: str) -> str:
    return text.partition("\n")[0].removeprefix("# ").strip()


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
        body += [tag("h2", head), _list(watched, own, titles, f"{_ROOT}/{watched.name}/")]
    return _document("Runbooks", [], body, SEARCH_SCRIPT)


def _plain(text: str) -> str:
    return " ".join(_MARKUP.sub(" ", text).split())


def _form(base: str, **attributes: str) -> Html:
    field = tag("input", type="search", name_="q", placeholder="Find: an alert, a symptom, a command ...", **attributes)
    return tag("form", field, action=f"{base}index.html", role="search")


def _list(watched: Watched, names: Iterable[str], titles: Mapping[str, str], base: str) -> Html:
    leads = users(watched)
    items = []
    for name in names:
        page = name.partition("/")[2]
        chips = [tag("span", each, class_="chip") for each in leads.get(page, [])]
        items.append(tag("li", link(f"{base}{page}/index.html", titles[name]), tag("div", chips)))
    return tag("ul", items, class_="plain")


def _workload(watched: Watched, own: Sequence[str], titles: Mapping[str, str]) -> str:
    owner = watched.workload.owner
    text = tag("p", f"{watched.workload.description} Owner: {owner.team}, {owner.email}.")
    answers = (
        tag("li", tag("b", name), f" ({severity.priority}): {severity.response}")
        for name, severity in watched.workload.severities.items()
    )
    body = [_form("../../"), text, _list(watched, own, titles, ""), tag("h2", "Severities"), tag("ul", answers)]
    return _document(watched.workload.title, [("../../index.html", "Runbooks")], body)


def _page(watched: Watched, name: str, title: str, source: str) -> str:
    leads = [tag("span", each, class_="chip") for each in users(watched).get(name.partition("/")[2], [])]
    above = [("../../../index.html", "Runbooks"), ("../index.html", watched.workload.title)]
    content = _rendered(source.partition("\n")[2])
    return _document(title, above, [_form("../../../"), tag("p", leads), tag("article", content, class_="prose")])


def _document(title: str, above: Sequence[tuple[str, str]], body: Sequence[Node], script: str = "") -> str:
    crumbs = tag("p", [[link(address, text), " / "] for address, text in above])
    return document(title, join(tag("header", crumbs, tag("h1", title)), tag("main", tag("section", body))), script)


def _rendered(source: str) -> Html:
    """Markdown as HTML; markup within it is text, links to other pages become links to their folders."""
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = markdown.parse(source)
    for token in _all(tokens):
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
