"""The lab: what it says of messages and of what is missing."""

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
        (Message("a@example.com", {"subject": "U", "body": "B"}), "mail to a@example.com: U"),
    ],
)
def test_message_in_one_line(message: Message, line: str) -> None:
    assert lab.describe(message) == line


def test_missing_server_is_named_with_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    def only_prometheus(name: str) -> Path | None:
        return Path("/bin/prometheus") if name == "prometheus" else None

    monkeypatch.setattr(lab, "find", only_prometheus)
    with pytest.raises(UserError, match=r"no alertmanager on PATH .* `python3 tools/build.py alertmanager`"):
        lab.programs()


def test_wrong_scale_is_one_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("E2E_SCALE", "fast")
    monkeypatch.setattr(lab, "programs", dict)
    assert lab.main() == 1
    assert capsys.readouterr().err == "E2E_SCALE: expected a number of at least 1, found 'fast'\n"
