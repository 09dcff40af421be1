"""A query of a document that Prometheus refuses."""

import pytest

from compiler.catalog import promql
from tests.catalog_copy import ROOT

DOCUMENT = "topk(10, feature_lookups_total by entity_type)"
OURS = "topk(10, sum by (entity_type) (rate(feature_lookups_total[5m])))"


def test_the_runbooks_query_does_not_parse() -> None:
    with pytest.raises(promql.PromQLError, match="does not parse"):
        promql.parse(DOCUMENT)
    promql.parse(OURS)
    page = (ROOT / "docs/runbooks/bighead/feature-latency-high.md").read_text(encoding="utf-8")
    assert OURS in page
