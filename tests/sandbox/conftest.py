"""Small programs to run, and one moto server for all tests of a worker."""

import json
import shutil
import textwrap
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import pytest

from sandbox import api
from sandbox.aws import moto
from sandbox.aws.cloud import Cloud
from sandbox.aws.target import AwsTarget
from sandbox.kubernetes.store import FileCluster
from sandbox.summary import Summary

TOY = Path(__file__).parent / "projects" / "toy"
PROJECT = "name: toy\nruntime: python\nconfig:\n  aws:region: {value: eu-west-1}\n"
HEAD = "import json\nimport pulumi\nimport pulumi_aws as aws\nimport pulumi_kubernetes as k8s\nOpts = pulumi.ResourceOptions\n"
CLIENTS: dict[moto.Server, Cloud] = {}


@dataclass
class Lab:
    """A project folder, a sandbox folder, and what to do with them."""

    project: Path
    state: Path

    def write(self, program: str, **files: str) -> None:
        """Writes the program and further files (`Pulumi_dev_yaml` for Pulumi.dev.yaml)."""
        (self.project / "__main__.py").write_text(HEAD + textwrap.dedent(program))
        for name, text in {"Pulumi_yaml": PROJECT, "Pulumi_local_yaml": "", **files}.items():
            (self.project / name.replace("_yaml", ".yaml").replace("_", ".", 1)).write_text(textwrap.dedent(text))

    def run(self, verb: str, stack: str = "local") -> Summary:
        return api.run(verb, stack, project=self.project, state=self.state)

    def up(self, program: str = "") -> Summary:
        if program:
            self.write(program)
        return self.run("up")

    def preview(self, program: str = "") -> Summary:
        if program:
            self.write(program)
        return self.run("preview")

    def listing(self) -> dict[str, list[str]]:
        """What both clouds hold, by type."""
        found: dict[str, list[str]] = {}
        if moto.running(self.state):
            found |= AwsTarget(self.clients()).everything("eu-west-1")
        objects = FileCluster(self.state / "cluster.db").keys()
        return {**found, "kubernetes": objects} if objects else found

    def aws(self, service: str):
        return self.clients().client(service, "eu-west-1")

    def clients(self) -> Cloud:
        """Clients for the running server; building them takes longer than most tests."""
        server = moto.running(self.state)
        assert server
        return CLIENTS.setdefault(server, Cloud(self.state, lambda: None))


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], moto.Server]]:
    """Gives the worker's server; it is started again when a test stopped it."""
    folder = tmp_path_factory.mktemp("moto")

    def server() -> moto.Server:
        return moto.running(folder) or moto.start(folder)

    yield server
    moto.stop(folder)


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    """An empty project without a server."""
    (tmp_path / "project").mkdir()
    return Lab(tmp_path / "project", tmp_path / "state")


@pytest.fixture
def cloud(lab: Lab, servers: Callable[[], moto.Server]) -> Lab:
    """A project whose sandbox has the worker's server, emptied."""
    server = servers()
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # some tests set proxies
    opener.open(urllib.request.Request(f"{server.url}/moto-api/reset", method="POST")).close()
    lab.state.mkdir()
    (lab.state / "moto.json").write_text(json.dumps(asdict(server)))
    return lab


@pytest.fixture
def toy(cloud: Lab) -> Lab:
    """The larger example, on the worker's server."""
    shutil.rmtree(cloud.project)
    shutil.copytree(TOY, cloud.project)
    return cloud
