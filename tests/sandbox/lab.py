"""A project folder, a sandbox folder, and the operations of tests on them."""

import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox import api
from sandbox.aws import moto
from sandbox.aws.aws_target import AwsTarget
from sandbox.aws.cloud import Cloud
from sandbox.kubernetes.store import FileCluster
from sandbox.summary import Summary

PROJECT = "name: toy\nruntime: python\nconfig:\n  aws:region: {value: eu-west-1}\n"
HEAD = """import json
import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as k8s
Opts = pulumi.ResourceOptions
"""


@dataclass
class Lab:
    """A project folder, a sandbox folder, and what to do with them."""

    project: Path
    state: Path

    def write(self, program: str, **files: str) -> None:
        """Write the program and further files (`Pulumi_dev_yaml` for Pulumi.dev.yaml)."""
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
        """Return what both clouds hold, by type."""
        found: dict[str, list[str]] = {}
        if moto.running(self.state):
            found |= AwsTarget(self.clients()).everything("eu-west-1")
        objects = FileCluster(self.state / "cluster.db").keys()
        return {**found, "kubernetes": objects} if objects else found

    def aws(self, service: str) -> Any:
        return self.clients().client(service, "eu-west-1")

    def clients(self) -> Cloud:
        """Return clients for the running server."""
        assert moto.running(self.state)
        return Cloud(self.state)
