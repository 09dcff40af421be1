"""The lab: its output on messages and on missing programs."""

import re
from pathlib import Path

import pytest

from compiler.errors import UserError
from tests.e2e import lab
from tests.e2e.receivers import Message


@pytest.mark.parametrize(
    ("message", "line"),
    [
        (Message("/v2/enqueue", {"event_action": "trigger", "payload": {"summary": "S"}}), "PagerDuty trigger: S"),
        (Message("/v2/enqueue", {"event_action": "resolve"}), "PagerDuty resolve: "),
        (Message("/slack/alerts", {"attachments": [{"title": "T"}]}), "Slack /slack/alerts: T"),
        (Message("/webhook/x", {"alerts": [{"labels": {"alertname": "A"}}]}), "/webhook/x: A"),
        (Message("a@example.com", {"subject": "U", "body": "B"}), "mail to a@example.com: U"),
    ],
)
def test_message_in_one_line(message: Message, line: str) -> None:
    assert lab.describe(message) == line


def test_missing_server_is_named_with_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    def only_prometheus(name: str) -> Path | None:
        return None if name == "alertmanager" else Path(f"/bin/{name}")

    monkeypatch.setattr(lab, "find", only_prometheus)
    with pytest.raises(UserError, match=r"no alertmanager on PATH .* `python3 tools/build.py alertmanager`"):
        lab.programs()


def test_wrong_scale_is_one_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("E2E_SCALE", "fast")
    monkeypatch.setattr(lab, "programs", dict)
    assert lab.main([]) == 1
    assert capsys.readouterr().err == "E2E_SCALE: expected a number of at least 1, found 'fast'\n"


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["--workload", "shop"], r"lab: workload: expected one of personalization, .*; found 'shop'"),
        (
            ["--workload", "platform", "--incident", "rain"],
            r"lab: incident of platform: expected one of .*; found 'rain'",
        ),
        (["--incident", "outage"], r"lab: workload: expected one of .*; found ''"),
    ],
)
def test_an_incident_that_is_not_there_is_one_line(
    arguments: list[str], error: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert lab.main(arguments) == 1
    assert re.fullmatch(error, capsys.readouterr().err.rstrip("\n"))


def test_an_incident_is_picked_by_name_or_by_number(capsys: pytest.CaptureFixture[str]) -> None:
    table = lab.offered()
    chosen = lab.pick(table, "recsys-saas", "outage")
    number = table.index(chosen) + 1
    assert f"{number:2} recsys-saas: outage\n" in lab.menu(table)
    answers = iter(["", "0", "many", f" {number} "])
    assert lab.prompt(table, lambda _: next(answers)) == chosen
    assert capsys.readouterr().out.count("expected a number from 1 to") == 3


def test_what_does_nothing_or_takes_hours_is_not_offered() -> None:
    assert not {each.incident for each in lab.offered()} & {"quiet night", "slow burn"}


def test_changes_are_told_and_nothing_else() -> None:
    before = {"a": "fires", "b": "is about to fire", "c": "fires"}
    after = {"b": "fires", "c": "fires", "d": "is about to fire"}
    assert list(lab.changes(before, after)) == ["a is over", "b fires", "d is about to fire"]
