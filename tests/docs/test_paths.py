"""What pages and comments point to is there: a path that a move left behind is found here."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
_SOURCES = (
    *("bootstrap", "catalog", "compiler", "components", "docs", "examples", "instrumentation", "jobs", "lambdas"),
    *("policies", "sandbox", "stacks", "tools"),
)
# A path from the project's folder, to a file of one of the folders that hold code. The README makes a case of an alert
# that there is not yet; `tests/rules` has its own test of which cases must be there.
_PATH = re.compile(
    r"(?<![\w./-])((?:compiler|components|instrumentation|jobs|lambdas|policies|sandbox|stacks|tests|tools)/"
    r"(?!rules/\w+/)[\w/.-]+\.(?:pem|py|yaml))\b"
)
_QUESTION = re.compile(r"^\| (?P<question>[^|]+) \| (?P<answer>[^|]+) \|$", re.MULTILINE)


def readers() -> Iterator[Path]:
    """Yields the files in which somebody may be pointed to another file."""
    yield from (ROOT / name for name in ("CONTRIBUTING.md", "README.md", "Makefile", "settings.py", "versions.yaml"))
    for folder in _SOURCES:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in {".md", ".py", ".yaml"} and "__pycache__" not in path.parts:
                yield path


def lost(text: str) -> list[str]:
    """Returns the paths in a text that lead nowhere."""
    return sorted({found for found in _PATH.findall(text) if not (ROOT / found).is_file()})


def answers() -> dict[str, str]:
    """Returns the ten questions of CONTRIBUTING.md with their answers."""
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    _, _, rest = page.partition("\n## Ten questions\n")
    rows = _QUESTION.findall(rest.partition("\n## ")[0])
    return dict(rows[1:])


def test_no_page_and_no_comment_points_to_a_file_that_is_gone() -> None:
    found = {str(path.relative_to(ROOT)): lost(path.read_text(encoding="utf-8")) for path in readers()}
    assert len(found) > 300
    assert {name: paths for name, paths in found.items() if paths} == {}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("see `compiler/load.py` and (components/parts/tags.py).", []),
        ("`compiler/slo.py: allowed`", ["compiler/slo.py"]),
        ("# tests/components/test_tags.py", ["tests/components/test_tags.py"]),
        ("source: opentelemetry-operator, internal/components/extensions.py", []),
    ],
)
def test_a_path_that_leads_nowhere_is_noticed(text: str, expected: list[str]) -> None:
    assert lost(text) == expected


def test_there_are_ten_questions() -> None:
    assert len(answers()) == 10
    assert len(set(answers().values())) == 10


@pytest.mark.parametrize("question", answers())
def test_a_question_is_answered_by_one_path(question: str) -> None:
    (path,) = re.findall(r"`([^`]+)`", answers()[question])
    found = [*ROOT.glob(path.replace("<workload>", "*"))]
    assert any(each.is_dir() if path.endswith("/") else each.is_file() for each in found), path
