"""The sandbox's own moto server, and no other."""

import json
import os
import socket
import threading
import time
from dataclasses import asdict
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from compiler.errors import UserError
from sandbox.aws import moto
from sandbox.aws.cloud import Cloud


def test_it_survives_its_starter_and_stops_by_its_pid(tmp_path: Path) -> None:
    server = moto.start(tmp_path)
    assert moto.running(tmp_path) == server
    assert os.getsid(server.pid) != os.getsid(0)
    assert moto.stop(tmp_path)
    assert moto.running(tmp_path) is None
    assert not moto.stop(tmp_path)


def test_another_server_on_the_noted_port_is_not_ours(tmp_path: Path) -> None:
    class Other(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"hello")

        def log_message(self, *_: Any) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Other) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        note = {"pid": os.getpid(), "port": server.server_port, "token": "x"}
        (tmp_path / "moto.json").write_text(json.dumps(note))
        assert moto.running(tmp_path) is None
        assert not moto.stop(tmp_path)  # this process is noted there: it must not be ended
        server.shutdown()
        thread.join()


def test_a_server_that_answers_late_is_not_taken_for_gone(tmp_path: Path) -> None:
    class Late(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            time.sleep(6)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"ours")

        def log_message(self, *_: Any) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Late) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        noted = moto.Server(os.getpid(), server.server_port, "ours")
        (tmp_path / "moto.json").write_text(json.dumps(asdict(noted)))
        assert moto.running(tmp_path) == noted
        server.shutdown()
        thread.join()


def test_a_taken_port_is_one_line(tmp_path: Path) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        held.listen()
        port = held.getsockname()[1]
        with pytest.raises(UserError, match=rf"moto did not start on port {port}: .*; see .*moto.log") as caught:
            moto.start(tmp_path, port=port)
    assert "\n" not in str(caught.value)


def test_the_wanted_port_must_be_a_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SANDBOX_MOTO_PORT", "http")
    with pytest.raises(UserError, match="SANDBOX_MOTO_PORT: expected a port number, found 'http'"):
        _ = Cloud(tmp_path).server
