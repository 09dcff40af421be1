"""Servers are awaited, not guessed at: a slow one, a dead one, and how each ends."""

import os
import signal
from pathlib import Path

import pytest

from tests.e2e import servers
from tests.e2e.apiserver import attempt
from tests.e2e.loopback import ask, ask_json
from tests.e2e.receivers import Message
from tests.e2e.rig import about

SERVE = """
import http.server, sys
class Ready(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/-/ready" else 500)
        self.end_headers()
server = http.server.HTTPServer(("127.0.0.1", 0), Ready)
print(f'msg="Listening on" component=web address=127.0.0.1:{server.server_address[1]}', flush=True)
server.serve_forever()
"""


def start(folder: Path, program: str) -> servers.Server:
    return servers.Server("fake", ["python3", "-u", "-c", program], folder)


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_server_is_ready_when_started_and_gone_when_closed(tmp_path: Path) -> None:
    server = start(tmp_path, SERVE)
    pid = server._process.pid
    assert ask(server.address, "/-/ready")[0] == 200
    with pytest.raises(OSError, match="expected status 200, found 500"):
        ask_json(server.address, "/other")
    server.close()
    assert not alive(pid)
    with pytest.raises(ConnectionRefusedError):
        ask(server.address, "/-/ready")


def test_server_that_dies_is_reported_with_its_last_words(tmp_path: Path) -> None:
    with pytest.raises(ChildProcessError, match=r"fake ended with 3: no such file"):
        start(tmp_path, "import sys; print('no such file', flush=True); sys.exit(3)")


def test_server_that_ignores_the_gentle_way_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(servers, "STOP_TIMEOUT", 0.2)
    server = start(tmp_path, f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n{SERVE}")
    server.close()
    assert server._process.returncode == -signal.SIGKILL


def test_waiting_says_for_what(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(servers, "START_TIMEOUT", 0.2)
    with pytest.raises(TimeoutError, match="fake listening: not in 0 s"):
        start(tmp_path, "import time; time.sleep(60)")


TAKEN = "import sys; print('listen tcp 127.0.0.1:1: bind: address already in use', flush=True); sys.exit(1)"


def test_a_port_that_was_taken_meanwhile_is_chosen_again(tmp_path: Path) -> None:
    programs = iter([TAKEN, SERVE])
    server = attempt(lambda home: start(home, next(programs)), tmp_path / "second")
    server.close()
    assert (tmp_path / "second" / "2").is_dir()
    with pytest.raises(ChildProcessError):
        attempt(lambda home: start(home, TAKEN), tmp_path / "never")
    with pytest.raises(ChildProcessError, match="fake ended with 3"):
        attempt(lambda home: start(home, "raise SystemExit(3)"), tmp_path / "other")
    assert not (tmp_path / "other" / "2").exists()


def test_only_this_machine_is_asked() -> None:
    with pytest.raises(ValueError, match=r"expected an address on 127.0.0.1, found 'example.com:80'"):
        ask("example.com:80", "/")


TRIGGER = Message("/v2/enqueue", {"event_action": "trigger", "payload": {"class": "HighErrorRate"}})
POST = Message("/slack/alerts", {"attachments": [{"title": "[RESOLVED] P1 personalization/api: HighErrorRate"}]})
MAIL = Message("a@example.com", {"subject": "[FIRING 3] P2 personalization/edge: LowCacheHitRate"})


@pytest.mark.parametrize(
    ("message", "alert", "status"),
    [(TRIGGER, "HighErrorRate", "firing"), (POST, "HighErrorRate", "resolved"), (MAIL, "LowCacheHitRate", "firing")],
)
def test_message_is_recognised_by_alert_and_status(message: Message, alert: str, status: str) -> None:
    other = "resolved" if status == "firing" else "firing"
    assert about(alert, status)(message)
    assert not about(alert, other)(message)
    assert not about("Rate", status)(message)
