"""The compiler's command line."""

from pathlib import Path

import pytest

from compiler.__main__ import main
from tests.catalog_copy import CatalogCopy


@pytest.fixture(autouse=True)
def _at_home(copy: CatalogCopy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(copy.catalog.parent)


def test_docs_writes_the_site_anew(capsys: pytest.CaptureFixture[str]) -> None:
    stale = Path("build/runbooks-site/stale.html")
    stale.parent.mkdir(parents=True)
    stale.write_text("old")
    assert main(["docs"]) == 0
    pages = list(Path("build/runbooks-site").rglob("*.html"))
    assert capsys.readouterr().out == f"wrote {len(pages)} pages to build/runbooks-site/\n"
    assert Path("build/runbooks-site/runbooks/shop/high-latency/index.html") in pages
    assert not stale.exists()


def test_the_site_links_to_the_grafana_of_each_stack_that_sets_its_address() -> None:
    Path("Pulumi.yaml").write_text("name: p\nconfig: {grafanaUrl: {type: string, default: https://example.com}}\n")
    Path("Pulumi.prod.yaml").write_text("config: {observability:grafanaUrl: 'https://grafana.prod.example/'}\n")
    Path("Pulumi.dev.yaml").write_text("config:\n  observability:environment: dev\n")
    assert main(["docs"]) == 0
    page = Path("build/runbooks-site/runbooks/shop/high-latency/index.html").read_text(encoding="utf-8")
    assert '<a href="https://grafana.prod.example/d/shop-operations">prod</a>' in page
    assert "https://example.com" not in page


def test_a_stacks_file_that_is_no_yaml_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    Path("Pulumi.prod.yaml").write_text("config: [")
    assert main(["docs"]) == 1
    assert (said := capsys.readouterr().err).startswith("Pulumi.prod.yaml:")
    assert said.count("\n") == 1


def test_schemas_are_written() -> None:
    assert main(["schemas"]) == 0
    assert Path("catalog/.schema/alerts.json").is_file()


def test_a_mistake_in_the_catalog_is_one_line(copy: CatalogCopy, capsys: pytest.CaptureFixture[str]) -> None:
    copy.replace("shop/alerts.yaml", "runbook: high-latency", "runbook: nowhere")
    assert main(["docs"]) == 1
    assert "shop/alerts.yaml" in (text := capsys.readouterr().err)
    assert text.count("\n") == 1
    assert not Path("build").exists()


@pytest.mark.parametrize("arguments", [[], ["nothing"], ["docs", "more"]])
def test_anything_else_is_told_how(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    assert capsys.readouterr().err == "usage: python -m compiler schemas|docs\n"
