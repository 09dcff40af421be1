"""Secrets that the instrumentation of watched services reads from mounted files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as k8s


@dataclass(frozen=True)
class ServiceSecretsArgs:
    """The secrets of the services.

    Attributes:
        namespaces: theirs, which exist already.
        values: each file's content, a secret, by its name.
    """

    namespaces: Sequence[str]
    values: Mapping[str, pulumi.Output[str]]


class ServiceSecrets(pulumi.ComponentResource):
    """The same secret in each namespace, under the component's name: a pod mounts none but its own namespace's."""

    def __init__(self, name: str, args: ServiceSecretsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("observability:index:ServiceSecrets", name, None, opts)
        for namespace in args.namespaces:
            k8s.core.v1.Secret(
                f"{name}-{namespace}",
                metadata={"name": name, "namespace": namespace},
                string_data=dict(args.values),
                opts=pulumi.ResourceOptions(parent=self),
            )
        self.register_outputs({})
