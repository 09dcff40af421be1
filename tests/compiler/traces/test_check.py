"""Spans have known services, no forbidden attribute is stored, and each trace has one share."""

from collections.abc import Callable
from typing import Any

import pytest

from compiler.catalog.catalog import Catalog
from tests.catalog_copy import CatalogCopy

EDGE = "shop/traces.yaml"
WAREHOUSE = "warehouse/traces.yaml"
LIBRARY = "library/traces.yaml"
XRAY = "billing/traces.yaml"
Edit = Callable[[Any], object]


def _circle(data: Any) -> object:
    return data["spans"][1].update(parent="edge.score"), data["spans"][2].update(parent="edge.cache_lookup")


@pytest.mark.parametrize(
    ("file", "edit", "message"),
    [
        (LIBRARY, lambda d: d["services"].update(worker="apj"), "services.worker: unknown service 'apj'"),
        (LIBRARY, lambda d: d["services"].update(billing="api"), "services.billing: expected billing, as in logs.yaml"),
        (WAREHOUSE, lambda d: d["services"].update({"backend-api": "parcel-store"}), "declared by library too"),
        (LIBRARY, lambda d: d["spans"][1].update(service="x"), "authenticate.service: unknown name of services 'x'"),
        (LIBRARY, lambda d: d["spans"][1].update(parent="x"), "authenticate.parent: unknown span 'x'"),
        (LIBRARY, lambda d: d["spans"].append(d["spans"][1]), "authenticate.name: 'authenticate' is declared twice"),
        (LIBRARY, lambda d: d["sampling"].append(d["sampling"][0]), "errors.name: 'errors' is declared twice"),
        (EDGE, _circle, "found a circle: edge.cache_lookup -> edge.score -> edge.cache_lookup"),
        (
            EDGE,
            lambda d: d["spans"][9].update(name="assistant-reason"),
            "assistant-reason.name: expected a name of the form",
        ),
        (EDGE, lambda d: d["spans"][0]["attributes"].append("user_id"), "'user_id' must not be stored (logs.yaml or"),
        (EDGE, lambda d: d["spans"][0]["attributes"].append("api_token"), "must not be stored ('*token' forbids it)"),
        (EDGE, lambda d: d["spans"][0]["attributes"].append("item_vector"), "must not be stored ('*vector' forbids it"),
        (EDGE, lambda d: d["spans"][0].update(withheld={"tier": "why"}), "withheld.tier: nothing withholds 'tier'"),
        (EDGE, lambda d: d["sampling"].pop(3), "expected one rule without `when`, for all other traces, found none"),
        (EDGE, lambda d: d["sampling"][0].pop("when"), "for all other traces, found ['errors', 'normal']"),
        (EDGE, lambda d: d["sampling"][2]["when"].update(services=["x"]), "when.services.0: unknown name of services"),
        (EDGE, lambda d: d["sampling"][2]["when"].update(spans=["x"]), "when.spans.0: unknown span 'x'"),
        (EDGE, lambda d: d["sampling"][0].update(decided="head"), "expected tail, since the workload's traces go to"),
        (XRAY, lambda d: d["sampling"][0].update(decided="tail"), "expected head, since the workload's traces go to X"),
        (WAREHOUSE, lambda d: d["sampling"][1]["when"].update(longer_than="50ms"), "expected 30ms, the target of"),
        (WAREHOUSE, lambda d: d["sampling"][1]["limit_of"].update(of="p50"), "expected a target of metrics.yaml"),
        (WAREHOUSE, lambda d: d["sampling"][1]["limit_of"].update(metric="x"), "expected a target of metrics.yaml"),
        (WAREHOUSE, lambda d: d["sampling"][0].update(limit_of={"metric": "x", "of": "p99"}), "expected when.longer"),
        (WAREHOUSE, lambda d: d["naming"].update(pattern="^(a$"), "pattern: expected a regular expression"),
        (WAREHOUSE, lambda d: d["naming"].update(pattern="^(?=a)a$"), "expected what RE2 and Python share, found '(?'"),
        (WAREHOUSE, lambda d: d["sampling"][0].update(keep=101), "keep: expected less than or equal to 100"),
        (WAREHOUSE, lambda d: d["sampling"][1]["when"].update(longer_than="soon"), "longer_than: String should match"),
    ],
)
def test_a_mistake_is_told_with_its_place(copy: CatalogCopy, file: str, edit: Edit, message: str) -> None:
    copy.change(file, edit)
    mistakes = [line for line in copy.mistakes() if message in line]
    assert mistakes, copy.mistakes()
    assert all(line.startswith(f"catalog/{file}") for line in mistakes)


def test_a_limit_in_milliseconds_and_in_seconds_is_one(copy: CatalogCopy) -> None:
    copy.change(EDGE, lambda d: d["sampling"][1]["when"].update(longer_than="2s"))
    found = next(watched for watched in copy.load() if watched.name == "shop")
    assert found.traces.sampling[1].when.milliseconds == 2_000


def test_spans_with_names_of_the_convention_are_right(catalog: Catalog) -> None:
    naming = next(watched for watched in catalog if watched.name == "shop").traces.naming
    assert naming is not None
    named = ("edge.order", "api.validate_request", "assistant.generate_explanation")
    assert all(naming.right(name) for name in named)  # the document's own examples
    assert not any(naming.right(name) for name in ("order", "edge.Score", "worker.run", "GET /order"))
