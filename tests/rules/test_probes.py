"""The rendered modules judge the health pages as the document describes them, by the real blackbox exporter."""

import re
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.e2e import servers
from tests.e2e.loopback import ask
from tests.rules import rendered
from tests.tools.finder import require

# The document's answers, and what else may be met at such an address: page, status, body.
PAGES = {
    "/health/live": (200, '{"status": "alive", "timestamp": "2026-11-22T12:00:00"}'),
    "/health/ready": (200, '{"status":"ready","checks":{"database":true,"redis":true}}'),
    "/health/not-ready": (503, '{"status":"not_ready","checks":{"database":false,"redis":true}}'),
    "/health/deep": (200, '{"system":{"cpu_usage":12.5},"business":{"cache_hit_rate":91}}'),
    "/login": (200, "<html>Please log in</html>"),
    "/moved": (302, ""),
}


class Handler(BaseHTTPRequestHandler):
    """Answers with what PAGES has, 404 otherwise."""

    def do_GET(self) -> None:
        status, body = PAGES.get(self.path, (404, ""))
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "/health/live")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, format: str, *args: object) -> None:
        """Nobody reads it."""


@pytest.fixture(scope="module")
def configuration(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("blackbox") / "blackbox.yaml"
    path.write_text(rendered.artefacts()["blackbox/blackbox.yaml"])
    return path


@pytest.fixture(scope="module")
def exporter(configuration: Path) -> Iterator[servers.Server]:
    server = servers.blackbox_exporter(require("blackbox_exporter"), configuration, configuration.parent)
    yield server
    server.close()


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_the_exporter_accepts_the_configuration(configuration: Path) -> None:
    program = require("blackbox_exporter")
    options = [f"--config.file={configuration}", "--config.check"]
    done = subprocess.run([program, *options], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("module", "page", "success"),
    [
        ("says-alive", "/health/live", "1"),
        ("says-alive", "/login", "0"),
        ("says-alive", "/moved", "0"),
        ("says-alive", "/gone", "0"),
        ("says-ready", "/health/ready", "1"),
        ("says-ready", "/health/not-ready", "0"),
        ("says-ready", "/health/live", "0"),
        ("page-answers", "/health/deep", "1"),
        ("page-answers", "/health/not-ready", "0"),
    ],
)
def test_a_module_judges_a_page(exporter: servers.Server, site: str, module: str, page: str, success: str) -> None:
    status, text = ask(exporter.address, f"/probe?module={module}&target={site}{page}")
    assert status == 200
    values = dict(re.findall(r"^(\w+) (\S+)$", text, re.MULTILINE))
    assert values["probe_success"] == success, text
    assert float(values["probe_http_status_code"]) == PAGES.get(page, (404, ""))[0]
    assert {"probe_duration_seconds"} <= set(values)


def test_nobody_there_is_no_success(exporter: servers.Server) -> None:
    _, text = ask(exporter.address, "/probe?module=says-alive&target=http://127.0.0.1:1/health/live")
    assert "\nprobe_success 0\n" in text
    assert "\nprobe_http_status_code 0\n" in text
