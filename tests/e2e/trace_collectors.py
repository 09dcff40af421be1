"""Agents and gateways: the compiled configuration in real collectors, with what differs here in one place."""

import os
import re
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from compiler.text import to_yaml
from compiler.traces import parts
from tests.e2e.log_java import free_port
from tests.e2e.loopback import ask
from tests.e2e.servers import START_TIMEOUT, end, until

METRIC = re.compile(r"^(\w+)(?:\{(.*)\})? (\S+)", re.MULTILINE)
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
PORTS = (parts.GRPC_PORT, parts.HTTP_PORT, parts.METRICS_PORT, parts.SPAN_METRICS_PORT, parts.HEALTH_PORT)
FLUSH = "500ms"
Labels = frozenset[tuple[str, str]]


def substituted(compiled: Mapping[str, object], folder: Path, ports: Mapping[int, int]) -> dict[str, Any]:
    """Return the differences from production; all else is as compiled.

    Ports are free ones, since all collectors share this machine; what waits is in a temporary folder; metrics of spans
    are handed on twice a second, not every thirty. Kubernetes is not asked for pods, gateways are named one by one,
    and storage is a stand-in: those are arguments of the compiler (`Agent`, `Gateway`).
    """
    text = to_yaml(compiled)
    for port, free in ports.items():
        text = text.replace(f"${{env:{parts.POD_IP}}}:{port}", f"${{env:{parts.POD_IP}}}:{free}")
    text = text.replace(parts.STORAGE, str(folder / "storage"))
    config: dict[str, Any] = yaml.safe_load(text)
    for connector in config.get("connectors", {}).values():
        if "metrics_flush_interval" in (connector or {}):
            connector["metrics_flush_interval"] = FLUSH
    for reader in config["service"]["telemetry"]["metrics"]["readers"]:
        reader["pull"]["exporter"]["prometheus"]["port"] = ports[parts.METRICS_PORT]
    return config


class Collector:
    """One collector of this configuration, until it is closed."""

    def __init__(
        self, program: Path, name: str, compiled: Mapping[str, object], folder: Path, memory_mib: int = 0
    ) -> None:
        self.name = name
        self.folder = folder / name
        self.folder.mkdir()
        self._ports = {port: free_port() for port in PORTS}
        self._config, self._log = self.folder / "config.yaml", self.folder / "log"
        self.configure(compiled)
        limit = parts.go_memory_limit(memory_mib) if memory_mib else {}
        environment = {"PATH": os.environ["PATH"], parts.POD_IP: "127.0.0.1", "GOMAXPROCS": "2", **limit}
        with self._log.open("w") as log:
            self.process = subprocess.Popen(
                [program, "--config", self._config], cwd=self.folder, stdout=log, stderr=log, env=environment
            )
        try:
            until(self.healthy, START_TIMEOUT, f"{name} ready")
        except BaseException:
            self.close()
            raise

    def configure(self, compiled: Mapping[str, object]) -> None:
        """Write a configuration; a collector that runs reads it when it is signalled."""
        self._config.write_text(to_yaml(substituted(compiled, self.folder, self._ports)), encoding="utf-8")

    def reload(self) -> None:
        """Let the collector read its configuration again, and wait until it has."""
        before = self.log().count("Everything is ready")
        self.process.send_signal(signal.SIGHUP)
        until(lambda: self.log().count("Everything is ready") > before, START_TIMEOUT, f"{self.name} reloaded")

    def healthy(self) -> bool:
        """Return whether its health check passes."""
        self.alive()
        try:
            return ask(f"127.0.0.1:{self._ports[parts.HEALTH_PORT]}", "/")[0] == 200
        except OSError:
            return False

    def alive(self) -> None:
        """Raise ChildProcessError, with the end of its log, when the process has ended."""
        if self.process.poll() is not None:
            raise ChildProcessError(f"{self.name} ended with {self.process.returncode}: {self.log()[-2000:]}")

    def log(self) -> str:
        """Return its log."""
        return self._log.read_text()

    def at(self, port: int) -> str:
        """Return the address on which it has what production has on that port."""
        return f"127.0.0.1:{self._ports[port]}"

    def page(self, port: int, accept: str = "text/plain") -> str:
        """Return a page of metrics; exemplars are in OpenMetrics only."""
        return ask(self.at(port), "/metrics", headers={"Accept": accept})[1]

    def series(self, name: str, port: int = parts.SPAN_METRICS_PORT) -> dict[Labels, float]:
        """Return the values of a metric, by their labels."""
        found = METRIC.findall(self.page(port))
        return {frozenset(LABEL.findall(labels)): float(value) for series, labels, value in found if series == name}

    def total(self, name: str, port: int = parts.METRICS_PORT) -> float:
        """Return the sum of a metric's values."""
        return sum(self.series(name, port).values())

    def resident_mib(self, field: str = "VmHWM") -> int:
        """Return its peak resident memory."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.findall(rf"{field}:\s+(\d+)", status)[0]) // 1024

    def close(self) -> None:
        """End this process: SIGTERM, then SIGKILL."""
        end(self.process)
