"""In production nothing depends on one zone: what is zonal spans two at least, and what is replicated spreads.

Subnets are counted, not looked up: two subnets of one zone look like two zones here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from pulumi_policy import EnforcementLevel, ReportViolation, ResourceValidationArgs, ResourceValidationPolicy

from policies.support.environment import is_production
from policies.support.judging import Judge, Unjudged, Verdict, at_least, both, must_be, report_all
from policies.support.values import UNKNOWN, at, properties

ZONE: Final = "topology.kubernetes.io/zone"
_LEAST: Final = 2


def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
    """Report what the loss of one zone would take away; a value that is not known yet ends the judgement."""
    judge = JUDGES.get(args.resource_type)
    if judge is not None and is_production():
        report_all(judge(properties(args.props)), report, args.urn)


def _several(*paths: str) -> Judge:
    """Require two different values at one of the paths at least; each unknown one counts as another."""

    def judge(found: object) -> Iterator[Verdict]:
        counts = []
        for path in paths:
            values = [value for _, value in at(found, path) if value not in (None, "")]
            where, whole = at(found, path.removesuffix("[]"))[0]
            if whole is UNKNOWN:
                yield Unjudged(where)
                return
            counts.append(len({str(v) for v in values if v is not UNKNOWN}) + values.count(UNKNOWN))
        if max(counts) < _LEAST:
            named = " or ".join(path.removesuffix("[]") for path in paths)
            yield f"{named}: expected two at least, in different zones, found {max(counts)}"

    return judge


def _spread(pod: str) -> Judge:
    """Require that the pods of this place spread over zones."""

    def judge(found: object) -> Iterator[Verdict]:
        place = f"{pod}.topologySpreadConstraints"
        keys = [key for _, key in at(found, f"{place}[].topologyKey")]
        if ZONE not in keys:
            yield Unjudged(place) if UNKNOWN in keys else f"{place}: expected one over {ZONE}, found none"

    return judge


def _collector(found: object) -> Iterator[Verdict]:
    """Yield a collector that does not spread; a DaemonSet is in every zone."""
    mode = at(found, "spec.mode")[0][1]
    if mode is UNKNOWN:
        yield Unjudged("spec.mode")
    elif mode != "daemonset":
        yield from _REPLICATED(found)


def _grafana(found: object) -> Iterator[Verdict]:
    """Yield a Grafana that does not spread; a single pod may restart elsewhere, unless its volume is in one zone."""
    pod = "spec.deployment.spec.template.spec"
    replicas = at(found, "spec.deployment.spec.replicas")[0][1]
    claim = at(found, "spec.persistentVolumeClaim")[0][1]
    if UNKNOWN in (replicas, claim):
        yield Unjudged("spec")
    elif claim is not None or replicas not in (None, 1):
        yield from both(at_least("spec.deployment.spec.replicas", _LEAST), _spread(pod))(found)


_REPLICATED = both(at_least("spec.replicas", _LEAST), _spread("spec"))

JUDGES: Final[Mapping[str, Judge]] = {
    "aws:autoscaling/group:Group": _several("vpcZoneIdentifiers[]", "availabilityZones[]"),
    "aws:efs/fileSystem:FileSystem": must_be("availabilityZoneName", [None]),
    "aws:eks/cluster:Cluster": _several("vpcConfig.subnetIds[]"),
    "aws:eks/nodeGroup:NodeGroup": _several("subnetIds[]"),
    "aws:elasticache/replicationGroup:ReplicationGroup": both(
        must_be("multiAzEnabled", [True]), must_be("automaticFailoverEnabled", [True])
    ),
    "aws:lb/loadBalancer:LoadBalancer": _several("subnets[]", "subnetMappings[].subnetId"),
    "aws:msk/cluster:Cluster": _several("brokerNodeGroupInfo.clientSubnets[]"),
    "aws:opensearch/domain:Domain": both(
        must_be("clusterConfig.zoneAwarenessEnabled", [True]),
        at_least("clusterConfig.instanceCount", _LEAST),
        _several("vpcOptions.subnetIds[]"),
    ),
    "aws:rds/instance:Instance": must_be("multiAz", [True]),
    "aws:rds/subnetGroup:SubnetGroup": _several("subnetIds[]"),
    "kubernetes:flink.apache.org/v1beta1:FlinkDeployment": both(
        at_least("spec.jobManager.replicas", _LEAST),
        _spread("spec.jobManager.podTemplate.spec"),
        _spread("spec.taskManager.podTemplate.spec"),
    ),
    "kubernetes:grafana.integreatly.org/v1beta1:Grafana": _grafana,
    "kubernetes:kafka.strimzi.io/v1:Kafka": must_be("spec.kafka.rack.topologyKey", [ZONE]),
    "kubernetes:kafka.strimzi.io/v1:KafkaNodePool": both(
        at_least("spec.replicas", _LEAST), _spread("spec.template.pod")
    ),
    "kubernetes:monitoring.coreos.com/v1:Alertmanager": _REPLICATED,
    "kubernetes:monitoring.coreos.com/v1:Prometheus": _REPLICATED,
    "kubernetes:opentelemetry.io/v1beta1:OpenTelemetryCollector": _collector,
}

RULE = ResourceValidationPolicy(
    name="two-zones-in-prod",
    description="In production, what is zonal spans two zones at least.",
    validate=validate,
    enforcement_level=EnforcementLevel.MANDATORY,
)
