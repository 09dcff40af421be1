"""A preview as Markdown."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import pytest

from compiler.errors import UserError
from sandbox.analyzer import Finding
from sandbox.cli import main
from sandbox.markdown import append, markdown
from sandbox.model import Resource, Step
from sandbox.summary import Summary
from tests.sandbox.lab import Lab


def step(op: str, name: str, *, custom: bool = True) -> Step:
    return Step(op, Resource(f"urn:{name}", "aws:sns/topic:Topic", name, custom=custom, mode="applied"))


def summary(*steps: Step, findings: tuple[Finding, ...] = ()) -> Summary:
    cost = SimpleNamespace(monthly_usd=Decimal("12.50"), unpriced=3, to_json=lambda: "{}")
    return Summary("preview", "toy", steps=list(steps), findings=list(findings), cost=cost)


def test_counts_cost_and_changes() -> None:
    text = markdown(summary(step("create", "one"), step("delete", "two"), step("same", "three")), policies=True)
    assert text.startswith("## preview `toy`\n\n- preview toy: 1 create, 1 delete")
    assert "- monthly cost: 12.50 USD (3 resources without a price)" in text
    assert "<summary>2 changes</summary>" in text
    assert "| create | `aws:sns/topic:Topic` | `one` |" in text
    assert "three" not in text


def test_components_and_what_stays_make_no_table() -> None:
    assert "<details>" not in markdown(summary(step("create", "c", custom=False), step("same", "s")), policies=True)


def test_mandatory_findings_stand_out() -> None:
    text = markdown(summary(findings=(Finding("no-keys", "mandatory", "urn:x", "found a key"),)), policies=True)
    assert "- policies: 1 mandatory" in text
    assert "### Mandatory findings\n\n- urn:x: no-keys (mandatory): found a key" in text


def test_without_a_pack_nothing_is_said_to_be_judged() -> None:
    assert "- policies: none" in markdown(summary(), policies=False)


def test_nothing_is_markup() -> None:
    nasty = "<img src=x> | `a`\n## b [c](d) *e*"
    text = markdown(summary(step("create", nasty), findings=(Finding(nasty, "mandatory", "", nasty),)), policies=True)
    assert "<img" not in text.replace("`<img src=x>   a ## b [c](d) *e*`", "")
    assert "\n## b" not in text
    assert r"\[c\](d) \*e\*" in text


def test_long_tables_end() -> None:
    text = markdown(summary(*(step("create", f"t{n}") for n in range(203))), policies=True)
    assert "| ... | 3 more | |" in text
    assert "`t199`" in text
    assert "`t200`" not in text


def test_the_command_line_appends(lab: Lab, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lab.write('aws.sns.Topic("t", name="t")')
    file = tmp_path / "summary.md"
    file.write_text("before\n")
    call = ["preview", "--project", str(lab.project), "--state", str(lab.state), "--markdown", str(file)]
    assert main(call) == 0
    assert file.read_text().startswith("before\n## preview `local`")
    assert "| create | `aws:sns/topic:Topic` | `t` |" in file.read_text()
    capsys.readouterr()


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"gone/x\.md: cannot be written: No such file"):
        append(tmp_path / "gone" / "x.md", "text")
