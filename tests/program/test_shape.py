"""The graph of every stack's resources: parents, providers, references, order."""

from __future__ import annotations

import pytest

from sandbox.model import REFERENCE_TYPE, Resource
from tests.program.previews import ENVIRONMENTS, STACKS, Ran, Runs, is_component, stands_alone

OPERATORS = {"monitoring.coreos.com": "kube-prometheus-stack", "grafana.integreatly.org": "grafana-operator"}
OF_LOGS = {"kafka.strimzi.io": "strimzi", "flink.apache.org": "flink-operator"}
OF_TRACES = {"opentelemetry.io": "opentelemetry-operator"}
ALL = {**OPERATORS, **OF_LOGS, **OF_TRACES}


def _release(ran: Ran, name: str) -> str:
    return ran.one("Release", name).urn


def _custom(ran: Ran) -> list[Resource]:
    return [each for each in ran.kubernetes if each.type.split(":")[1].split("/")[0] in ALL]


def test_every_environment_has_its_stacks() -> None:
    bases = {f"{environment}-base" for environment in ENVIRONMENTS if environment != "local"}
    assert set(STACKS) == {*ENVIRONMENTS, *bases, "account"}


@pytest.mark.parametrize("stack", STACKS)
def test_every_stack_previews_with_the_real_program(preview: Runs, stack: str) -> None:
    ran = preview(stack)
    assert ran.of("Key")
    assert bool(ran.kubernetes) is (stack in ENVIRONMENTS)


@pytest.mark.parametrize("stack", STACKS)
def test_every_resource_belongs_to_a_component(preview: Runs, stack: str) -> None:
    strays = [each.urn for each in preview(stack).resources if not stands_alone(each) and not is_component(each.parent)]
    assert strays == []


@pytest.mark.parametrize("stack", STACKS)
def test_every_resource_names_its_provider(preview: Runs, stack: str) -> None:
    ran = preview(stack)
    providers = [each for each in ran.resources if each.is_provider]
    assert {(each.package, each.name) for each in providers} <= {("aws", "aws"), ("kubernetes", "cluster")}
    for each in ran.real:
        kind, name = each.provider.split("::")[2:4]
        assert kind == f"pulumi:providers:{each.package}", each.urn
        assert name != "default", each.urn


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_base_is_referenced_only_where_it_is_another_stack(preview: Runs, environment: str) -> None:
    references = [each.name for each in preview(environment).resources if each.type == REFERENCE_TYPE]
    expected = [] if environment == "local" else [f"organization/observability/{environment}-base"]
    assert references == expected


@pytest.mark.parametrize("stack", [stack for stack in STACKS if stack.endswith("-base")])
def test_a_base_refers_to_nothing_and_gives_what_is_read_from_it(preview: Runs, stack: str) -> None:
    ran = preview(stack)
    assert [each for each in ran.resources if each.type == REFERENCE_TYPE] == []
    cluster = {"clusterName", "clusterEndpoint", "clusterCertificateAuthority"}
    search = {f"search{name}" for name in ("Arn", "Endpoint", "SetupRoleArn", "SnapshotRoleArn", "SubnetIds", "VpcId")}
    assert set(ran.outputs) == {"keyArn", "archiveBucket", *cluster, *search}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_custom_resources_come_after_the_operator_that_knows_them(preview: Runs, environment: str) -> None:
    ran = preview(environment)
    found = _custom(ran)
    operators = OPERATORS if environment == "local" else ALL
    assert {each.type.split(":")[1].split("/")[0] for each in found} == set(operators)
    for each in found:
        group = each.type.split(":")[1].split("/")[0]
        assert _release(ran, operators[group]) in each.dependencies, each.urn


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_operator_comes_after_its_crds(preview: Runs, environment: str) -> None:
    ran = preview(environment)
    operator = ran.one("Release", "kube-prometheus-stack")
    assert _release(ran, "prometheus-operator-crds") in operator.dependencies


@pytest.mark.parametrize("environment", [each for each in ENVIRONMENTS if each != "local"])
def test_operators_whose_webhooks_need_certificates_come_after_what_makes_them(preview: Runs, environment: str) -> None:
    ran = preview(environment)
    for name in ("flink-operator", "opentelemetry-operator"):
        assert _release(ran, "cert-manager") in ran.one("Release", name).dependencies, name


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_what_lives_in_the_namespace_comes_after_it(preview: Runs, environment: str) -> None:
    ran = preview(environment)
    namespace = ran.one("Namespace").urn
    for each in ran.kubernetes:
        if each.inputs.get("metadata", each.inputs).get("namespace"):
            assert namespace in each.dependencies, each.urn


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_alarms_use_topics_of_the_stack_after_their_policies(preview: Runs, environment: str) -> None:
    ran = preview(environment)
    alarms = [*ran.of("MetricAlarm"), *ran.of("CompositeAlarm")]
    # The parts of a composite tell nobody; a policy asks for the composite.
    alarms = [alarm for alarm in alarms if alarm.inputs.get("actionsEnabled") is not False]
    assert len(alarms) > 30
    for alarm in alarms:
        kinds = [urn.split("::")[2].rpartition(":")[2] for urn in alarm.property_dependencies["alarmActions"]]
        assert sorted(set(kinds)) == ["Topic", "TopicPolicy"], alarm.urn


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_every_topic_has_a_reader_and_a_policy(preview: Runs, environment: str) -> None:
    ran = preview(environment)
    topics = {each.urn for each in ran.of("Topic")}
    for protocol in ("email", "lambda"):
        read = [each for each in ran.of("TopicSubscription") if each.inputs["protocol"] == protocol]
        named = {urn for each in read for urn in each.property_dependencies["topic"]} & topics
        priorities = {each.urn for each in ran.of("Topic") if each.name in {"p0", "p1", "p2", "p3", "p4"}}
        assert named == (topics if protocol == "email" else priorities)
    assert {urn for each in ran.of("TopicPolicy") for urn in each.dependencies} == topics
    assert {each.name for each in ran.of("Topic")} >= {"p0", "p1", "p2", "p3", "p4", "pagerduty", "ml_team"}


@pytest.mark.slow
@pytest.mark.parametrize("environment", ["local", "dr"])
def test_an_update_makes_what_the_preview_told(preview: Runs, up: Runs, environment: str) -> None:
    """A resource made inside an apply would be missing from the preview, where the apply does not run."""
    urns = {each.urn for each in preview(environment).resources}
    made = up(environment)
    assert {each.urn for each in made.resources} == urns
    assert all(each.id for each in made.real)
