"""The account's cost tracking: active cost-allocation tags, and notification of cost anomalies."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from components.account.cost_allocation_tags import CostAllocationTags, CostAllocationTagsArgs
from components.account.cost_anomalies import CostAnomalies, CostAnomaliesArgs
from components.base.encryption_key import EncryptionKey, EncryptionKeyArgs
from components.cloud.alert_topics import AlertTopics, AlertTopicsArgs
from components.parts.tags import Tags

_TOPIC = "cost-anomalies"


@dataclass(frozen=True)
class AccountCostsArgs:
    """The tags to activate, and the receivers of anomalies.

    Attributes:
        name: of the key's alias and of the monitor; it carries the environment.
        environment: part of the topic's name.
        account_id: the twelve digits of the account.
        region: where the topic and its key are.
        tag_keys: the cost-allocation tags.
        above_percent: how far above the expected cost of a service.
        at_once: the e-mail address that is notified of an anomaly at once.
        daily: the one that is notified once a day.
        protect: refuse to delete the key until that is switched off.
        tags: the tags of everything in it.
    """

    name: str
    environment: str
    account_id: pulumi.Input[str]
    region: str
    tag_keys: Sequence[str]
    above_percent: float
    at_once: str
    daily: str
    protect: bool
    tags: Tags


class AccountCosts(pulumi.ComponentResource):
    """Cost-allocation tags, and cost anomalies with an encrypted topic of their own."""

    def __init__(self, name: str, args: AccountCostsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("observability:index:AccountCosts", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        CostAllocationTags(name, CostAllocationTagsArgs(args.tag_keys), child)
        key = EncryptionKey(
            name, EncryptionKeyArgs(args.name, args.account_id, args.region, args.tags, protect=args.protect), child
        )
        topics = AlertTopics(
            name,
            AlertTopicsArgs({_TOPIC: args.at_once}, args.environment, args.account_id, key.arn, args.tags),
            child,
        )
        anomalies = CostAnomaliesArgs(args.name, args.above_percent, args.daily, topics.arns[_TOPIC], args.tags)
        CostAnomalies(name, anomalies, child)
        self.register_outputs({"topic": topics.arns[_TOPIC]})
