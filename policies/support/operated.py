"""Pods of custom resources: where a resource describes its operator's pods, and what the operator adds to them.

A pod that no row has is judged by nothing. `tests/policies/support/test_operated.py` holds the rows against what the
operators made (`facts/operators`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

LIVENESS, READINESS = "livenessProbe", "readinessProbe"
_BOTH: Final = frozenset({LIVENESS, READINESS})


@dataclass(frozen=True)
class Made:
    """A container that an operator makes.

    Attributes:
        name: its name.
        at: the place of its own settings; None where they stand among the pod's containers, by its name.
        confines: its own settings have its own security context; else they are those of the pod.
        resources: the place of its requests and limits, where they are not among its settings.
        figures: in place of requests and limits, the place of each figure that they are made of.
        probes: the probes that the operator adds.
        probed: the place of what the operator makes its probes of; without it there are none.
        image: named by `spec.version`, by `spec.image`, or by the operator's own version.
        when: the place of the part of the resource without which there is no such container.
    """

    name: str
    at: str | None = None
    confines: bool = True
    resources: str | None = None
    figures: Mapping[str, str] = field(default_factory=dict)
    probes: frozenset[str] = frozenset()
    probed: str | None = None
    image: Literal["version", "image", "operator"] = "operator"
    when: str | None = None


@dataclass(frozen=True)
class OperatedPod:
    """One of the pods that an operator makes of a resource.

    Attributes:
        places: of the pod's specification; what stands at a later one is merged into the earlier.
        made: the containers that the operator makes.
        security: what the resource calls the pod's security context.
        others: what it calls containers besides; None where it takes none.
    """

    places: Sequence[str]
    made: Sequence[Made]
    security: str = "securityContext"
    others: str | None = "containers"


def _server(name: str) -> OperatedPod:
    """Return the pod of Prometheus or Alertmanager.

    Source: prometheus-operator 0.93, pkg/prometheus/server/statefulset.go and pkg/alertmanager/statefulset.go.
    """
    return OperatedPod(["spec"], [Made(name, "spec", confines=False, probes=_BOTH, image="version")])


def _kafka(part: str, *containers: tuple[str, str, str]) -> OperatedPod:
    """Return a pod of Strimzi's.

    Source: strimzi-kafka-operator 1.2.0, the classes of model/ that `facts/operators/strimzi.json` shows at work.
    """
    made = [
        Made(name, f"{part}.template.{at}", resources=resources, probes=_BOTH, when=part)
        for name, at, resources in containers
    ]
    return OperatedPod([f"{part}.template.pod"], made, others=None)


def _flink(part: str) -> OperatedPod:
    """Return a pod of Flink's; the operator adds a start-up probe to JobManagers alone.

    Source: flink-kubernetes-operator 1.14, FlinkConfigBuilder.applyPodTemplate and applyResourceToPodTemplate.
    """
    cpu, memory = f"{part}.resource.cpu", f"{part}.resource.memory"
    figures = {"requests.cpu": cpu, "requests.memory": memory, "limits.memory": memory}
    container = Made("flink-main-container", figures=figures, image="image")
    return OperatedPod(["spec.podTemplate.spec", f"{part}.podTemplate.spec"], [container])


OPERATED: Final[Mapping[str, Sequence[OperatedPod]]] = {
    "kubernetes:monitoring.coreos.com/v1:Prometheus": [_server("prometheus")],
    "kubernetes:monitoring.coreos.com/v1:Alertmanager": [_server("alertmanager")],
    # Source: grafana-operator 5.24, controllers/reconcilers/grafana/deployment_reconciler.go.
    "kubernetes:grafana.integreatly.org/v1beta1:Grafana": [
        OperatedPod(
            ["spec.deployment.spec.template.spec"],
            [Made("grafana", probes=frozenset({READINESS}), image="version")],
        )
    ],
    # Source: opentelemetry-operator, internal/manifests/collector/container.go and internal/components/extensions.
    "kubernetes:opentelemetry.io/v1beta1:OpenTelemetryCollector": [
        OperatedPod(
            ["spec"],
            [Made("otc-container", "spec", probes=_BOTH, probed="spec.config.extensions.health_check", image="image")],
            security="podSecurityContext",
            others="additionalContainers",
        )
    ],
    "kubernetes:kafka.strimzi.io/v1:Kafka": [
        _kafka(
            "spec.entityOperator",
            ("topic-operator", "topicOperatorContainer", "spec.entityOperator.topicOperator.resources"),
            ("user-operator", "userOperatorContainer", "spec.entityOperator.userOperator.resources"),
        ),
        _kafka("spec.kafkaExporter", ("kafka-kafka-exporter", "container", "spec.kafkaExporter.resources")),
        _kafka("spec.cruiseControl", ("cruise-control", "cruiseControlContainer", "spec.cruiseControl.resources")),
    ],
    "kubernetes:kafka.strimzi.io/v1:KafkaNodePool": [
        _kafka("spec", ("kafka", "kafkaContainer", "spec.resources")),
    ],
    "kubernetes:flink.apache.org/v1beta1:FlinkDeployment": [_flink("spec.jobManager"), _flink("spec.taskManager")],
}
