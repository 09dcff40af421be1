"""What was proven is not asked again, what changed is, and what the programs say is told with its place."""

import re
import subprocess
import time
from itertools import count
from pathlib import Path

import pytest

from compiler.catalog.yaml_source import parse
from tests.check.base import base_commit, is_edited
from tests.check.behaviour import accepted_proofs, explained
from tests.check.findings import compiled
from tests.check.proofs import REMEMBERED, Ledger, Proof, key_of, needed, run
from tests.check.prove import LEDGER, prove
from tests.tools.finder import require

CASES = Path("tests/rules/personalization/HighLatency.yaml")


def proof(name: str, *mistakes: str) -> Proof:
    return Proof(key_of(name), lambda: [*mistakes])


def git(folder: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "init.defaultBranch=main")
    done = subprocess.run(["git", *identity, *arguments], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def committed(folder: Path) -> str:
    """Make a repository of a folder, with one commit; return that."""
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "All")
    return git(folder, "rev-parse", "HEAD")


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "state" / "proven.txt")


def test_what_is_proven_is_not_asked_again(tmp_path: Path, ledger: Ledger) -> None:
    good, bad, merged = proof("good"), proof("bad", "a.yaml:1: wrong"), proof("merged")
    asked = needed([good, bad, merged, good], {merged.key}, ledger)
    assert asked == [good, bad]
    assert run(asked, ledger) == ["a.yaml:1: wrong"]
    assert needed([good, bad], set(), Ledger(tmp_path / "state" / "proven.txt")) == [bad]


def test_the_oldest_proofs_are_forgotten_first(tmp_path: Path, ledger: Ledger) -> None:
    ledger.add(str(number) for number in range(REMEMBERED))
    ledger.add(["newest"])
    again = Ledger(tmp_path / "state" / "proven.txt")
    assert "newest" in again
    assert "1" in again
    assert "0" not in again


def test_a_key_is_that_of_its_content() -> None:
    assert key_of("a", {"x": 1, "y": [2]}) == key_of("a", {"y": [2], "x": 1})
    assert len({key_of("a", "b"), key_of("ab"), key_of("b", "a"), key_of(["a", "b"])}) == 4


def test_a_run_that_takes_long_says_how_far_it_is(ledger: Ledger) -> None:
    lines: list[str] = []
    quick = [proof(str(number)) for number in range(3)]
    run(quick, ledger, lines.append)
    assert lines == []

    def wait() -> list[str]:
        time.sleep(2.5)
        return []

    slow = Proof("slow", wait)
    run([*quick, slow], ledger, lines.append)
    assert lines
    assert all(re.fullmatch(r"proven by the real programs: [0-3] of 4", line) for line in lines)


def test_the_base_is_where_the_branch_left_the_remotes_main(tmp_path: Path) -> None:
    origin, clone = tmp_path / "origin", tmp_path / "clone"
    (origin / "catalog").mkdir(parents=True)
    (origin / "catalog" / "a.yaml").write_text("a: 1\n")
    assert base_commit(origin) is None
    first = committed(origin)
    assert base_commit(origin) == first, "without a remote, the branch's last commit"
    git(tmp_path, "clone", "--quiet", str(origin), str(clone))
    (clone / "catalog" / "a.yaml").write_text("a: 2\n")
    assert is_edited(clone, first)
    git(clone, "commit", "--quiet", "--all", "--message", "Two")
    assert base_commit(clone) == first
    assert is_edited(clone, first), "a commit that is not merged is not proven"
    assert not is_edited(clone, "HEAD")
    (clone / "catalog" / "b.yaml").write_text("b: 1\n")
    assert is_edited(clone, "HEAD"), "a new file counts"


def test_a_changed_threshold_runs_the_cases_of_its_alert_alone(project: Path) -> None:
    require("promtool")
    committed(project)
    assert prove(compiled(project)).asked == 0
    (file,) = (each for each in (project / "catalog/personalization").rglob("*.yaml") if "HighLatency\n" in _text(each))
    before = _text(file)
    entry = re.search(r"^  - name: HighLatency\n(?:    .*\n|\n)*", before, re.MULTILINE)
    assert entry
    limits = count(61, -1)  # the gravest first
    higher = re.sub(r"above: [\d.]+", lambda _: f"above: {next(limits)}", entry[0])
    file.write_text(before.replace(entry[0], higher), encoding="utf-8")
    edited = prove(compiled(project))
    assert 0 < edited.asked < 12, "one alert, one file of rules for each kind of stack"
    assert edited.notes == []
    assert edited.findings
    expected = re.compile(rf"{CASES}:\d+: '[^']+'\.expect\.\w+: '")
    assert [line for line in edited.findings if not expected.match(line)] == []
    assert len((project / LEDGER).read_text().split()) == edited.asked - 1, "the rest is proven"
    assert prove(compiled(project)).asked == 1, "and not asked again"
    missing = prove(compiled(project), lambda _: None)
    assert [note.partition(":")[0] for note in missing.notes] == [
        f"what {name} would say is not known" for name in ("promtool", "amtool")
    ]


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8")


def test_what_promtool_says_is_told_with_the_line_of_the_expectation(project: Path) -> None:
    said = (
        'FAILED:\n    expr: "count(ALERTS{severity=\\"x\\"}) or vector(0) # critical at a p95 of 200 ms", time: 15m,\n'
        "        exp: {} 1E+00\n        got: {} 0E+00\n"
    )
    (line,) = explained(project / CASES, said)
    case = next(
        n
        for n, each in enumerate(parse(_text(project / CASES), "x").data["cases"])  # type: ignore[index]
        if each["name"] == "critical at a p95 of 200 ms"
    )
    place = parse(_text(project / CASES), str(CASES)).place(("cases", case, "expect", "15m"))
    assert line == (
        f"{place}: 'critical at a p95 of 200 ms': expected 1 firing, found 0: correct the rule, or what the case shows"
    )
    assert explained(project / CASES, "bad  file\n") == [f"{CASES}: promtool: bad file"]


def test_rules_and_routes_that_the_programs_refuse_are_told(ledger: Ledger) -> None:
    programs = {name: require(name) for name in ("promtool", "amtool")}
    artefacts = {
        "prometheus/rules/shop.yaml": "groups: [{name: a, rules: [{record: b, expr: 'sum('}]}]\n",
        "alertmanager/alertmanager.yaml": "route: {receiver: nobody}\n",
        "alertmanager/messages.tmpl": "",
    }
    rules, routes = sorted(run([*accepted_proofs(programs, [("prod", artefacts)])], ledger))
    assert rules.startswith("catalog/routing.yaml: stack prod: amtool refuses its routes: ")
    assert routes.startswith("catalog/shop: stack prod: promtool refuses its rules: ")
