"""A workload's resources in CloudWatch: alarms, dashboards, log groups, metric filters, saved queries."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from compiler.cloud.cloudwatch import AlarmSpec, CompositeSpec, LineSpec, LogGroupSpec, MetricFilterSpec, QuerySpec
from components.parts.tags import Tags


@dataclass(frozen=True)
class WorkloadCloudArgs:
    """The compiled specifications of a workload, and what joins them to the stack.

    Attributes:
        alarms: the alarms; their topics must be in `topic_arns`.
        composites: the alarms on other alarms, which must be among `alarms`.
        dashboards: the body of each dashboard by its name; `{account}` in it is filled.
        log_groups: the log groups.
        metric_filters: what is counted in them.
        queries: the saved queries; they may name groups that exist without this stack.
        topic_arns: the topics' ARNs by name.
        account_id: the twelve digits of the account.
        key_arn: the key that encrypts log events.
        tags: the workload's tags.
        adopted: names of log groups that exist already and are imported, not made.
    """

    alarms: Sequence[AlarmSpec]
    composites: Sequence[CompositeSpec]
    dashboards: Mapping[str, str]
    log_groups: Sequence[LogGroupSpec]
    metric_filters: Sequence[MetricFilterSpec]
    queries: Sequence[QuerySpec]
    topic_arns: Mapping[str, pulumi.Input[str]]
    account_id: pulumi.Input[str]
    key_arn: pulumi.Input[str]
    tags: Tags
    adopted: Collection[str] = ()


class WorkloadCloud(pulumi.ComponentResource):
    """A workload's alarms, dashboards, log groups and queries; `log_groups` are the names of those that it made."""

    alarm_names: Sequence[pulumi.Output[str]]
    log_groups: Mapping[str, pulumi.Output[str]]

    def __init__(self, name: str, args: WorkloadCloudArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("observability:index:WorkloadCloud", name, None, opts)
        groups = {spec.name: self._log_group(spec, args) for spec in args.log_groups}
        self.log_groups = {name: group.name for name, group in groups.items()}
        for query in args.queries:
            self._query(query, groups)
        for found in args.metric_filters:
            self._metric_filter(found, groups)
        for dashboard, body in args.dashboards.items():
            self._dashboard(dashboard, body, args.account_id)
        alarms = {spec.name: self._alarm(spec, args) for spec in args.alarms}
        for composite in args.composites:
            self._composite(composite, [alarms[child] for child in composite.children], args)
        self.alarm_names = [alarm.name for alarm in alarms.values()]
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
            opts=pulumi.ResourceOptions(parent=self, import_=spec.name if spec.name in args.adopted else None),
        )

    def _query(self, spec: QuerySpec, groups: Mapping[str, aws.cloudwatch.LogGroup]) -> None:
        aws.cloudwatch.QueryDefinition(
            spec.name.replace("/", "-"),
            name=spec.name,
            log_group_names=[groups[group].name for group in spec.log_group_names],
            query_string=spec.query,
            opts=self._child(),
        )

    def _metric_filter(self, spec: MetricFilterSpec, groups: Mapping[str, aws.cloudwatch.LogGroup]) -> None:
        aws.cloudwatch.LogMetricFilter(
            spec.name,
            name=spec.name,
            log_group_name=groups[spec.log_group_name].name,
            pattern=spec.pattern,
            metric_transformation={
                "name": spec.metric_name,
                "namespace": spec.namespace,
                "value": "1",
                # Without it, hours without a match would have no data at all.
                "default_value": "0",
            },
            opts=self._child(),
        )

    def _dashboard(self, name: str, body: str, account_id: pulumi.Input[str]) -> None:
        filled = _with_account(body, account_id)
        aws.cloudwatch.Dashboard(name, dashboard_name=name, dashboard_body=filled, opts=self._child())

    def _alarm(self, spec: AlarmSpec, args: WorkloadCloudArgs) -> aws.cloudwatch.MetricAlarm:
        actions = [args.topic_arns[topic] for topic in spec.topics]
        return aws.cloudwatch.MetricAlarm(
            spec.name,
            name=spec.name,
            alarm_description=spec.description,
            comparison_operator=spec.comparison_operator,
            threshold=spec.threshold,
            evaluation_periods=spec.evaluation_periods,
            treat_missing_data=spec.treat_missing_data,
            # One without actions is a part of another, as the policies check.
            actions_enabled=bool(actions),
            alarm_actions=actions,
            ok_actions=actions,
            tags=args.tags.to_dict(spec.model),
            opts=self._child(),
            **(_math(spec, args.account_id) if spec.lines else _metric(spec, args.account_id)),
        )

    def _composite(
        self, spec: CompositeSpec, children: Sequence[aws.cloudwatch.MetricAlarm], args: WorkloadCloudArgs
    ) -> None:
        actions = [args.topic_arns[topic] for topic in spec.topics]
        aws.cloudwatch.CompositeAlarm(
            spec.name,
            alarm_name=spec.name,
            alarm_description=spec.description,
            alarm_rule=spec.rule,
            alarm_actions=actions,
            ok_actions=actions,
            tags=args.tags.to_dict(),
            # The rule names its children in text, which gives the engine no dependency.
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(children)),
        )


def _metric(spec: AlarmSpec, account_id: pulumi.Input[str]) -> dict[str, Any]:
    percentile = spec.statistic.startswith("p")
    return {
        "namespace": spec.namespace,
        "metric_name": spec.metric_name,
        "dimensions": _filled(spec.dimensions, account_id),
        # Percentiles have an argument of their own.
        "statistic": None if percentile else spec.statistic,
        "extended_statistic": spec.statistic if percentile else None,
        "period": spec.period,
    }


def _math(spec: AlarmSpec, account_id: pulumi.Input[str]) -> dict[str, Any]:
    return {"metric_queries": [_line(line, spec.period, account_id) for line in spec.lines]}


def _line(line: LineSpec, period: int, account_id: pulumi.Input[str]) -> dict[str, Any]:
    if line.expression is not None:
        return {"id": line.id, "expression": line.expression, "label": line.id, "return_data": line.returns}
    metric = {
        "namespace": line.namespace,
        "metric_name": line.metric_name,
        "dimensions": _filled(line.dimensions, account_id),
        "period": period,
        "stat": line.statistic,
    }
    return {"id": line.id, "metric": metric, "return_data": line.returns}


def _filled(dimensions: Mapping[str, str], account_id: pulumi.Input[str]) -> dict[str, pulumi.Input[str]]:
    return {name: _with_account(value, account_id) for name, value in dimensions.items()}


def _with_account(value: str, account_id: pulumi.Input[str]) -> pulumi.Input[str]:
    """Fill `{account}`; a value without it stays plain, so that previews show it."""
    if "{account}" not in value:
        return value
    return pulumi.Output.from_input(account_id).apply(lambda account: value.replace("{account}", account))
