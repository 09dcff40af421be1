"""What every pod has: no root, bounded memory, replicas apart, one evicted at a time."""

from __future__ import annotations

import pulumi_kubernetes as k8s

from components.parts import pods
from tests.components.isolated import deploy, in_cluster

LABELS = {"app.kubernetes.io/name": "prometheus"}


def test_never_runs_as_root_and_filters_system_calls() -> None:
    security = pods.pod_security()
    assert security["runAsNonRoot"] is True
    assert security["seccompProfile"] == {"type": "RuntimeDefault"}
    assert 0 not in (security["runAsUser"], security["runAsGroup"], security["fsGroup"])


def test_volumes_belong_to_the_group_that_is_given() -> None:
    security = pods.pod_security(7, 8)
    assert (security["runAsUser"], security["runAsGroup"], security["fsGroup"]) == (8, 7, 7)


def test_limits_memory_to_its_request_and_never_throttles() -> None:
    assert pods.resources("50m", "1Gi") == {"requests": {"cpu": "50m", "memory": "1Gi"}, "limits": {"memory": "1Gi"}}


def test_replicas_avoid_one_zone_and_one_machine_but_still_start_where_there_is_one() -> None:
    constraints = pods.spread(LABELS)
    assert [each["topologyKey"] for each in constraints] == ["topology.kubernetes.io/zone", "kubernetes.io/hostname"]
    for each in constraints:
        assert (each["maxSkew"], each["whenUnsatisfiable"]) == (1, "ScheduleAnyway")
        assert each["labelSelector"] == {"matchLabels": LABELS}


def test_pods_of_our_own_spread_as_those_of_operators() -> None:
    def program() -> None:
        spec = k8s.core.v1.PodSpecArgs(
            containers=[k8s.core.v1.ContainerArgs(name="a")],
            topology_spread_constraints=pods.spread_constraints(LABELS),
        )
        k8s.core.v1.Pod("a", spec=spec, opts=in_cluster())

    made = deploy(program).one("Pod").inputs["spec"]
    assert made["topologySpreadConstraints"] == pods.spread(LABELS)


def test_a_drain_evicts_one_replica_at_a_time() -> None:
    made = deploy(lambda: pods.disruption_budget("prometheus-platform", "observability", LABELS, in_cluster()))
    inputs = made.one("PodDisruptionBudget").inputs
    assert inputs["metadata"] == {"name": "prometheus-platform", "namespace": "observability"}
    assert inputs["spec"] == {"maxUnavailable": 1, "selector": {"matchLabels": LABELS}}
