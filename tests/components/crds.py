"""Check custom resources against the structures of their kinds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sandbox.kubernetes import schema

CRDS = Path(__file__).resolve().parents[2] / "facts" / "crds"


def check(manifest: dict[str, Any]) -> None:
    """Refuse unknown fields and wrong types.

    Raises:
        UserError: the first thing that is wrong.
    """
    place = manifest["metadata"]["name"]
    assert schema.check(manifest, CRDS, place), f"no structure of {manifest['apiVersion']} {manifest['kind']}"
