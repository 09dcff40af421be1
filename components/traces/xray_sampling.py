"""A workload's resources in X-Ray: sampling rules, and groups of traces."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from compiler.traces.xray import GroupSpec, SamplingRuleSpec
from components.parts.tags import Tags


@dataclass(frozen=True)
class XRaySamplingArgs:
    """The compiled rules and groups of a workload, and their tags."""

    rules: Sequence[SamplingRuleSpec]
    groups: Sequence[GroupSpec]
    tags: Tags


class XRaySampling(pulumi.ComponentResource):
    """A rule for each share, a group for each kind of trace; a rule that may rise for a minute is Cloud Control's."""

    def __init__(self, name: str, args: XRaySamplingArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("observability:index:XRaySampling", name, None, opts)
        for rule in args.rules:
            if rule.boost:
                self._boosted(rule, args.tags)
            else:
                self._rule(rule, args.tags)
        for group in args.groups:
            aws.xray.Group(
                group.group_name,
                group_name=group.group_name,
                filter_expression=group.filter_expression,
                insights_configuration={
                    "insights_enabled": group.insights_enabled,
                    "notifications_enabled": group.notifications_enabled,
                },
                tags=args.tags.to_dict(),
                opts=self._child(),
            )
        self.register_outputs({})

    def _child(self) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(parent=self)

    def _rule(self, rule: SamplingRuleSpec, tags: Tags) -> None:
        aws.xray.SamplingRule(
            rule.rule_name,
            rule_name=rule.rule_name,
            priority=rule.priority,
            fixed_rate=rule.fixed_rate,
            reservoir_size=rule.reservoir_size,
            service_name=rule.service_name,
            service_type=rule.service_type,
            host=rule.host,
            http_method=rule.http_method,
            url_path=rule.url_path,
            resource_arn=rule.resource_arn,
            version=rule.version,
            tags=tags.to_dict(),
            opts=self._child(),
        )

    def _boosted(self, rule: SamplingRuleSpec, tags: Tags) -> None:
        """Create a rule with a boost by Cloud Control: CloudFormation's type has it, pulumi-aws 7.51 does not.

        Source: CloudFormation template reference, AWS::XRay::SamplingRule, SamplingRateBoost.
        """
        state = {
            "SamplingRule": boosted(rule),
            "Tags": [{"Key": key, "Value": value} for key, value in sorted(tags.to_dict().items())],
        }
        aws.cloudcontrol.Resource(
            rule.rule_name,
            type_name="AWS::XRay::SamplingRule",
            desired_state=pulumi.Output.json_dumps(state),
            opts=self._child(),
        )


def boosted(rule: SamplingRuleSpec) -> dict[str, object]:
    """Return a rule as X-Ray's API spells it, with its boost.

    Raises:
        ValueError: when it has none.
    """
    if rule.boost is None:
        raise ValueError(f"{rule.rule_name}: expected a boost")
    return {
        "RuleName": rule.rule_name,
        "Priority": rule.priority,
        "FixedRate": rule.fixed_rate,
        "ReservoirSize": rule.reservoir_size,
        "ServiceName": rule.service_name,
        "ServiceType": rule.service_type,
        "Host": rule.host,
        "HTTPMethod": rule.http_method,
        "URLPath": rule.url_path,
        "ResourceARN": rule.resource_arn,
        "Version": rule.version,
        "SamplingRateBoost": {
            "MaxRate": rule.boost.max_rate,
            "CooldownWindowMinutes": rule.boost.cooldown_window_minutes,
        },
    }
