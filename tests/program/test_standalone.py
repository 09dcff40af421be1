"""A clone is enough: nothing that the project does, tests or previews reads what lies beside it."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.tools.finder import ROOT

SUFFIXES = {"", ".java", ".json", ".md", ".py", ".sh", ".toml", ".yaml", ".yml"}
CLIMB = re.compile(r"(?<![\w./])(?:\.\./)+")
"""A relative path that climbs; in a page or a script it starts in that file's folder."""
PARENTS = re.compile(r"__file__\)(?:\.resolve\(\))?(?:\.parents\[(\d+)\]|((?:\.parent\b)+))")
BESIDE = re.compile(r"\b_?(?:ROOT|PROJECT|root|project)\.parents?\b|\bshared/crds\b|\.\./shared\b")
"""The folder that the project lies in, and the one from which its facts were read before they moved into it."""
# It names the paths that it looks for.
APART = {"tests/program/test_standalone.py"}


def _listed() -> list[str]:
    git = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if git.returncode != 0:
        pytest.skip("the project is no clone here: git lists no files")
    return [name for name in git.stdout.splitlines() if name not in APART and Path(name).suffix in SUFFIXES]


def leads_outside(name: str, text: str) -> list[str]:
    """Return what in a file's text leads out of the project; `name` is the file's path in it."""
    depth = len(Path(name).parts) - 1
    found = [each[0] for each in BESIDE.finditer(text)]
    for each in PARENTS.finditer(text):
        ups = int(each[1]) if each[1] else each[2].count(".parent") - 1
        found += [each[0]] if ups > depth else []
    if name.endswith((".md", ".sh")):  # elsewhere a path may start in another folder than the file's
        found += [each[0] for each in CLIMB.finditer(text) if each[0].count("../") > depth]
    return found


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("tests/components/x.py", 'CRDS = ROOT.parent / "facts"'),
        ("sandbox/x.py", 'folder = project.parent / "facts"'),
        ("sandbox/x.py", "HERE = Path(__file__).resolve().parents[2]"),
        ("settings.py", "HERE = Path(__file__).parent.parent"),
        ("docs/testing.md", "[the structures](../../facts/crds)"),
        ("docs/testing.md", "the structures in `shared/crds` beside the project"),
        ("setup.sh", "ls ../facts"),
    ],
)
def test_what_leads_outside_is_found(name: str, text: str) -> None:
    assert leads_outside(name, text)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("sandbox/x.py", "HERE = Path(__file__).resolve().parents[1]"),
        ("sandbox/aws/x.py", "HERE = Path(__file__).parent.parent.parent"),
        ("docs/adr/0001-x.md", "[the page](../../README.md)"),
    ],
)
def test_what_stays_inside_is_not(name: str, text: str) -> None:
    assert leads_outside(name, text) == []


def test_nothing_leads_out_of_the_project() -> None:
    names = [name for name in _listed() if (ROOT / name).is_file()]
    assert len(names) > 500
    found = {name: leads_outside(name, (ROOT / name).read_text(encoding="utf-8")) for name in names}
    assert {name: each for name, each in found.items() if each} == {}
