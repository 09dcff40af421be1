"""The digest between two servers and a Slack channel on this machine, with the settings that are compiled."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from compiler.catalog.catalog import Catalog
from compiler.routing.digest import settings
from compiler.target import Target
from jobs.digest.__main__ import main
from tests.e2e.receivers import HttpReceiver
from tests.frozen import routing
from tests.jobs.digest.servers import Answering, by_title


@dataclass
class Rig:
    """Everything that the digest talks to; `paused` is for how long it waited between tries."""

    prometheus: Answering
    alertmanager: Answering
    http: HttpReceiver
    folder: Path
    settings: dict[str, Any]
    paused: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.address(f"http://{self.http.address}/slack/alerts")

    def address(self, url: str) -> None:
        (self.folder / "address").write_text(f"{url}\n", encoding="utf-8")

    def run(self) -> int:
        (self.folder / "settings.json").write_text(json.dumps(self.settings), encoding="utf-8")
        asked = ["--prometheus", self.prometheus.url, "--alertmanager", self.alertmanager.url]
        files = ["--settings", str(self.folder / "settings.json"), "--address", str(self.folder / "address")]
        return main([*asked, *files], self.paused.append)

    def posted(self) -> dict[str, Any]:
        (message,) = self.http.slack.all()
        return message.content

    def parts(self) -> dict[str, list[str]]:
        return by_title(self.posted())


@pytest.fixture
def rig(tmp_path: Path, catalog: Catalog, target: Target) -> Iterator[Rig]:
    prometheus, alertmanager, http = Answering(), Answering(), HttpReceiver()
    try:
        yield Rig(
            prometheus,
            alertmanager,
            http,
            tmp_path,
            settings("weekly-digest", replace(catalog, routing=routing()), target),
        )
    finally:
        for server in (prometheus, alertmanager, http):
            server.close()
