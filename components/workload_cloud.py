"""What one workload has in CloudWatch: alarms, dashboards, log groups and saved queries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from compiler.cloudwatch import AlarmSpec, LogGroupSpec, QuerySpec
from components.tags import Tags


@dataclass(frozen=True)
class WorkloadCloudArgs:
    """The compiled specifications of a workload, and what joins them to the stack.

    Attributes:
        alarms: the alarms; their topics must be in `topic_arns`.
        dashboards: the body of each dashboard by its name; `{account}` in it is filled.
        log_groups: the log groups.
        queries: the saved queries; they may name groups that exist without this stack.
        topic_arns: the topics' ARNs by name.
        account_id: the twelve digits of the account.
        key_arn: the key that encrypts log events.
        tags: the workload's tags.
    """

    alarms: Sequence[AlarmSpec]
    dashboards: Mapping[str, str]
    log_groups: Sequence[LogGroupSpec]
    queries: Sequence[QuerySpec]
    topic_arns: Mapping[str, pulumi.Input[str]]
    account_id: pulumi.Input[str]
    key_arn: pulumi.Input[str]
    tags: Tags


class WorkloadCloud(pulumi.ComponentResource):
    """A workload's alarms, dashboards, log groups and queries."""

    alarm_names: Sequence[pulumi.Output[str]]

    def __init__(self, name: str, args: WorkloadCloudArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("observability:index:WorkloadCloud", name, None, opts)
        groups = {spec.name: self._log_group(spec, args) for spec in args.log_groups}
        for query in args.queries:
            self._query(query, groups)
        for dashboard, body in args.dashboards.items():
            self._dashboard(dashboard, body, args.account_id)
        self.alarm_names = [self._alarm(spec, args) for spec in args.alarms]
        self.register_outputs({"alarm_names": self.alarm_names})

    def _child(self) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(parent=self)

    def _log_group(self, spec: LogGroupSpec, args: WorkloadCloudArgs) -> aws.cloudwatch.LogGroup:
        return aws.cloudwatch.LogGroup(
            spec.name.strip("/").replace("/", "-"),
            name=spec.name,
            retention_in_days=spec.retention_days,
            kms_key_id=args.key_arn,
            tags=args.tags.to_dict(),
            opts=self._child(),
        )

    def _query(self, spec: QuerySpec, groups: Mapping[str, aws.cloudwatch.LogGroup]) -> None:
        aws.cloudwatch.QueryDefinition(
            spec.name.replace("/", "-"),
            name=spec.name,
            log_group_names=[groups[group].name for group in spec.log_group_names],
            query_string=spec.query,
            opts=self._child(),
        )

    def _dashboard(self, name: str, body: str, account_id: pulumi.Input[str]) -> None:
        filled = pulumi.Output.from_input(account_id).apply(lambda account: body.replace("{account}", account))
        aws.cloudwatch.Dashboard(name, dashboard_name=name, dashboard_body=filled, opts=self._child())

    def _alarm(self, spec: AlarmSpec, args: WorkloadCloudArgs) -> pulumi.Output[str]:
        percentile = spec.statistic.startswith("p")
        actions = [args.topic_arns[topic] for topic in spec.topics]
        return aws.cloudwatch.MetricAlarm(
            spec.name,
            name=spec.name,
            alarm_description=spec.description,
            namespace=spec.namespace,
            metric_name=spec.metric_name,
            dimensions=spec.dimensions,
            # Percentiles have an argument of their own.
            statistic=None if percentile else spec.statistic,
            extended_statistic=spec.statistic if percentile else None,
            comparison_operator=spec.comparison_operator,
            threshold=spec.threshold,
            period=spec.period,
            evaluation_periods=spec.evaluation_periods,
            treat_missing_data=spec.treat_missing_data,
            alarm_actions=actions,
            ok_actions=actions,
            tags=args.tags.to_dict(spec.model),
            opts=self._child(),
        ).name
