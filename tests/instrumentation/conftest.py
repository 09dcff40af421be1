"""Contracts as the compiler writes them, and services that are watched by them."""

import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from compiler.artefacts import compile_artefacts
from compiler.catalog.catalog import Catalog
from compiler.target import Target
from instrumentation.contract import read_contract
from instrumentation.settings import Settings
from instrumentation.watch import Watch

KEY = b"0123456789abcdef0123456789abcdef"
SERVICE = "recommendation-service"


@pytest.fixture(scope="session")
def contracts(catalog: Catalog, target: Target, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with every workload's contract."""
    folder = tmp_path_factory.mktemp("contracts")
    for path, text in compile_artefacts(catalog, target).items():
        if path.startswith("instrumentation/"):
            (folder / path.rpartition("/")[2]).write_text(text, encoding="utf-8")
    (folder / "key").write_bytes(KEY + b"\n")
    return folder


@dataclass
class Watched:
    """A service with what it wrote."""

    watch: Watch
    out: io.StringIO

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.getvalue().splitlines()]

    @property
    def line(self) -> dict[str, Any]:
        """The last line."""
        return self.lines[-1]


Watching = Callable[..., Watched]


@pytest.fixture
def watching(contracts: Path) -> Iterator[Watching]:
    """Start a watch of the test's own; `workload`, `service`, `environment` and settings by name."""
    made = list[Watched]()

    def start(workload: str = SERVICE, service: str = SERVICE, environment: str = "prod", **settings: Any) -> Watched:
        out = io.StringIO()
        values: dict[str, Any] = {"id_key_file": contracts / "key", "instance": "pod-1"} | settings
        contract = read_contract(contracts / f"{workload}.json", workload)
        made.append(Watched(Watch(contract, service, Settings(**values), environment=environment, out=out), out))
        return made[-1]

    yield start
    for one in made:
        one.watch.close()
