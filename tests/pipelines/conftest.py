"""The job's code with the rules that the catalog compiles to."""

from collections.abc import Iterator
from typing import Any

import pytest

from compiler.artefacts import compile_artefacts
from compiler.catalog.catalog import Catalog
from tests.pipelines import lines
from tests.pipelines.mmdb import database
from tests.targets import target_for


@pytest.fixture(scope="session")
def rules(catalog: Catalog) -> str:
    return compile_artefacts(catalog, target_for("prod"))["flink/job.json"]


@pytest.fixture(scope="session")
def job(rules: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[lines.RedactLines]:
    missing = lines.why_not()
    if missing:
        pytest.skip(missing)
    folder = tmp_path_factory.mktemp("redact-lines")
    places = folder / "places.mmdb"
    places.write_bytes(database(PLACES))
    yield from lines.running(folder, rules, places)


PLACES: dict[str, dict[str, Any]] = {
    "81.2.69.0/24": {
        "continent": {"code": "EU"},
        "country": {"iso_code": "GB", "names": {"en": "United Kingdom"}},
        "subdivisions": [{"iso_code": "ENG", "names": {"en": "England"}}],
        "city": {"names": {"en": "London"}},
    },
    "2001:4860::/32": {"continent": {"code": "NA"}, "country": {"iso_code": "US"}},
}
"""Two networks; what is known of the second is less."""
