"""The proofs of promtool and amtool: rules and routes are accepted, and alerts behave as their cases say."""

import json
import re
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from compiler.catalog.catalog import Catalog, Watched
from compiler.catalog.yaml_source import parse
from settings import TEMPLATES_GLOB
from tests.check.proofs import Proof, key_of
from tests.rules import amtool, cases, promtool
from tests.rules.rendered import needed, read_by
from tests.tools.finder import version

_RULES = "prometheus/rules/"
_FAILED = re.compile(
    r'expr: "(?:[^"\\]|\\.)* # (?P<name>(?:[^"\\]|\\.)*)", time: (?P<time>\w+),\s*exp: \{\} (?P<expected>\S+)\s*'
    r"got: (?P<found>.*)"
)
_LINT = ("--lint=all", "--lint-fatal")
TIMEOUT = 60
"""Seconds in which a file of rules or routes is judged; it takes a tenth of one."""


def case_proofs(
    program: Path, root: Path, catalog: Catalog, documents: Mapping[str, Mapping[str, Any]]
) -> Iterator[Proof]:
    """Yield the proof of each case file: promtool runs its cases on the rules that its alert needs.

    Files that are not valid, and those without an alert, are findings of their own and yield nothing here.

    Args:
        program: promtool.
        root: the project's folder, or a copy of it.
        catalog: whose alerts they are.
        documents: the rendered rules of each workload, as one mapping.
    """
    for path in cases.files(root / "tests" / "rules"):
        rules = needed(documents.get(path.parent.name, {"groups": []}), path.stem)
        if any("alert" in rule for group in rules["groups"] for rule in group["rules"]):
            try:
                yield _case_proof(program, path, rules, read_by(path.parent.name, catalog))
            except cases.CaseError:
                continue


def _case_proof(program: Path, path: Path, rules: Mapping[str, Any], watched: Sequence[Watched]) -> Proof:
    file = cases.load(path)
    asked = [promtool.translate(file, case, Path("rules.yaml"), watched) for case in file.cases]

    def answer() -> list[str]:
        with TemporaryDirectory() as scratch:
            written = promtool.written(Path(scratch) / "rules.yaml", rules)
            said = promtool.run(program, file, written, Path(scratch), watched)
        return explained(path, said) if said else []

    return Proof(key_of("cases", version(program), asked, rules), answer)


def explained(path: Path, said: str) -> list[str]:
    """Return a line for each expectation that promtool found unmet, with its place in the case file."""
    name = f"tests/rules/{path.parent.name}/{path.name}"
    source = parse(path.read_text(encoding="utf-8"), name)
    numbers, lines = {case.name: n for n, case in enumerate(cases.load(path).cases)}, list[str]()
    for found in _FAILED.finditer(said):
        case, time = str(json.loads(f'"{found["name"]}"')), found["time"]
        place = source.place(("cases", numbers[case], "expect", time))
        firing = f"expected {_count(found['expected'])} firing, found {_count(found['found'].split()[-1])}"
        lines.append(f"{place}: '{case}': {firing}: correct the rule, or what the case shows")
    return lines or [f"{name}: promtool: {' '.join(said.split())}"]


def _count(figure: str) -> str:
    """Return a count as people write it; promtool writes 1E+00."""
    try:
        return f"{float(figure):g}"
    except ValueError:
        return figure


def accepted_proofs(programs: Mapping[str, Path], stacks: Iterable[tuple[str, Mapping[str, str]]]) -> Iterator[Proof]:
    """Yield the proofs that promtool accepts each file of rules, and amtool each configuration of routes.

    Args:
        programs: `promtool` and `amtool`, those that there are.
        stacks: the artefacts of each stack, by its name; what several stacks share is asked once, by its key.
    """
    for stack, artefacts in stacks:
        if "promtool" in programs:
            for path in (each for each in artefacts if each.startswith(_RULES)):
                yield _rules_proof(programs["promtool"], stack, path, artefacts[path])
        if "amtool" in programs:
            yield _routes_proof(programs["amtool"], stack, artefacts)


def _rules_proof(program: Path, stack: str, path: str, text: str) -> Proof:
    def answer() -> list[str]:
        with TemporaryDirectory() as scratch:
            written = Path(scratch) / Path(path).name
            written.write_text(text, encoding="utf-8")
            said = _judged(program, "check", "rules", *_LINT, written)
        return [f"catalog/{Path(path).stem}: stack {stack}: promtool refuses its rules: {said}"] if said else []

    return Proof(key_of("rules", version(program), _LINT, path, text), answer)


def _routes_proof(program: Path, stack: str, artefacts: Mapping[str, str]) -> Proof:
    routes, messages = artefacts["alertmanager/alertmanager.yaml"], artefacts["alertmanager/messages.tmpl"]

    def answer() -> list[str]:
        with TemporaryDirectory() as scratch:
            configuration = Path(scratch) / "alertmanager.yaml"
            here = routes.replace(TEMPLATES_GLOB, f"{scratch}/*.tmpl")
            configuration.write_text(amtool.readable(program, here), encoding="utf-8")
            (Path(scratch) / "messages.tmpl").write_text(messages, encoding="utf-8")
            said = _judged(program, "check-config", configuration)
        return [f"catalog/routing.yaml: stack {stack}: amtool refuses its routes: {said}"] if said else []

    return Proof(key_of("routes", version(program), routes, messages), answer)


def _judged(program: Path, *arguments: str | Path) -> str:
    """Return what a program says against a file, on one line; nothing where it accepts the file."""
    done = subprocess.run([program, *arguments], capture_output=True, text=True, check=False, timeout=TIMEOUT)
    return "" if done.returncode == 0 else " ".join((done.stdout + done.stderr).split()) or "it fails in silence"
