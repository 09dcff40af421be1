"""Small programs to run, and one moto server for all tests of a worker."""

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import asdict
from http.client import HTTPConnection
from pathlib import Path

import pytest

from sandbox.aws import moto
from tests.sandbox.lab import Lab

TOY = Path(__file__).parent / "projects" / "toy"


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], moto.Server]]:
    """Give the worker's server; it is started again when a test stopped it."""
    folder = tmp_path_factory.mktemp("moto")

    def server() -> moto.Server:
        return moto.running(folder) or moto.start(folder)

    yield server
    moto.stop(folder)


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    """Return an empty project without a server."""
    (tmp_path / "project").mkdir()
    return Lab(tmp_path / "project", tmp_path / "state")


@pytest.fixture
def cloud(lab: Lab, servers: Callable[[], moto.Server]) -> Iterator[Lab]:
    """Yield a project whose sandbox has the worker's server, emptied."""
    server = servers()
    connection = HTTPConnection("127.0.0.1", server.port)
    connection.request("POST", "/moto-api/reset")
    assert connection.getresponse().status == 200
    connection.close()
    lab.state.mkdir()
    (lab.state / "moto.json").write_text(json.dumps(asdict(server)))
    yield lab
    if moto.running(lab.state) not in {None, server}:  # a test that stops the shared server may start its own
        moto.stop(lab.state)


@pytest.fixture
def toy(cloud: Lab) -> Lab:
    """Return the larger example, on the worker's server."""
    shutil.rmtree(cloud.project)
    shutil.copytree(TOY, cloud.project)
    return cloud
