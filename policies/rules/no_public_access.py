"""Nothing that the platform runs is open to everybody: no data, no endpoint, no port, no topic."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from pulumi_policy import EnforcementLevel, ReportViolation, ResourceValidationArgs, ResourceValidationPolicy

from policies.support.documents import RESOURCE_POLICIES, admits_everybody, is_public_network, statements
from policies.support.judging import Judge, Unjudged, Verdict, both, must_be, report_all
from policies.support.values import UNKNOWN, at, properties

_PUBLIC_ACLS: Final = ("public-read", "public-read-write", "authenticated-read", "website")
_PUBLIC_GRANTEES: Final = ("/groups/global/AllUsers", "/groups/global/AuthenticatedUsers")
# Sources: AWS Load Balancer Controller and Kubernetes, annotations of Services.
_INTERNAL: Final = {
    "service.beta.kubernetes.io/aws-load-balancer-scheme": "internal",
    "service.beta.kubernetes.io/aws-load-balancer-internal": "true",
}
_OPEN: Final = "the bucket could be opened to everybody"
FLAGS: Final = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")


def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
    """Report each way in which a resource is public; a value that is not known yet ends the judgement."""
    found = properties(args.props)
    judge = JUDGES.get(args.resource_type)
    report_all([*_documents(args.resource_type, found), *(judge(found) if judge else ())], report, args.urn)


def _documents(kind: str, found: object) -> Iterator[Verdict]:
    for where, statement in statements(found, RESOURCE_POLICIES.get(kind, ())):
        if not isinstance(statement, dict):
            yield Unjudged(where)
        elif admits_everybody(statement):
            yield f"{where}: expected named principals, or a condition that says which callers, found everybody"


def _bucket_acl(found: object) -> Iterator[Verdict]:
    for where, acl in at(found, "acl"):
        if acl in _PUBLIC_ACLS:
            yield f"{where}: expected private, found {acl}"
    for where, grantee in at(found, "accessControlPolicy.grants[].grantee.uri"):
        if str(grantee).endswith(_PUBLIC_GRANTEES):
            yield f"{where}: expected a particular grantee, found everybody"


def _eks(found: object) -> Iterator[Verdict]:
    # AWS makes the endpoint public by default.
    is_public = at(found, "vpcConfig.endpointPublicAccess")[0][1]
    blocks = [block for _, block in at(found, "vpcConfig.publicAccessCidrs[]")]
    if is_public is UNKNOWN or UNKNOWN in blocks:
        yield Unjudged("vpcConfig.endpointPublicAccess")
    elif is_public is not False and (blocks == [None] or any(is_public_network(block) for block in blocks)):
        yield "vpcConfig.endpointPublicAccess: expected false, or publicAccessCidrs that name networks, found everybody"


def _opensearch(found: object) -> Iterator[Verdict]:
    if at(found, "vpcOptions.subnetIds")[0][1] in (None, []):
        yield "vpcOptions.subnetIds: expected the subnets of a VPC, found nothing: the endpoint would be public"


def _networks(*paths: str) -> Judge:
    def judge(found: object) -> Iterator[Verdict]:
        if at(found, "type")[0][1] == "egress":
            return
        for path in paths:
            for where, network in at(found, path):
                if network is UNKNOWN:
                    yield Unjudged(where)
                elif is_public_network(network):
                    yield f"{where}: expected a network of the platform, found {network}, which is open to everybody"

    return judge


def _service(found: object) -> Iterator[Verdict]:
    where, kind = at(found, "spec.type")[0]
    if kind is UNKNOWN:
        yield Unjudged(where)
    if kind != "LoadBalancer":
        return
    annotations: Any = at(found, "metadata.annotations")[0][1]
    if annotations is UNKNOWN:
        yield Unjudged("metadata.annotations")
        return
    schemes = {key: (annotations or {}).get(key) for key in _INTERNAL}
    if UNKNOWN in schemes.values():
        yield Unjudged("metadata.annotations")
    elif not any(str(schemes[key]).lower() == wanted for key, wanted in _INTERNAL.items()):
        key, wanted = next(iter(_INTERNAL.items()))
        yield f"metadata.annotations: expected {key}: {wanted}, found a load balancer that may be public"


def _ingress(found: object) -> Iterator[Verdict]:
    annotations: Any = at(found, "metadata.annotations")[0][1]
    if annotations is UNKNOWN:
        yield Unjudged("metadata.annotations")
    elif annotations and annotations.get("alb.ingress.kubernetes.io/scheme") == "internet-facing":
        yield "metadata.annotations: alb.ingress.kubernetes.io/scheme: expected internal, found internet-facing"


def _permission(found: object) -> Iterator[Verdict]:
    narrowed = any(at(found, name)[0][1] for name in ("sourceArn", "sourceAccount", "principalOrgId"))
    if at(found, "principal")[0][1] == "*" and not narrowed:
        yield "principal: expected a service or an account, found everybody"


_GROUP = _networks("ingress[].cidrBlocks[]", "ingress[].ipv6CidrBlocks[]")
_DATABASE = must_be("publiclyAccessible", [False, None], "it would have a public address")

JUDGES: Final[Mapping[str, Judge]] = {
    "aws:dms/replicationInstance:ReplicationInstance": must_be(
        "publiclyAccessible", [False], "it would have a public address"
    ),
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": _GROUP,
    "aws:ec2/securityGroup:SecurityGroup": _GROUP,
    "aws:ec2/securityGroupRule:SecurityGroupRule": _networks("cidrBlocks[]", "ipv6CidrBlocks[]"),
    "aws:eks/cluster:Cluster": _eks,
    "aws:lambda/functionUrl:FunctionUrl": must_be("authorizationType", ["AWS_IAM"], "everybody could call it"),
    "aws:lambda/permission:Permission": _permission,
    "aws:lb/loadBalancer:LoadBalancer": must_be("internal", [True], "it would have public addresses"),
    "aws:msk/cluster:Cluster": must_be(
        "brokerNodeGroupInfo.connectivityInfo.publicAccess.type", ["DISABLED", None], "the brokers would be public"
    ),
    "aws:opensearch/domain:Domain": _opensearch,
    "aws:rds/clusterInstance:ClusterInstance": _DATABASE,
    "aws:rds/instance:Instance": _DATABASE,
    "aws:redshift/cluster:Cluster": _DATABASE,
    "aws:s3/bucket:Bucket": _bucket_acl,
    "aws:s3/bucketAcl:BucketAcl": _bucket_acl,
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": both(*(must_be(flag, [True], _OPEN) for flag in FLAGS)),
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": _networks("cidrIpv4", "cidrIpv6"),
    "kubernetes:core/v1:Service": _service,
    "kubernetes:networking.k8s.io/v1:Ingress": _ingress,
}

RULE = ResourceValidationPolicy(
    name="no-public-access",
    description="Nothing is open to everybody: buckets, endpoints, ports, topics.",
    validate=validate,
    enforcement_level=EnforcementLevel.MANDATORY,
)
