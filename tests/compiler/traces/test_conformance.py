"""Which spans are marked as nonconforming, and why."""

import re
from typing import Any

import pytest

from compiler.catalog.catalog import Catalog, Watched
from compiler.traces.conformance import processor, right_names, sampled


def workload(catalog: Catalog, name: str) -> Watched:
    return next(watched for watched in catalog if watched.name == name)


def statements(catalog: Catalog) -> list[str]:
    found: Any = processor(catalog)
    return [statement for group in found["trace_statements"] for statement in group["statements"]]


def test_declared_names_routes_and_the_convention_are_right(each_catalog: Catalog) -> None:
    for watched in sampled(each_catalog):
        right = re.compile(right_names(watched))
        for span in watched.traces.spans:
            assert right.search(span.name), span.name
            assert not span.route or right.search(span.route), span.route


@pytest.mark.parametrize(
    ("name", "owner", "expected"),
    [
        ("ranking.anything_new", "shop", True),
        ("Ranking.Score", "shop", False),
        ("xranking.score", "shop", False),
        ("ranking.score; DROP", "shop", False),
        ("kv_readers", "warehouse", True),
        ("KVRead", "warehouse", False),
        ("ann_search", "library", True),
        ("ann_searchX", "library", False),
        ("annXsearch", "library", False),
    ],
)
def test_other_names_are_not(catalog: Catalog, name: str, owner: str, *, expected: bool) -> None:
    assert bool(re.search(right_names(workload(catalog, owner)), name)) is expected


def test_every_attribute_of_a_declared_span_is_asked_for_unless_it_failed(catalog: Catalog) -> None:
    rules = statements(catalog)
    for watched in sampled(catalog):
        for span in (span for span in watched.traces.spans if span.attributes):
            (found,) = [each for each in rules if f'span.name == "{span.name}"' in each and f'"{watched.name}"' in each]
            assert "span.status.code != STATUS_CODE_ERROR" in found
            assert set(re.findall(r'span\.attributes\["([\w.]+)"\] == nil', found)) == set(span.attributes)


def test_traces_that_go_to_x_ray_are_nobodys_here(catalog: Catalog) -> None:
    assert "billing" not in {watched.name for watched in sampled(catalog)}
    (unknown,) = [
        each for each in statements(catalog) if each.startswith('set(resource.attributes["workload"], "unknown")')
    ]
    assert '!= "shop"' in unknown
    assert "billing" not in unknown
