"""AWS Cost Anomaly Detection: a monitor of every service, and two subscriptions to it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.parts.tags import Tags


@dataclass(frozen=True)
class CostAnomaliesArgs:
    """The receivers of anomalies, and from which size on.

    Attributes:
        name: of the monitor and, with the frequency, of the subscriptions.
        above_percent: how far above the expected cost of a service.
        email: the address that is notified once a day.
        topic_arn: the topic that is notified at once; its policy must let Cost Anomaly Detection publish.
        tags: the tags of all three.
    """

    name: str
    above_percent: float
    email: str
    topic_arn: pulumi.Input[str]
    tags: Tags


class CostAnomalies(pulumi.ComponentResource):
    """A monitor by service, with a subscription by topic and one by e-mail: AWS takes SNS at once, e-mail daily."""

    def __init__(self, name: str, args: CostAnomaliesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("observability:index:CostAnomalies", name, None, opts)
        self._args = args
        self._monitor = aws.costexplorer.AnomalyMonitor(
            name,
            name=args.name,
            monitor_type="DIMENSIONAL",
            monitor_dimension="SERVICE",
            tags=args.tags.to_dict(),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self._subscription(name, "immediate", [{"type": "SNS", "address": args.topic_arn}])
        self._subscription(name, "daily", [{"type": "EMAIL", "address": args.email}])
        self.register_outputs({"monitor": self._monitor.arn})

    def _subscription(self, name: str, frequency: str, subscribers: Sequence[Mapping[str, pulumi.Input[str]]]) -> None:
        limit = aws.costexplorer.AnomalySubscriptionThresholdExpressionDimensionArgs(
            key="ANOMALY_TOTAL_IMPACT_PERCENTAGE",
            match_options=["GREATER_THAN_OR_EQUAL"],
            values=[f"{self._args.above_percent:g}"],
        )
        aws.costexplorer.AnomalySubscription(
            f"{name}-{frequency}",
            name=f"{self._args.name}-{frequency}",
            frequency=frequency.upper(),
            monitor_arn_lists=[self._monitor.arn],
            subscribers=[
                aws.costexplorer.AnomalySubscriptionSubscriberArgs(type=each["type"], address=each["address"])
                for each in subscribers
            ],
            threshold_expression=aws.costexplorer.AnomalySubscriptionThresholdExpressionArgs(dimension=limit),
            tags=self._args.tags.to_dict(),
            opts=pulumi.ResourceOptions(parent=self),
        )
