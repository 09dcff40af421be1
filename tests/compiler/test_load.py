"""Loading the catalog: each mistake in one line with file, line, path and reason; all of them at once."""

from collections.abc import Callable
from pathlib import Path
from shutil import rmtree

import pytest

from compiler.catalog.catalog import SHARED_FILES, Catalog
from compiler.errors import UserError
from compiler.load import load_catalog
from tests.catalog_copy import CatalogCopy

ALERTS = "shop/alerts.yaml"
METRICS = "shop/metrics.yaml"
WORKLOAD = "shop/workload.yaml"


def test_the_catalog_of_the_project_loads(catalog: Catalog) -> None:
    assert [watched.name for watched in catalog] == sorted(watched.name for watched in catalog)
    assert {"billing", "shop"} <= {watched.name for watched in catalog}


def test_a_copy_loads_as_the_catalog_does(copy: CatalogCopy, catalog: Catalog) -> None:
    assert [(watched.alerts, watched.metrics) for watched in copy.load()] == [
        (watched.alerts, watched.metrics) for watched in catalog
    ]


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        (ALERTS, "unit: ratio", "unitt: ratio", "HighErrorRate.unitt: unknown key"),
        (ALERTS, "runbook: high-latency", "runbok: high-latency", "HighLatency.runbok: unknown key"),
        (
            METRICS,
            "type: counter",
            "type: meter",
            "edge_requests_total.type: expected 'counter', 'gauge', 'histogram' or 'summary', found",
        ),
        (METRICS, "name: edge_requests_total", "name: 7", "7.name: expected a valid string, found 7"),
        (
            METRICS,
            "name: edge_requests_total",
            "name: edge-requests",
            "edge-requests.name: String should match pattern",
        ),
        (
            ALERTS,
            "above: 0.01, for: 5m",
            "above: 0.01, for: 5",
            "HighErrorRate.thresholds.critical.for: expected a valid string",
        ),
        (
            ALERTS,
            "above: 0.01, for: 5m",
            "above: 0.01, for: soon",
            "expected a duration such as 30s, 5m, 1h or 30d, found 'soon'",
        ),
        (
            ALERTS,
            "above: 0.01, for",
            'above: "0.01", for',
            "HighErrorRate.thresholds.critical.above: expected a valid number, found '0.01'",
        ),
        (
            ALERTS,
            "above: 0.01, for",
            "above: yes, for",
            "HighErrorRate.thresholds.critical.above: expected a valid number, found True",
        ),
        (
            ALERTS,
            "above: 0.01, for",
            "above: .nan, for",
            "HighErrorRate.thresholds.critical.above: expected a finite number",
        ),
        (
            ALERTS,
            "above: 0.01, for",
            "for",
            "HighErrorRate.thresholds.critical: expected exactly one of above, below, equals, outside; found none",
        ),
        (
            WORKLOAD,
            "environments: [local",
            "environments: [laptop",
            "environments.0: expected 'local', 'dev', 'staging', 'prod' or 'dr', found 'laptop'",
        ),
        (WORKLOAD, "{priority: P2, ", "{", "severities.warning.priority: expected this key, found none"),
        (
            WORKLOAD,
            "name: shop",
            "name: shopp",
            "name: expected 'shop', the folder's, found",
        ),
        ("routing.yaml", "to: oncall@company.com", "to: oncall", "channels.email.to: String should match pattern"),
        (
            "routing.yaml",
            "kind: digest",
            "kind: pigeon",
            "channels.weekly-digest: Input tag 'pigeon' found using 'kind'",
        ),
        (
            "routing.yaml",
            "P4: {channels",
            "P9: {channels",
            "priorities.P9: expected 'P0', 'P1', 'P2', 'P3' or 'P4', found 'P9'",
        ),
        (
            "retention.yaml",
            "hot_days: 7",
            "hot_days: -7",
            "classes.shop.hot_days: expected greater than or equal to 1, found -7",
        ),
    ],
)
def test_a_wrong_value_is_told_with_its_place(copy: CatalogCopy, file: str, old: str, new: str, message: str) -> None:
    place = copy.replace(file, old, new)
    wrong = copy.mistakes()
    assert any(line.startswith(f"{place}: ") and message in line for line in wrong), wrong


def test_a_key_that_is_missing_is_told_at_the_entry_that_lacks_it(copy: CatalogCopy) -> None:
    entry = copy.replace(ALERTS, "    unit: seconds\n", "")
    (line,) = copy.mistakes()
    number = int(entry.rpartition(":")[2]) - 4
    assert line == f"catalog/{ALERTS}:{number}: HighLatency.unit: expected this key, found none"


def test_a_repeated_key_is_told_with_its_line(copy: CatalogCopy) -> None:
    place = copy.replace(ALERTS, "    service: streaming\n", "    service: streaming\n    service: api\n")
    file, _, number = place.rpartition(":")
    assert copy.mistakes() == [f"{file}:{int(number) + 1}: key 'service' stands twice: keep one"]


def test_all_mistakes_of_all_files_come_at_once(copy: CatalogCopy) -> None:
    copy.replace(ALERTS, "unit: ratio", "unitt: ratio")
    copy.replace(METRICS, "type: counter", "type: meter")
    copy.replace("billing/logs.yaml", "title: Find errors", "title: [")
    copy.replace("billing/alarms.yaml", "period: 5m", "period: 90s")
    copy.write("shop/notes.txt", "a note")
    copy.path("prices.yaml").unlink()
    wrong = copy.mistakes()
    files = {line.split(":")[0] for line in wrong}
    assert files == {
        "catalog/shop/alerts.yaml",
        "catalog/shop/metrics.yaml",
        "catalog/billing/logs.yaml",
        "catalog/billing/alarms.yaml",
        "catalog/shop/notes.txt",
        "catalog/prices.yaml",
    }


def test_a_list_with_a_mistake_inside_is_not_called_too_short(copy: CatalogCopy) -> None:
    dashboard = "{name: ops, title: Operations, description: All of it, rows: [{title: Row, panels: [7]}]}"
    copy.write("shop/dashboards.yaml", f"grafana:\n  - {dashboard}\n")
    assert [line.split(": ")[1] for line in copy.mistakes()] == ["ops.rows.'Row'.panels.0"]


def test_a_value_that_aliases_make_huge_is_told_in_one_short_line(copy: CatalogCopy) -> None:
    levels = "".join(f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]\n" for n in range(1, 10))
    copy.write("retention.yaml", f"l0: &l0 [x]\n{levels}classes: {{short: {{source: *l9}}}}\n")
    source = [line for line in copy.mistakes() if "classes.short.source" in line]
    assert len(source) == 1
    assert len(source[0]) < 200


def test_a_key_of_several_lines_is_told_in_one(copy: CatalogCopy) -> None:
    copy.replace("burn-rates.yaml", "source:", '"a\\nb": c\nsource:')
    (line,) = copy.mistakes()
    assert line.endswith(": a b: unknown key")


def test_an_empty_catalog_is_refused(tmp_path: Path) -> None:
    (tmp_path / "catalog" / ".schema").mkdir(parents=True)
    with pytest.raises(UserError, match=r"^catalog/: expected a folder for each watched workload, found none$"):
        load_catalog(tmp_path / "catalog")


def test_a_missing_catalog_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"^catalog/: expected the catalog's folder, found none: run this in"):
        load_catalog(tmp_path / "catalog")


def test_an_empty_folder_lacks_its_workload(copy: CatalogCopy) -> None:
    copy.path("bakery").mkdir()
    assert copy.mistakes() == ["catalog/bakery/workload.yaml: expected this file, found none"]


def test_an_empty_workload_file_lacks_every_key(copy: CatalogCopy) -> None:
    copy.write("bakery/workload.yaml", "")
    lines = copy.mistakes()
    assert all(line.startswith("catalog/bakery/workload.yaml:1: ") for line in lines)
    assert "catalog/bakery/workload.yaml:1: owner: expected this key, found none" in lines


@pytest.mark.parametrize("name", SHARED_FILES)
def test_a_missing_shared_file_is_told(copy: CatalogCopy, name: str) -> None:
    copy.path(f"{name}.yaml").unlink()
    assert copy.mistakes() == [f"catalog/{name}.yaml: expected this file, found none"]


@pytest.mark.parametrize("name", ["alert.yaml", "alerts.yml", "README.md", "burn-rates.yaml"])
def test_an_unknown_file_in_a_workload_is_told(copy: CatalogCopy, name: str) -> None:
    copy.write(f"shop/{name}", "alerts: []")
    (line,) = copy.mistakes()
    assert line.startswith(f"catalog/shop/{name}: unknown file: expected one of workload.yaml, metrics.yaml")


@pytest.mark.parametrize("name", ["rooting.yaml", "alerts.yaml", "routing.yml"])
def test_an_unknown_file_beside_the_workloads_is_told(copy: CatalogCopy, name: str) -> None:
    copy.write(name, "")
    (line,) = copy.mistakes()
    assert line.startswith(f"catalog/{name}: unknown file: expected one of routing.yaml, retention.yaml")


@pytest.mark.parametrize("text", ["[]", "7", "words", "- name: A"])
def test_a_file_that_is_no_mapping_is_told(copy: CatalogCopy, text: str) -> None:
    copy.write(ALERTS, text)
    assert any(
        line.startswith(f"catalog/{ALERTS}:1: the file: expected a valid dictionary") for line in copy.mistakes()
    )


def test_a_workload_needs_nothing_but_itself(copy: CatalogCopy) -> None:
    copy.keep_only("shop")
    for file in ("alerts", "slos", "dashboards", "metrics"):
        copy.path(f"shop/{file}.yaml").unlink()
    rmtree(copy.runbooks)
    copy.change(WORKLOAD, lambda data: [service.pop("red", None) for service in data["services"].values()])
    (watched,) = copy.load()
    assert (watched.alerts, watched.slos, watched.metrics.prometheus) == ((), (), ())


def _huge(path: Path) -> None:
    path.write_bytes(b"alerts: []\n" * 1_000_000)


def _binary(path: Path) -> None:
    path.write_bytes(bytes(range(128, 256)))


def _dangling(path: Path) -> None:
    path.unlink()
    path.symlink_to("nowhere.yaml")


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (_huge, "expected at most 1048576 bytes, found 11000000: split the file"),
        (_binary, "cannot be read: 'utf-8' codec"),
        (_dangling, "expected this file, found none"),
        (_folder, "cannot be read: [Errno 21] Is a directory"),
    ],
)
def test_a_file_that_cannot_be_read_is_told(copy: CatalogCopy, spoil: Callable[[Path], None], message: str) -> None:
    spoil(copy.path(ALERTS))
    (line,) = copy.mistakes()
    assert line.startswith(f"catalog/{ALERTS}: {message}")


def test_a_catalog_is_loaded_once_while_nothing_of_it_changes(copy: CatalogCopy) -> None:
    first = copy.load()
    assert copy.load() is first
    page = next(copy.runbooks.glob("*/*.md"))
    page.write_text(page.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    second = copy.load()
    assert second is not first
    assert second.runbooks != first.runbooks
    copy.replace("shop/alerts.yaml", "for: 5m", "for: 6m")
    third = copy.load()
    assert third is not second
    assert third.workloads != second.workloads


def test_a_refusal_is_not_remembered(copy: CatalogCopy) -> None:
    copy.write("stray.yaml", "")
    assert copy.mistakes() == copy.mistakes()
    copy.path("stray.yaml").unlink()
    assert copy.load()
