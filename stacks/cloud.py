"""The cloud layer: topics, and what each workload has in CloudWatch, X-Ray and AWS Budgets."""

from collections.abc import Mapping

import pulumi

from compiler import artefacts
from compiler.catalog.catalog import Watched
from compiler.cloud import cloudwatch
from compiler.conventions import in_environment, topic
from compiler.dashboards.cloudwatch import dashboard_body
from compiler.metrics import yace
from compiler.routing.notifier import secret_name, secrets, table
from compiler.text import to_json, to_yaml
from components.cloud.alert_topics import AlertTopics, AlertTopicsArgs
from components.cloud.log_delivery import LogDelivery, LogDeliveryArgs
from components.cloud.monthly_budget import BudgetNotification, MonthlyBudget, MonthlyBudgetArgs
from components.cloud.notifier import Notifier, NotifierArgs
from components.cloud.stored_secrets import StoredSecrets, StoredSecretsArgs
from components.cloud.workload_cloud import WorkloadCloud, WorkloadCloudArgs
from components.metrics.cloudwatch_exporter import CloudWatchExporter, CloudWatchExporterArgs
from components.metrics.workload_metrics import service_labels
from stacks import cloud_traces
from stacks.base_logs import log_days
from stacks.context import PLATFORM, Context
from stacks.foundation import Foundation


def deploy(context: Context, foundation: Foundation) -> None:
    """Create the layer."""
    topics = AlertTopics(
        "alerts",
        AlertTopicsArgs(
            emails=_readers(context),
            environment=context.settings.environment,
            account_id=context.account_id,
            key_arn=foundation.base.key_arn,
            tags=context.platform_tags,
        ),
        context.in_aws,
    )
    _notifier(context, foundation, topics)
    _exporter(context, foundation)
    for watched in context.catalog:
        _cloudwatch(context, foundation, watched, topics)
        _budget(context, watched)
        cloud_traces.deploy(context, watched)


def _notifier(context: Context, foundation: Foundation, topics: AlertTopics) -> None:
    """Create the notifier on the priorities' topics: an alarm with a topic of a workload's goes to these as well."""
    target, routing = context.settings.target, context.catalog.routing
    stored = _stored(context, foundation)
    Notifier(
        "notifier",
        NotifierArgs(
            name=context.named("notifier"),
            runtime=context.versions.lambda_runtime,
            routing=to_json(table(routing, target, stored)),
            topic_arns={topic(priority): topics.arns[topic(priority)] for priority in routing.priorities},
            secrets=[secret_name(each, target) for each in secrets(routing) if each not in stored],
            secret_arns=[*stored.values()],
            region=context.settings.region,
            account_id=context.account_id,
            key_arn=foundation.base.key_arn,
            log_days=log_days(context),
            tags=context.platform_tags,
        ),
        context.in_aws,
    )


def _stored(context: Context, foundation: Foundation) -> dict[str, pulumi.Output[str]]:
    """Store the secrets of the stack's config, which the function cannot read; return their ARNs."""
    found = {each: context.configured(each) for each in secrets(context.catalog.routing)}
    values = {each: value for each, value in found.items() if value is not None}
    if not values:
        return {}
    names = {each: secret_name(each, context.settings.target, values) for each in values}
    created = StoredSecrets(
        "receivers",
        StoredSecretsArgs(
            values={names[each]: value for each, value in values.items()},
            key_arn=foundation.base.key_arn,
            tags=context.platform_tags,
        ),
        context.in_aws,
    )
    return {each: created.arns[name] for each, name in names.items()}


def _exporter(context: Context, foundation: Foundation) -> None:
    """Create the CloudWatch exporter, where an objective needs its metrics."""
    configuration = yace.configuration(context.catalog, context.settings.target)
    if configuration is None:
        return
    cluster = foundation.base.cluster
    CloudWatchExporter(
        "cloudwatch-exporter",
        CloudWatchExporterArgs(
            namespace=foundation.namespace,
            version=context.versions.servers["yace"],
            configuration=to_yaml(configuration),
            scrape_seconds=yace.EVENTS_PERIOD,
            role_name=context.named("cloudwatch-exporter"),
            cluster_name=cluster.name if cluster else None,
            labels=service_labels(PLATFORM, yace.PRODUCER),
            tags=context.platform_tags,
        ),
        context.everywhere(foundation.cluster),
    )


def _readers(context: Context) -> dict[str, str]:
    """Return the subscribers of every topic: the platform's address for priorities, the workload's for its own."""
    readers = {topic(priority): str(context.settings.alarm_email) for priority in context.catalog.routing.priorities}
    for watched in context.catalog:
        readers |= {topic(name): watched.workload.owner.email for name in watched.alarms.topics}
    return readers


def _cloudwatch(context: Context, foundation: Foundation, watched: Watched, topics: AlertTopics) -> None:
    target = context.settings.target
    alarms = artefacts.alarms(watched, context.catalog, target)
    groups = cloudwatch.log_groups(watched, context.catalog, target)
    dashboards = {
        in_environment(dashboard.name, target.environment): dashboard_body(watched, dashboard, target)
        for dashboard in watched.dashboards.cloudwatch
    }
    if not alarms and not groups and not dashboards:
        return
    created = WorkloadCloud(
        watched.name,
        WorkloadCloudArgs(
            alarms=alarms,
            composites=artefacts.composites(watched, context.catalog, target),
            dashboards=dashboards,
            log_groups=groups,
            metric_filters=cloudwatch.metric_filters(watched, target),
            queries=cloudwatch.queries(watched, target),
            topic_arns=topics.arns,
            account_id=context.account_id,
            key_arn=foundation.base.key_arn,
            tags=context.workload_tags(watched),
            adopted=context.settings.adopt_log_groups,
        ),
        context.in_aws,
    )
    for retention in sorted({group.archive for group in groups if group.archive}):
        kept = [group.name for group in groups if group.archive == retention]
        _delivery(context, foundation, watched, retention, {name: created.log_groups[name] for name in kept})


def _delivery(
    context: Context,
    foundation: Foundation,
    watched: Watched,
    retention: str,
    groups: Mapping[str, pulumi.Input[str]],
) -> None:
    """Deliver log groups to the archive: CloudWatch keeps the first tier, the archive's lifecycle the longer ones."""
    name = watched.name if retention == watched.name else f"{watched.name}-{retention}"
    LogDelivery(
        name,
        LogDeliveryArgs(
            name=context.named(f"{name}-logs"),
            log_groups={group.strip("/").replace("/", "-"): known for group, known in groups.items()},
            bucket_arn=pulumi.Output.concat("arn:aws:s3:::", foundation.base.archive_bucket),
            prefix=f"{retention}/",
            region=context.settings.region,
            key_arn=foundation.base.key_arn,
            log_days=log_days(context),
            tags=context.workload_tags(watched),
        ),
        context.in_aws,
    )


def _budget(context: Context, watched: Watched) -> None:
    budget, environment = watched.workload.budget, context.settings.environment
    if budget is None or environment not in budget.environments:
        return
    notifications = [BudgetNotification(n.above_percent, n.of, n.emails) for n in budget.notifications]
    MonthlyBudget(
        budget.name,
        MonthlyBudgetArgs(
            name=in_environment(budget.name, environment),
            limit_usd=budget.monthly_usd,
            notifications=notifications,
            tags=context.workload_tags(watched),
        ),
        context.in_aws,
    )
