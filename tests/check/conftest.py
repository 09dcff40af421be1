"""A copy of what users edit; the SDK's own warnings are silenced before the checker imports the program."""

from pathlib import Path
from shutil import copy2, copytree

import pytest

import tests.program.sdk as _sdk
from tests.catalog_copy import ROOT, CatalogCopy

__all__ = ["_sdk"]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of what users edit, with what is made of it; the program itself is the project's."""
    CatalogCopy(tmp_path)
    for pattern in ("Pulumi*.yaml", "__main__.py", "versions.yaml", "docs/*.md"):
        for file in ROOT.glob(pattern):
            copy2(file, tmp_path / file.relative_to(ROOT))
    for folder in (path for path in (ROOT / "tests" / "rules").iterdir() if any(path.glob("*.yaml"))):
        copytree(folder, tmp_path / "tests" / "rules" / folder.name)
    return tmp_path
