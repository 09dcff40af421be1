"""One running pack for each test worker, called by its real protocol."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.analyzer import PolicyPack
from tests.program.copies import copy_folder

PACK = Path(__file__).resolve().parents[2] / "policies"


@pytest.fixture(scope="session")
def pack() -> Iterator[PolicyPack]:
    with PolicyPack(PACK, project="observability", stack="test", dry_run=True) as running:
        yield running


@pytest.fixture(scope="session")
def prod_pack() -> Iterator[PolicyPack]:
    """Yield the pack as it judges a stack of production, told so by the stack's setting and not by its name."""
    config = {"observability:environment": "prod"}
    with PolicyPack(PACK, project="observability", stack="test", dry_run=True, config=config) as running:
        yield running


@pytest.fixture
def copied_pack(tmp_path: Path) -> Path:
    """Return a copy of the pack whose files a test may change."""
    for name in ("compiler", "catalog", "facts"):
        (tmp_path / name).symlink_to(PACK.parent / name)
    return copy_folder(PACK, tmp_path / "policies")
