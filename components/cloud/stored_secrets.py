"""Secrets of the stack's config in AWS Secrets Manager, for what runs in AWS and can read them nowhere else."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.parts.tags import Tags


@dataclass(frozen=True)
class StoredSecretsArgs:
    """The secrets to store.

    Attributes:
        values: the secrets by their full name, which carries the environment; each value is secret.
        key_arn: the key that encrypts them.
        tags: their tags.
    """

    values: Mapping[str, pulumi.Output[str]]
    key_arn: pulumi.Input[str]
    tags: Tags


class StoredSecrets(pulumi.ComponentResource):
    """A secret for each value; `arns` are handed out once the values are there."""

    arns: Mapping[str, pulumi.Output[str]]

    def __init__(self, name: str, args: StoredSecretsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("observability:index:StoredSecrets", name, None, opts)
        self.arns = {secret: self._stored(secret, value, args) for secret, value in args.values.items()}
        self.register_outputs({"arns": self.arns})

    def _stored(self, name: str, value: pulumi.Output[str], args: StoredSecretsArgs) -> pulumi.Output[str]:
        child = pulumi.ResourceOptions(parent=self)
        secret = aws.secretsmanager.Secret(
            name,
            name=name,
            description="From the stack's config, which is where to change it",
            kms_key_id=args.key_arn,
            # The value stands in the config: nothing is lost, and the name is free at once for the next update.
            recovery_window_in_days=0,
            tags=args.tags.to_dict(),
            opts=child,
        )
        hidden: pulumi.Output[str] = pulumi.Output.secret(value)
        version = aws.secretsmanager.SecretVersion(name, secret_id=secret.id, secret_string=hidden, opts=child)
        # Of the secret and its version, only the version exists when there is a value.
        return version.secret_arn
