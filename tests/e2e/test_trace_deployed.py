"""The deployed configuration of the collectors, unchanged, is accepted by a real collector.

`otelcol validate` reads the configuration and makes every part of every pipeline, and starts none.
"""

from __future__ import annotations

import os
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from compiler.catalog.catalog import Catalog
from compiler.target import Target
from compiler.text import to_yaml
from compiler.traces import deployed
from compiler.traces.agent import NODE_NAME
from compiler.traces.parts import POD_IP, STORAGE, Config
from tests.tools.finder import require

pytestmark = pytest.mark.e2e
# Senders look for gateways by the cluster's API: without a cluster to ask, the part that does so is not made.
KUBECONFIG = {
    "apiVersion": "v1",
    "kind": "Config",
    "clusters": [{"name": "none", "cluster": {"server": "http://127.0.0.1:1"}}],
    "users": [{"name": "none", "user": {}}],
    "contexts": [{"name": "none", "context": {"cluster": "none", "user": "none"}}],
    "current-context": "none",
}


def refused(config: Config, folder: Path) -> str:
    """Return a collector's error about a configuration; nothing if it is valid."""
    program = require("otelcol")
    (folder / "queue").mkdir()
    (folder / "key").write_text("hunter2", encoding="utf-8")
    (folder / "kubeconfig").write_text(to_yaml(KUBECONFIG), encoding="utf-8")
    text = to_yaml(config).replace(STORAGE, str(folder / "queue"))
    file = folder / "config.yaml"
    file.write_text(text.replace(f"{deployed.VENDOR_FOLDER}/", f"{folder}/"), encoding="utf-8")
    cluster = {"KUBECONFIG": str(folder / "kubeconfig"), NODE_NAME: "one", POD_IP: "127.0.0.1"}
    done = subprocess.run(
        [program, "validate", "--config", file],
        env={"PATH": os.environ["PATH"], **cluster},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return "" if done.returncode == 0 else done.stdout + done.stderr or "refused"


def test_every_collector_takes_what_it_is_told(catalog: Catalog, target: Target, tmp_path: Path) -> None:
    outside = replace(target, apm_endpoint="https://otlp.example.com")
    configurations = {
        "agent": deployed.agents(catalog, target),
        "entrance": deployed.outside(catalog, target),
        "gateway": deployed.gateways(catalog, target),
        "gateway-with-vendor": deployed.gateways(catalog, outside),
    }
    for name, config in configurations.items():
        folder = tmp_path / name
        folder.mkdir()
        assert refused(config, folder) == "", name


def test_an_unknown_key_is_refused(catalog: Catalog, target: Target, tmp_path: Path) -> None:
    config = deployed.gateways(catalog, target)
    receivers = {"otlp": {"protocols": {"grpc": {"endpoint": "127.0.0.1:4317", "nonsense": 1}}}}
    assert "nonsense" in refused({**config, "receivers": receivers}, tmp_path)
