"""A stack under the real engine and the real Kubernetes provider, on a real API server."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from tests.cluster import aws, charts
from tests.cluster.controllers import Cluster
from tests.engine.cli import Operation, Pulumi
from tests.engine.environment import stacks_of
from tests.engine.plugin import write_script
from tests.program.copies import copied
from tests.tools import finder

_KUBERNETES = "pulumi-resource-kubernetes"


class Engine(Pulumi):
    """The CLI with the real Kubernetes provider, and AWS by its stand-in.

    Args:
        project: a copy of the project.
        folder: where everything else is kept.
        cluster: where it deploys to.
    """

    def __init__(self, project: Path, folder: Path, cluster: Cluster) -> None:
        super().__init__(project, folder)
        plugins, known = folder / "plugins", folder / "eks.json"
        known.write_text(json.dumps(aws.outputs(cluster.server)), "utf-8")
        write_script(plugins, "pulumi-resource-aws", "tests.cluster.aws", [str(self.cloud), str(known)])
        aws.write_token_command(plugins, cluster.server)
        (plugins / _KUBERNETES).unlink()
        (plugins / _KUBERNETES).symlink_to(finder.require(_KUBERNETES))
        self._environment["KUBECONFIG"] = str(cluster.kubeconfig)


class Environment:
    """A stack and its base on a cluster.

    Args:
        name: the stack, without `-base`.
        folder: where everything is kept.
        cluster: where it deploys to.
        seconds: how long one resource may take to become ready.
    """

    def __init__(self, name: str, folder: Path, cluster: Cluster, seconds: int) -> None:
        self.name = name
        self.cluster = cluster
        project = copied(folder / "project")
        charts.put_into(project, folder / "charts")
        self._settings = project / f"Pulumi.{name}.yaml"
        self.give(seconds)
        self.stacks = stacks_of(project, name)
        self.engine = Engine(project, folder / "engine", cluster)
        for stack in self.stacks:
            self.engine.init(stack)

    def give(self, seconds: int) -> None:
        """Set how long one resource may take from now on."""
        settings = yaml.safe_load(self._settings.read_text("utf-8"))
        settings["config"]["observability:readyTimeoutSeconds"] = seconds
        self._settings.write_text(yaml.safe_dump(settings), "utf-8")

    def operate(self, verb: str, stack: str, step: str = "", expect: int | None = 0) -> Operation:
        """Run one operation, and print what it did and how long it took."""
        done = self.engine.operate(verb, stack, "--yes", "--skip-preview", *_everywhere(verb), expect=expect)
        counts = ", ".join(f"{count} {op}" for op, count in sorted(done.counts().items()))
        print(f"{stack}: {step or verb}: {counts or 'nothing'}: {done.seconds:.0f} s", flush=True)
        return done


def _everywhere(verb: str) -> list[str]:
    """Return the engine's parallelism on a machine of two cores, whatever this one has."""
    return [f"--parallel={os.environ.get('CLUSTER_ENGINE_PARALLEL', '8')}"] if verb == "up" else []


def failures(done: Operation) -> dict[str, str]:
    """Return what the engine said of each resource that failed, by the resource's URN."""
    found: dict[str, str] = {}
    for event in done.events:
        diagnostic = event.get("diagnosticEvent", {})
        if diagnostic.get("severity") == "error" and diagnostic.get("urn"):
            found[diagnostic["urn"]] = found.get(diagnostic["urn"], "") + diagnostic["message"]
    return found


def seconds(done: Operation, urn: str) -> float:
    """Return how long the engine was at a resource that failed, by the times in its log."""
    begun = [each["timestamp"] for each in done.events if _of(each, "resourcePreEvent") == urn]
    ended = [each["timestamp"] for each in done.events if _of(each, "resOpFailedEvent") == urn]
    return float(ended[-1] - begun[-1])


def _of(event: Mapping[str, Any], kind: str) -> str:
    return str(event.get(kind, {}).get("metadata", {}).get("urn", ""))
