"""Where the schemas of custom resources are, for tests that hold objects against them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sandbox.kubernetes import schema
from sandbox.session import crds_folder

ROOT = Path(__file__).resolve().parents[2]


def folder() -> Path:
    """The folder of schemas; the test is skipped, with the reason, where there is none."""
    found = crds_folder(ROOT)
    if found is None:
        pytest.skip("no CRD schemas: set SANDBOX_CRDS to the folder that holds them")
    return found


def check(manifest: dict[str, Any]) -> None:
    """Refuse unknown fields and wrong types.

    Raises:
        UserError: the first thing that is wrong.
    """
    place = manifest["metadata"]["name"]
    assert schema.check(manifest, folder(), place), f"no schema of {manifest['apiVersion']} {manifest['kind']}"
