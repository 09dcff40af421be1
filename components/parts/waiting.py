"""The readiness of cluster resources: accepted by the API server is not yet running.

The provider waits for Kubernetes' own kinds by itself. Of a custom resource it knows nothing: unless an annotation says
what to wait for, it is done as soon as the API server has taken it. Source: pulumi-kubernetes,
provider/pkg/metadata/overrides.go, ReadyCondition.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

import pulumi
import pulumi_kubernetes as k8s

WAIT_FOR = "pulumi.com/waitFor"
"""The annotation that the provider reads: an expression, or a JSON list of expressions that must all hold."""
_RELEASE = "kubernetes:helm.sh/v3:Release"

Spec = Mapping[str, object]


@dataclass(frozen=True)
class Wait:
    """The condition by which the operator of one kind reports that its resources run.

    Attributes:
        expressions: what the provider waits for, of a resource with this spec; none where the kind says nothing.
        after: kinds whose resources must be there before, since this one becomes ready only through them: a resource
            that waits holds one of the few places that the engine has, and must not keep out what it waits for.
        because: why there is nothing to wait for, where that is so.
    """

    expressions: Callable[[Spec], list[str]]
    after: tuple[str, ...] = ()
    because: str = ""


def _condition(*types: str) -> Callable[[Spec], list[str]]:
    """Wait for conditions: first by a path whose failure quotes the resource's own words, then by the condition.

    The provider reports a condition that never comes as a time-out, without what the condition says. A path that ends
    at something that is no plain value is quoted whole (provider/pkg/jsonpath/jsonpath.go, Matches; await/internal/
    awaiter.go, Await): this one ends at the list of conditions until the wanted one is True, and then at that word.
    `condition=` besides is what judges, since it alone sees of which generation the condition is.
    """
    words = [
        f'jsonpath={{.status..[?@[?@.lastTransitionTime]&&!@[?@.type=="{each}"&&@.status=="True"],?@=="True"]}}=True'
        for each in types
    ]
    return lambda _: [*words, *(f"condition={each}" for each in types)]


def _field(name: str, value: str) -> str:
    """Wait for a field anywhere below the status; its parent is quoted when it never has the value."""
    return f'jsonpath={{..[?@.{name}&&!(@.{name}=="{value}"),?@=="{value}"]}}={value}'


def _nothing(because: str) -> Wait:
    return Wait(lambda _: [], because=because)


def _collector(spec: Spec) -> list[str]:
    """Wait for Ready, which says that the operator has made everything, and for the count of ready pods.

    On how many machines an agent runs is the cluster's affair, and a machine that is ill must not stop an `up`: of
    agents, one has to be ready. After a change the count may still be that of the pods before.
    """
    ready = _condition("Ready")(spec)
    if spec["mode"] == "daemonset":
        return [*ready, 'jsonpath={.status.scale[?match(@,"[1-9][0-9]*/.*")]}']
    return [*ready, _field("statusReplicas", f"{spec['replicas']}/{spec['replicas']}")]


_BY_WEBHOOK = (
    "its operator writes no status unless the alpha gate StatusForConfigurationResources is on (prometheus-operator "
    "0.93, pkg/operator/config.go); rules are judged by its webhook before they are taken, and what it selects is in "
    "the condition Reconciled of Prometheus"
)
_SYNCHRONIZED = ("Grafana",)

WAITS: Mapping[str, Wait] = {
    # prometheus-operator 0.93, pkg/operator/status.go and statefulset_reporter.go: Reconciled of the last run for this
    # generation, Available once every pod is ready; with one of two it is Degraded.
    "monitoring.coreos.com/Prometheus": Wait(_condition("Reconciled", "Available")),
    "monitoring.coreos.com/Alertmanager": Wait(_condition("Reconciled", "Available")),
    "monitoring.coreos.com/ServiceMonitor": _nothing(_BY_WEBHOOK),
    "monitoring.coreos.com/Probe": _nothing(_BY_WEBHOOK),
    "monitoring.coreos.com/PrometheusRule": _nothing(_BY_WEBHOOK),
    # grafana-operator 5.24, controllers/grafana_controller.go: GrafanaReady once the server has answered a signed-in
    # request (complete_reconciler.go). It goes at a failure, whose words are in lastMessage beside the stage.
    "grafana.integreatly.org/Grafana": Wait(lambda _: [_field("stageStatus", "success"), "condition=GrafanaReady"]),
    # The same, controllers/datasource_controller.go, folder_controller.go and dashboard_controller.go.
    "grafana.integreatly.org/GrafanaDatasource": Wait(_condition("DatasourceSynchronized"), _SYNCHRONIZED),
    "grafana.integreatly.org/GrafanaFolder": Wait(_condition("FolderSynchronized"), _SYNCHRONIZED),
    "grafana.integreatly.org/GrafanaDashboard": Wait(_condition("DashboardSynchronized"), ("Grafana", "GrafanaFolder")),
    # strimzi-kafka-operator 1.2, operator-common, StatusUtils.setStatusConditionAndObservedGeneration: Ready, or
    # NotReady with the words. KafkaReconciler writes the status of pools, when it has their Kafka.
    "kafka.strimzi.io/Kafka": Wait(_condition("Ready"), ("KafkaNodePool",)),
    "kafka.strimzi.io/KafkaNodePool": _nothing("it has no status before its Kafka, whose Ready is that of its pools"),
    # By the topic and the user operator, which run in a pod of the Kafka's.
    "kafka.strimzi.io/KafkaTopic": Wait(_condition("Ready"), ("Kafka",)),
    "kafka.strimzi.io/KafkaUser": Wait(_condition("Ready"), ("Kafka",)),
    # flink-kubernetes-operator 1.14, CommonStatus.getLifecycleState: STABLE once the job has been seen running. It has
    # no conditions before 1.15; the words are in status.error, beside the state.
    "flink.apache.org/FlinkDeployment": Wait(
        lambda _: [_field("lifecycleState", "STABLE")], ("KafkaTopic", "KafkaUser")
    ),
    # opentelemetry-operator 0.158, internal/status/collector/handle.go and collector.go.
    "opentelemetry.io/OpenTelemetryCollector": Wait(_collector),
}
"""By group and kind; versions of an API say the same."""


def waiting(timeout_seconds: int) -> pulumi.ResourceTransformation:
    """Return the transformation that makes the engine wait for every cluster resource, and how long.

    Args:
        timeout_seconds: how long one resource may take until `up` fails and names it. The next `up` goes on there: the
            resource is in the state, and is waited for again.

    Raises:
        LookupError: by the transformation, for a custom resource whose kind has no row.
    """
    limit = pulumi.CustomTimeouts(create=f"{timeout_seconds}s", update=f"{timeout_seconds}s")

    def transformed(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
        # A release has a time-out of its own, within which Helm waits and rolls back what has failed.
        if not args.type_.startswith("kubernetes:") or args.type_ == _RELEASE:
            return None
        # A resource with a time-out of its own has its reason.
        own = args.opts.custom_timeouts or limit
        opts = pulumi.ResourceOptions.merge(args.opts, pulumi.ResourceOptions(custom_timeouts=own))
        if not isinstance(args.resource, k8s.apiextensions.CustomResource):
            return pulumi.ResourceTransformationResult(args.props, opts)
        return pulumi.ResourceTransformationResult({**args.props, "metadata": _annotated(args)}, opts)

    return transformed


def _annotated(args: pulumi.ResourceTransformationArgs) -> Mapping[str, object]:
    # Components write both as plain mappings, with unknown values at the leaves only.
    metadata, spec = (cast("Mapping[str, Any]", args.props[key]) for key in ("metadata", "spec"))
    expressions = row(args.type_).expressions(spec)
    if not expressions:
        return metadata
    return {**metadata, "annotations": {**metadata.get("annotations", {}), WAIT_FOR: json.dumps(expressions)}}


def row(token: str) -> Wait:
    """Return how to wait for resources of a type, `kubernetes:group/version:Kind`.

    Raises:
        LookupError: for a kind that has no row.
    """
    _, api, kind = token.split(":")
    key = f"{api.partition('/')[0]}/{kind}"
    if key not in WAITS:
        where = "components/parts/waiting.py: WAITS"
        raise LookupError(f"{where}: expected a row for {key}, found none: add how it says so")
    return WAITS[key]
