"""JSON Schemas of the catalog's files, from the model, so that an editor completes the YAML."""

from collections.abc import Mapping

from compiler.catalog.catalog import SHARED_FILES, WORKLOAD_FILES
from compiler.model.base import Entry
from compiler.text import to_json


def schemas() -> dict[str, str]:
    """Return the schema of each kind of file, by its file name under `catalog/.schema/`."""
    kinds: Mapping[str, type[Entry]] = {**WORKLOAD_FILES, **SHARED_FILES}
    return {f"{name}.json": to_json(_schema(model)) for name, model in kinds.items()}


def _schema(model: type[Entry]) -> dict[str, object]:
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **model.model_json_schema(by_alias=True)}
