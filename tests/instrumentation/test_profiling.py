"""Profiles really leave a process: a server in place of Pyroscope counts what arrives."""

import gzip
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread

import pytest

from tests.catalog_copy import ROOT

WAIT = 60
"""Seconds for a first upload; it comes after one."""
PROGRAM = """
import sys, time
from instrumentation.profiling import start_profiling
facts = {"service": "ml-engine", "workload": "recsys-saas", "environment": "prod", "instance": "pod-1"}
start_profiling(sys.argv[1], facts, upload_seconds=1)
while True:
    sum(n * n for n in range(10_000))
"""


class Uploads(ThreadingHTTPServer):
    """Keeps what profilers send."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.bodies: list[bytes] = []
        self.arrived = Event()


class Handler(BaseHTTPRequestHandler):
    """Takes any upload."""

    server: Uploads

    def do_POST(self) -> None:
        self.server.bodies.append(gzip.decompress(self.rfile.read(int(self.headers["content-length"]))))
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()
        self.server.arrived.set()

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@pytest.fixture
def uploads() -> Iterator[Uploads]:
    server = Uploads()
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_profile_arrives_with_its_service(uploads: Uploads) -> None:
    address = f"http://127.0.0.1:{uploads.server_address[1]}"
    process = subprocess.Popen([sys.executable, "-c", PROGRAM, address], cwd=ROOT)
    try:
        assert uploads.arrived.wait(WAIT)
    finally:
        process.kill()
        process.wait()
    body = uploads.bodies[0]
    for expected in (b"ml-engine", b"recsys-saas", b"pod-1"):
        assert expected in body
