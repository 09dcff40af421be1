"""A Flink cluster of one JobManager and TaskManagers, each a process of its own, that runs the log job."""

import json
import subprocess
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import yaml

from tests.e2e.log_java import JAVA, JavaServer, free_port, logging_to_console, needed
from tests.e2e.log_s3 import BUCKET

CLASSES = JAVA / "flink"
PLUGIN = "flink-s3-fs-hadoop"
OPENED = ("lang", "net", "io", "nio", "text", "time", "util", "util.concurrent", "util.concurrent.atomic")
SLOTS = 2


def settings(folder: Path, s3: str, **more: str) -> dict[str, Any]:
    """Return what a FlinkDeployment would say, on loopback and in a hurry."""
    return {
        "jobmanager.rpc.address": "127.0.0.1",
        "jobmanager.bind-host": "127.0.0.1",
        "jobmanager.rpc.port": free_port(),
        "rest.address": "127.0.0.1",
        "rest.bind-address": "127.0.0.1",
        "rest.port": free_port(),
        "taskmanager.host": "127.0.0.1",
        "taskmanager.bind-host": "127.0.0.1",
        "taskmanager.numberOfTaskSlots": SLOTS,
        "parallelism.default": SLOTS,
        "taskmanager.cpu.cores": SLOTS,
        "taskmanager.memory.task.heap.size": "700m",
        "taskmanager.memory.task.off-heap.size": "64m",
        "taskmanager.memory.framework.heap.size": "128m",
        "taskmanager.memory.framework.off-heap.size": "128m",
        "taskmanager.memory.jvm-metaspace.size": "256m",
        "taskmanager.memory.jvm-overhead.min": "128m",
        "taskmanager.memory.jvm-overhead.max": "128m",
        "taskmanager.memory.network.min": "64m",
        "taskmanager.memory.network.max": "64m",
        "taskmanager.memory.managed.size": "16m",
        "execution.checkpointing.interval": "5 s",
        "execution.checkpointing.mode": "EXACTLY_ONCE",
        "execution.checkpointing.timeout": "2 min",
        "execution.checkpointing.tolerable-failed-checkpoints": 100,
        "execution.checkpointing.dir": f"s3://{BUCKET}/flink/checkpoints",
        "restart-strategy.type": "exponential-delay",
        "restart-strategy.exponential-delay.initial-backoff": "1 s",
        "restart-strategy.exponential-delay.max-backoff": "5 s",
        "heartbeat.interval": 1000,
        "heartbeat.timeout": 8000,
        "s3.endpoint": s3,
        "s3.path.style.access": "true",
        "s3.access-key": "testing",
        "s3.secret-key": "testing",
        "fs.s3a.attempts.maximum": 3,
        "io.tmp.dirs": str(folder),
        "metrics.reporters": "prom",
        "metrics.reporter.prom.factory.class": "org.apache.flink.metrics.prometheus.PrometheusReporterFactory",
        "metrics.reporter.prom.port": "{port}",
        **more,
    }


class Flink:
    """The cluster."""

    def __init__(self, folder: Path, s3: str, **more: str) -> None:
        self._folder = folder
        plugins = folder / "plugins" / PLUGIN
        plugins.mkdir(parents=True)
        (jar,) = CLASSES.glob(f"{PLUGIN}-*.jar")
        (plugins / jar.name).symlink_to(jar)
        self._settings = settings(folder, s3, **more)
        self.manager = self._server(
            "jobmanager", "runtime.entrypoint.StandaloneSessionClusterEntrypoint", "Rest endpoint listening at"
        )
        self.workers: list[JavaServer] = []
        try:
            self.workers.append(self._worker(0))
        except BaseException:
            self.close()
            raise

    def _worker(self, number: int) -> JavaServer:
        ready = "Successful registration at resource manager"
        return self._server(f"taskmanager-{number}", "runtime.taskexecutor.TaskManagerRunner", ready)

    def _server(self, name: str, main: str, ready: str) -> JavaServer:
        home = self._folder / name
        home.mkdir()
        settings = {**self._settings, "metrics.reporter.prom.port": free_port()}
        (home / "config.yaml").write_text(yaml.safe_dump(settings))
        places = {"FLINK_CONF_DIR": str(home), "FLINK_PLUGINS_DIR": str(self._folder / "plugins")}
        command = [*self._java(home), f"org.apache.flink.{main}", "--configDir", home]
        return JavaServer(name, command, self._folder, ready, **places)

    def _java(self, home: Path) -> list[str | Path]:
        opened = [f"--add-opens=java.base/java.{name}=ALL-UNNAMED" for name in OPENED]
        jars = [str(jar) for jar in sorted(CLASSES.glob("*.jar")) if not jar.name.startswith(PLUGIN)]
        return [needed(), "-Xmx1200m", *opened, logging_to_console(home), "-cp", ":".join(jars)]

    def submit(self, *arguments: str | Path) -> str:
        """Start the log job; return its id."""
        home = self._folder / "jobmanager"
        base = [*self._java(home), "org.apache.flink.client.cli.CliFrontend", "run", "-d"]
        command = [*base, "-c", "observability.logs.job.LogJob", JAVA / "log-job.jar", *arguments]
        environment = {"FLINK_CONF_DIR": str(home), "FLINK_PLUGINS_DIR": str(self._folder / "plugins")}
        done = subprocess.run(command, env=environment, cwd=self._folder, capture_output=True, text=True, check=False)
        if done.returncode:
            raise ChildProcessError(f"flink run: {(done.stdout + done.stderr)[-3000:]}")
        (job,) = self.ask("/jobs")["jobs"]
        return str(job["id"])

    def ask(self, path: str) -> Any:
        """Return what the JobManager's REST API answers."""
        connection = HTTPConnection("127.0.0.1", int(self._settings["rest.port"]), timeout=30)
        connection.request("GET", path)
        text = connection.getresponse().read()
        connection.close()
        return json.loads(text)

    def kill_worker(self) -> None:
        """Kill the TaskManager's process and start another, as after a node's loss."""
        self.workers[-1].kill()
        self.workers.append(self._worker(len(self.workers)))

    def metrics(self) -> str:
        """Return the page that Prometheus scrapes of the last TaskManager."""
        settings = yaml.safe_load((self._folder / self.workers[-1].name / "config.yaml").read_text())
        connection = HTTPConnection("127.0.0.1", settings["metrics.reporter.prom.port"], timeout=30)
        connection.request("GET", "/metrics")
        text = connection.getresponse().read().decode()
        connection.close()
        return text

    def logs(self) -> str:
        """Return the logs of all processes of the cluster."""
        return "\n".join(server.log() for server in (self.manager, *self.workers))

    def close(self) -> None:
        for server in (*self.workers, self.manager):
            server.close()
