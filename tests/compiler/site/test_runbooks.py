"""The site of the runbooks: where alerts lead, and nothing that leads nowhere."""

import json
import posixpath
import re
from dataclasses import replace
from functools import cache
from urllib.parse import urlsplit

import pytest

from compiler.artefacts import compile_artefacts
from compiler.catalog.catalog import Catalog
from compiler.conventions import alert_prefix
from compiler.site.runbooks import runbook_site
from compiler.target import Target
from tests.compiler.site.recordings import Page
from tests.compiler.site.test_html import NASTY
from tests.frozen import frozen_catalog

SOURCES = frozen_catalog().runbooks
FIRST = next(name for name, text in SOURCES.items() if "```promql" in text and "](" in text and "\n1. " in text)


@cache
def site() -> dict[str, str]:
    return runbook_site(frozen_catalog())


@cache
def page(path: str) -> Page:
    return Page(site()[path])


def everywhere() -> pytest.MarkDecorator:
    return pytest.mark.parametrize("path", sorted(site()))


def test_every_address_that_an_alert_or_an_alarm_carries_is_a_page(catalog: Catalog, target: Target) -> None:
    artefacts = compile_artefacts(catalog, target).values()
    urls = {url for text in artefacts for url in re.findall(rf"{re.escape(target.docs_url)}/[^\s\"'\\]*", text)}
    assert len(urls) >= len(SOURCES) - 1
    assert {f"{urlsplit(url).path.strip('/')}/index.html" for url in urls} <= set(site())


def test_there_is_a_page_for_each_source_an_index_for_each_workload_and_a_first_page(catalog: Catalog) -> None:
    expected = {f"runbooks/{name}/index.html" for name in (*SOURCES, *(watched.name for watched in catalog))}
    assert set(site()) == expected | {"index.html"}


@everywhere()
def test_every_link_leads_to_a_page_of_the_site_and_to_a_place_in_it(path: str) -> None:
    for address in (*page(path).values("href", "a"), *page(path).values("action")):
        if urlsplit(address).scheme:
            continue
        file, _, place = address.partition("#")
        aim = posixpath.normpath(posixpath.join(posixpath.dirname(path), file)) if file else path
        assert aim in site(), f"{path}: {address}"
        assert not place or place in page(aim).values("id"), f"{path}: {address}"


@everywhere()
def test_nothing_is_asked_of_anybody(path: str) -> None:
    assert page(path).values("src") == []
    assert page(path).values("content", "meta")[0].startswith("default-src 'none';")


def test_a_workloads_index_names_what_leads_to_each_page(catalog: Catalog) -> None:
    for watched in catalog:
        page_text = page(f"runbooks/{watched.name}/index.html").text
        assert all(alert.name in page_text for alert in watched.alerts)
        assert all(alarm.name in page_text for alarm in watched.alarms.alarms)
        assert all(composite.name in page_text for composite in watched.alarms.composites)
        assert all(alert_prefix(slo.name) in page_text for slo in watched.slos)
        assert all(alert_prefix(slo.name) in page_text for slo in watched.thresholds)
        assert all(severity.response in page_text for severity in watched.workload.severities.values())


def test_the_search_knows_every_page_and_the_names_in_it() -> None:
    data = re.search(r'<script type="application/json" id="pages">(.*?)</script>', site()["index.html"], re.DOTALL)
    assert data
    known = {each["at"]: each for each in json.loads(data[1])}
    assert set(known) == {f"runbooks/{name}/index.html" for name in SOURCES}
    found = known[f"runbooks/{FIRST}/index.html"]
    workload, _, own = FIRST.partition("/")
    watched = next(each for each in frozen_catalog() if each.name == workload)
    assert all(alert.name in found["title"] for alert in watched.alerts if alert.runbook == own)
    assert "](" not in found["text"]
    assert set(re.findall(r"[a-z]+_[a-z_]+", SOURCES[FIRST])) <= set(re.findall(r"[a-z]+_[a-z_]+", found["text"]))


def test_markup_in_a_page_is_text(catalog: Catalog) -> None:
    text = f"# {NASTY}\n\n{NASTY}\n\n## {NASTY}\n\n[x](javascript:alert(1))"
    made = runbook_site(replace(catalog, runbooks={**SOURCES, FIRST: text}))
    for path in ("index.html", f"runbooks/{FIRST}/index.html"):
        assert "<script>alert" not in made[path]
        assert not [href for href in Page(made[path]).values("href") if href.startswith("javascript")]


def test_tables_headings_and_code_are_kept() -> None:
    made = page(f"runbooks/{FIRST}/index.html")
    names = [name for name, _ in made.elements]
    assert {"table", "pre", "code", "ol", "h2"} <= set(names)
    assert {"conditions", "notified", "symptoms", "diagnosis"} <= set(made.values("id"))


def test_the_same_bytes_whatever_the_order_of_files(catalog: Catalog) -> None:
    assert runbook_site(replace(catalog, runbooks=dict(reversed(list(SOURCES.items()))))) == site()


def test_pages_of_a_workload_that_is_gone_are_left_out(catalog: Catalog) -> None:
    gone, *kept = catalog.workloads
    made = runbook_site(replace(catalog, workloads=tuple(kept)))
    assert not [path for path in made if f"/{gone.name}/" in path]
    assert f"runbooks/{gone.name}/" not in made["index.html"]
