"""Tags and names of resources: tags wherever they fit, environments that do not collide."""

from __future__ import annotations

import json

import pytest

from compiler.catalog.catalog import Catalog
from components.parts.tags import Tags
from sandbox.values import masked
from tests.program.previews import ENVIRONMENTS, STACKS, Ran, Runs
from tests.program.sdk import takes_tags

REQUIRED = {"Project", "Environment", "Team", "CostCenter", "Workload"}
# The property that names a resource within its account or, for buckets, within all of AWS.
NAMED_BY = {
    "aws:s3/bucket:Bucket": "bucket",
    "aws:kms/alias:Alias": "name",
    "aws:sns/topic:Topic": "name",
    "aws:sqs/queue:Queue": "name",
    "aws:lambda/function:Function": "name",
    "aws:cloudwatch/metricAlarm:MetricAlarm": "name",
    "aws:cloudwatch/compositeAlarm:CompositeAlarm": "alarmName",
    "aws:cloudwatch/logMetricFilter:LogMetricFilter": "name",
    "aws:cloudwatch/dashboard:Dashboard": "dashboardName",
    "aws:cloudwatch/logGroup:LogGroup": "name",
    "aws:cloudwatch/queryDefinition:QueryDefinition": "name",
    "aws:budgets/budget:Budget": "name",
    "aws:athena/workgroup:Workgroup": "name",
    "aws:cloudwatch/logResourcePolicy:LogResourcePolicy": "policyName",
    "aws:cloudwatch/logSubscriptionFilter:LogSubscriptionFilter": "name",
    "aws:ec2/launchTemplate:LaunchTemplate": "name",
    "aws:ec2/securityGroup:SecurityGroup": "name",
    "aws:glue/catalogDatabase:CatalogDatabase": "name",
    "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream": "name",
    "aws:opensearch/domain:Domain": "domainName",
    "aws:eks/cluster:Cluster": "name",
    "aws:eks/nodeGroup:NodeGroup": "nodeGroupNamePrefix",
    "aws:iam/role:Role": "name",
    # A rule of X-Ray's, whose name is in its text.
    "aws:cloudcontrol/resource:Resource": "desiredState",
    "aws:xray/group:Group": "groupName",
    "aws:xray/samplingRule:SamplingRule": "ruleName",
    "aws:iam/rolePolicy:RolePolicy": "name",
}
# Named by AWS, or by the resource that they belong to.
NAMELESS = {
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
    "aws:ec2/eip:Eip",
    "aws:ec2/flowLog:FlowLog",
    "aws:ec2/internetGateway:InternetGateway",
    "aws:ec2/natGateway:NatGateway",
    "aws:ec2/route:Route",
    "aws:ec2/routeTable:RouteTable",
    "aws:ec2/routeTableAssociation:RouteTableAssociation",
    "aws:ec2/subnet:Subnet",
    "aws:ec2/vpc:Vpc",
    "aws:ec2/vpcEndpoint:VpcEndpoint",
    "aws:eks/addon:Addon",
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
    "aws:kms/key:Key",
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
    "aws:s3/bucketPolicy:BucketPolicy",
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    "aws:s3/bucketVersioning:BucketVersioning",
    "aws:sns/topicPolicy:TopicPolicy",
    "aws:sns/topicSubscription:TopicSubscription",
    # Known by their function, whose name carries the environment.
    "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig",
    "aws:lambda/invocation:Invocation",
    "aws:lambda/permission:Permission",
    # Known by their group, whose name carries the environment.
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
    # Known by their bucket, workgroup or database.
    "aws:athena/namedQuery:NamedQuery",
    "aws:glue/catalogTable:CatalogTable",
    "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration",
    # Known by its cluster, namespace and service account; the cluster's name carries the environment.
    "aws:eks/podIdentityAssociation:PodIdentityAssociation",
}


@pytest.mark.parametrize("stack", STACKS)
def test_all_that_can_carry_tags_carries_the_required_ones(preview: Runs, stack: str) -> None:
    # What exists once is no environment's; it is production's in the bills.
    name = "prod" if stack == "account" else stack.removesuffix("-base")
    environment = Tags("", "", "", "", name).to_dict()["Environment"]
    tagged = [each for each in preview(stack).aws if takes_tags(each.type)]
    assert {"aws:kms/key:Key"} <= {each.type for each in tagged}
    for each in tagged:
        tags = each.inputs.get("tags", {})
        assert set(tags) >= REQUIRED, each.urn
        assert all(tags.values()), each.urn
        assert tags["Environment"] == environment, each.urn


@pytest.mark.parametrize("stack", ["prod", "prod-base"])
def test_the_environment_of_prod_is_production(preview: Runs, stack: str) -> None:
    environments = {each.inputs["tags"]["Environment"] for each in preview(stack).aws if takes_tags(each.type)}
    assert environments == {"production"}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_only_the_alarms_on_a_model_name_it(preview: Runs, catalog: Catalog, environment: str) -> None:
    models = {each.name: each.inputs["tags"]["Model"] for each in preview(environment).aws if _has_model(each.inputs)}
    declared = {alarm.name: alarm.model for watched in catalog for alarm in watched.alarms.alarms if alarm.model}
    assert declared
    assert models == {f"{name}-{environment}": model for name, model in declared.items()}


def _has_model(inputs: dict[str, dict[str, str]]) -> bool:
    return "Model" in inputs.get("tags", {})


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_a_workloads_resources_carry_its_own_tags(preview: Runs, catalog: Catalog, environment: str) -> None:
    ran = preview(environment)
    owners = {f"{alarm.name}-{environment}": each for each in catalog for alarm in each.alarms.alarms}
    owners |= {group.name.replace("{environment}", environment): each for each in catalog for group in each.logs.groups}
    projects = {each.name: each.workload.tags.project for each in catalog}
    found = set[str]()
    for made in (*ran.of("MetricAlarm"), *ran.of("LogGroup")):
        tags, owner = made.inputs["tags"], owners.get(str(made.inputs["name"]))
        if owner is not None:
            assert tags["Workload"] == owner.name, made.urn
        assert tags["Project"] == projects[tags["Workload"]], made.urn
        found.add(tags["Workload"])
    assert found > {"platform"}
    assert {each.inputs["tags"]["Workload"] for each in ran.of("Topic")} == {"platform"}


def _physical(ran: Ran) -> set[tuple[str, str]]:
    names = set()
    for each in ran.aws:
        assert each.type in NAMED_BY or each.type in NAMELESS, f"{each.type}: say in this test what names it"
        if each.type in NAMED_BY:
            names.add((each.type, str(each.inputs[NAMED_BY[each.type]])))
    return names


def test_two_environments_fit_in_one_account(preview: Runs) -> None:
    seen: dict[tuple[str, str], str] = {}
    for environment in ENVIRONMENTS:
        for name in _physical(preview(environment)):
            assert name not in seen, f"{name} is in {seen[name]} and {environment}"
            seen[name] = environment


@pytest.mark.parametrize("environment", ENVIRONMENTS)
@pytest.mark.promise("environment")
def test_names_carry_the_environment(preview: Runs, environment: str) -> None:
    assert [name for _, name in _physical(preview(environment)) if environment not in name] == []


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_dashboards_and_alarms_watch_their_own_environment(preview: Runs, environment: str) -> None:
    ran = preview(environment)
    others = {f"-{other}" for other in ENVIRONMENTS} - {f"-{environment}"}
    text = json.dumps([masked(each.inputs) for each in (*ran.of("Dashboard"), *ran.of("MetricAlarm"))])
    assert [other for other in others if f'{other}"' in text or f"{other}\\" in text] == []
