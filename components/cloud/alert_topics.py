"""SNS topics that CloudWatch alarms and budgets publish to."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.parts.policy_document import policy_document
from components.parts.tags import Tags

_PUBLISHERS = ("cloudwatch.amazonaws.com", "budgets.amazonaws.com", "costalerts.amazonaws.com")


@dataclass(frozen=True)
class AlertTopicsArgs:
    """The topics to make.

    Attributes:
        emails: who is subscribed, by topic; a topic without a reader would swallow its alarms.
        environment: part of each topic's name.
        account_id: whose alarms may publish.
        key_arn: the key that encrypts messages at rest; its policy must let CloudWatch use it.
        tags: the topics' tags.
    """

    emails: Mapping[str, str]
    environment: str
    account_id: pulumi.Input[str]
    key_arn: pulumi.Input[str]
    tags: Tags


class AlertTopics(pulumi.ComponentResource):
    """Encrypted topics with their policies and readers."""

    arns: Mapping[str, pulumi.Output[str]]

    def __init__(self, name: str, args: AlertTopicsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("observability:index:AlertTopics", name, None, opts)
        self.arns = {topic: self._topic(topic, email, args) for topic, email in args.emails.items()}
        self.register_outputs({"arns": self.arns})

    def _topic(self, topic: str, email: str, args: AlertTopicsArgs) -> pulumi.Output[str]:
        child = pulumi.ResourceOptions(parent=self)
        created = aws.sns.Topic(
            topic,
            name=f"{topic}-{args.environment}",
            kms_master_key_id=args.key_arn,
            tags=args.tags.to_dict(),
            opts=child,
        )
        policy = _policy(created.arn, args.account_id)
        allowed = aws.sns.TopicPolicy(topic, arn=created.arn, policy=policy, opts=child)
        aws.sns.TopicSubscription(topic, topic=created.arn, protocol="email", endpoint=email, opts=child)
        # An alarm made before the policy could fire into a topic that refuses it: hand the ARN out after the policy.
        return pulumi.Output.all(created.arn, allowed.id).apply(lambda pair: str(pair[0]))


def _policy(arn: pulumi.Output[str], account_id: pulumi.Input[str]) -> pulumi.Output[str]:
    return policy_document(
        [
            {
                "Sid": "Publishers",
                "Effect": "Allow",
                "Principal": {"Service": list(_PUBLISHERS)},
                "Action": "sns:Publish",
                "Resource": arn,
                "Condition": {"StringEquals": {"aws:SourceAccount": account_id}},
            },
            {
                "Sid": "TlsOnly",
                "Effect": "Deny",
                "Principal": "*",
                "Action": "sns:Publish",
                "Resource": arn,
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            },
        ]
    )
