"""Topics and users of an MSK cluster, with the secrets that its clients read in the Kubernetes cluster."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as k8s

from compiler.logs.kafka import Topic
from components.cloud.stored_secrets import StoredSecrets, StoredSecretsArgs
from components.logs.kafka import CA_SECRET
from components.parts.digest import Contents
from components.parts.tags import Tags

_ROOTS = Path(__file__).with_name("amazon-roots.pem")
# MSK takes no secret whose name begins otherwise (source: Amazon MSK developer guide, "Sign-in credentials
# authentication with AWS Secrets Manager").
_PREFIX = "AmazonMSK_"


@dataclass(frozen=True)
class MskAccessArgs:
    """The topics of the cluster and its users.

    Attributes:
        name: what the secrets' names go on with; it carries the environment.
        cluster_arn: the MSK cluster.
        topics: every topic there is.
        passwords: the users' passwords by their names; each is secret.
        namespace: where the clients run.
        key_arn: the key that encrypts the secrets: MSK takes none under the account's own.
        tags: the tags of the secrets.
    """

    name: str
    cluster_arn: pulumi.Input[str]
    topics: Sequence[Topic]
    passwords: Mapping[str, pulumi.Output[str]]
    namespace: pulumi.Input[str]
    key_arn: pulumi.Input[str]
    tags: Tags


class MskAccess(pulumi.ComponentResource):
    """Topics, users, and Kubernetes secrets of the same names and keys as Strimzi makes; `ready` is waited for.

    ACLs are Kafka's own: no AWS API sets them. `kafka/rights.sh` of the compiled artefacts does.
    """

    ready: list[pulumi.Resource]
    secrets: Contents
    """What is in each of the Kubernetes secrets."""

    def __init__(self, name: str, args: MskAccessArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("observability:index:MskAccess", name, None, opts)
        self._args = args
        topics = [self._topic(topic) for topic in args.topics]
        users = self._users(name)
        roots = _ROOTS.read_text(encoding="utf-8")
        self.secrets = {CA_SECRET: {"ca.crt": roots}} | {
            user: {"password": word} for user, word in args.passwords.items()
        }
        self.ready = [*topics, *users, *(self._secret(secret, files) for secret, files in self.secrets.items())]
        self.register_outputs({})

    def _child(self) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(parent=self)

    def _topic(self, topic: Topic) -> aws.msk.Topic:
        return aws.msk.Topic(
            topic.name,
            name=topic.name,
            cluster_arn=self._args.cluster_arn,
            partition_count=topic.partitions,
            replication_factor=topic.replicas,
            configs=json.dumps({key: str(value) for key, value in sorted(topic.config.items())}),
            opts=self._child(),
        )

    def _users(self, name: str) -> list[pulumi.Resource]:
        args = self._args
        names = {user: f"{_PREFIX}{args.name}-{user}" for user in args.passwords}
        known = {
            names[user]: pulumi.Output.json_dumps({"username": user, "password": pulumi.Output.secret(word)})
            for user, word in args.passwords.items()
        }
        stored = StoredSecrets(f"{name}-users", StoredSecretsArgs(known, args.key_arn, args.tags), self._child())
        return [
            aws.msk.SingleScramSecretAssociation(
                user, cluster_arn=args.cluster_arn, secret_arn=stored.arns[names[user]], opts=self._child()
            )
            for user in args.passwords
        ]

    def _secret(self, name: str, values: Mapping[str, pulumi.Input[str]]) -> k8s.core.v1.Secret:
        return k8s.core.v1.Secret(
            name,
            metadata={"name": name, "namespace": self._args.namespace},
            string_data={key: pulumi.Output.secret(value) for key, value in values.items()},
            opts=self._child(),
        )
