"""Every compiled artefact of an environment, by its path under `build/<stack>/`."""

import json
from collections.abc import Collection, Iterator
from dataclasses import asdict, replace

from compiler.catalog.catalog import Catalog, Watched
from compiler.catalog.scope import Scope, scope_of
from compiler.catalog.steady import recorded, steady
from compiler.cloud import cloudwatch
from compiler.conventions import SHARED_WORKLOAD
from compiler.criteria.rules import criteria_group
from compiler.dashboards.cloudwatch import dashboard_body
from compiler.dashboards.grafana import dashboards
from compiler.instrumentation import contract
from compiler.logs import fluent_bit
from compiler.logs.job import job
from compiler.logs.kafka import kafka_artefact
from compiler.logs.kafka_rights import rights_script
from compiler.logs.lake import lake_artefacts
from compiler.logs.stored import document_schema
from compiler.metrics import yace
from compiler.metrics.labels import label_group
from compiler.metrics.liveness import liveness_group
from compiler.metrics.probes import configuration as blackbox
from compiler.metrics.recordings import recording_groups
from compiler.metrics.red import red_group
from compiler.metrics.rules import Group, Rule, alert_group
from compiler.metrics.statsd import mapping
from compiler.objectives.cloudwatch import burn_alarms, burn_composites
from compiler.objectives.events import slo_groups
from compiler.objectives.policy import policy_group
from compiler.objectives.threshold import threshold_groups
from compiler.routing.alertmanager import configuration
from compiler.routing.digest import digests
from compiler.routing.digest import settings as digest
from compiler.routing.messages import TEMPLATES
from compiler.routing.notifier import table
from compiler.search.domain import search_artefacts
from compiler.target import Target
from compiler.text import to_json, to_yaml
from compiler.traces.deployed import agents, gateways, outside
from compiler.traces.jaeger import jaeger
from compiler.traces.xray import xray_artefacts
from compiler.without_gc import uncollected


def rule_groups(watched: Watched, catalog: Catalog, target: Target) -> list[Group]:
    """Return the Prometheus rule groups of a workload, with its scope in each selector; none without rules."""
    scope = scope_of(watched, catalog)
    groups = [
        red_group(watched),
        *recording_groups(watched),
        *slo_groups(watched, catalog.burn_rates, target),
        *threshold_groups(watched, target),
        label_group(watched),
        liveness_group(watched, target),
        alert_group(watched, target),
    ]
    if watched.name == SHARED_WORKLOAD:
        groups += [policy_group(catalog.burn_rates), criteria_group(catalog, target)]
    recordings = {each.name for each in watched.recordings}
    return [_scoped(group, scope, recordings) for group in groups if group.rules]


def _scoped(group: Group, scope: Scope, recordings: Collection[str]) -> Group:
    return replace(group, rules=tuple(_whole(rule, scope, recordings) for rule in group.rules))


def _whole(rule: Rule, scope: Scope, recordings: Collection[str]) -> Rule:
    """Return a rule that says whose series it means, that a lost scrape leaves alone and that records numbers only."""
    service = rule.labels.get("service")
    made = recorded if rule.record in recordings else steady
    return replace(rule, expr=made(scope.apply(rule.expr, service), scope, service))


def alarms(watched: Watched, catalog: Catalog, target: Target) -> list[cloudwatch.AlarmSpec]:
    """Return a workload's CloudWatch alarms: declared ones, and those of its objectives."""
    return [*cloudwatch.alarms(watched, target), *burn_alarms(watched, catalog.burn_rates, target)]


def composites(watched: Watched, catalog: Catalog, target: Target) -> list[cloudwatch.CompositeSpec]:
    """Return a workload's alarms on other alarms: declared ones, and those of its objectives."""
    return [*cloudwatch.composites(watched, target), *burn_composites(watched, catalog.burn_rates, target)]


@uncollected()
def compile_artefacts(catalog: Catalog, target: Target) -> dict[str, str]:
    """Compile every workload; where a workload does not run, no alert on its absence is made.

    Returns:
        The text of each artefact by its path; equal inputs give equal bytes.
    """
    artefacts = {
        "alertmanager/alertmanager.yaml": to_yaml(configuration(catalog, target)),
        "alertmanager/messages.tmpl": TEMPLATES,
        "notifier/routing.json": to_json(table(catalog.routing, target)),
        "blackbox/blackbox.yaml": to_yaml(blackbox(catalog.probes)),
        "flink/job.json": to_json(job(catalog, target)),
        "fluent-bit/fluent-bit.yaml": to_yaml(fluent_bit.agent(catalog)),
        "fluent-bit/collector.yaml": to_yaml(fluent_bit.collector(catalog)),
        "kafka/topics.yaml": to_yaml(kafka_artefact(catalog, target)),
        "kafka/rights.sh": rights_script(catalog, target),
        "flink/schema.json": to_json(document_schema(catalog)),
        "otel/agent.yaml": to_yaml(agents(catalog, target)),
        "otel/entrance.yaml": to_yaml(outside(catalog, target)),
        "otel/gateway.yaml": to_yaml(gateways(catalog, target)),
        "jaeger/jaeger.yaml": to_yaml(jaeger(catalog)),
    }
    artefacts.update(search_artefacts(catalog, target))
    artefacts.update(lake_artefacts(catalog))
    artefacts.update(xray_artefacts(catalog, target))
    artefacts |= {f"digest/{name}.json": to_json(digest(name, catalog, target)) for name in digests(catalog.routing)}
    exporter = yace.configuration(catalog, target)
    if exporter:
        artefacts["yace/yace.yaml"] = to_yaml(exporter)
    by_statsd = mapping(catalog)
    if by_statsd:
        artefacts["statsd/mapping.yaml"] = to_yaml(by_statsd)
    for watched in catalog:
        if watched.name != SHARED_WORKLOAD:
            artefacts[f"instrumentation/{watched.name}.json"] = to_json(contract(watched, catalog))
        artefacts.update(_prometheus(watched, catalog, target))
        artefacts.update(_grafana(watched, catalog, target))
        artefacts.update(_cloudwatch(watched, catalog, target))
    return dict(sorted(artefacts.items()))


def _prometheus(watched: Watched, catalog: Catalog, target: Target) -> Iterator[tuple[str, str]]:
    groups = rule_groups(watched, catalog, target)
    if groups:
        rules = {"groups": [group.to_dict() for group in groups]}
        yield f"prometheus/rules/{watched.name}.yaml", to_yaml(rules)


def _grafana(watched: Watched, catalog: Catalog, target: Target) -> Iterator[tuple[str, str]]:
    for name, model in dashboards(watched, target, scope_of(watched, catalog)).items():
        yield f"grafana/{watched.name}/{name}.json", model


def _cloudwatch(watched: Watched, catalog: Catalog, target: Target) -> Iterator[tuple[str, str]]:
    for alarm in alarms(watched, catalog, target):
        yield f"cloudwatch/alarms/{alarm.name}.json", to_json(asdict(alarm))
    for composite in composites(watched, catalog, target):
        yield f"cloudwatch/alarms/{composite.name}.json", to_json(asdict(composite))
    for dashboard in watched.dashboards.cloudwatch:
        body = json.loads(dashboard_body(watched, dashboard, target))
        yield f"cloudwatch/dashboards/{dashboard.name}.json", to_json(body)
    for group in cloudwatch.log_groups(watched, catalog, target):
        yield f"cloudwatch/log-groups/{_file_name(group.name)}.json", to_json(asdict(group))
    for found in cloudwatch.metric_filters(watched, target):
        yield f"cloudwatch/metric-filters/{found.name}.json", to_json(asdict(found))
    for query in cloudwatch.queries(watched, target):
        yield f"cloudwatch/queries/{_file_name(query.name)}.json", to_json(asdict(query))


def _file_name(name: str) -> str:
    return name.strip("/").replace("/", "-")
