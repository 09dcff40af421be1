"""The runbooks' pages hold what people know, in its order; what the catalog says is put in when the site is built."""

from compiler.catalog.catalog import Catalog
from tests.catalog_copy import ROOT
from tests.check.runbooks import runbook_findings


def test_pages_are_in_order_and_name_what_there_is(catalog: Catalog) -> None:
    """Each rule is tried by a page that breaks it: `tests/check`. That nothing lacks its page, loading sees to."""
    assert catalog.runbooks
    assert list(runbook_findings(catalog, ROOT / "docs" / "runbooks")) == []
