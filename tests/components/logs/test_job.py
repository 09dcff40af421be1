"""The log job: rules and secrets as files, state in the archive, restarted by new rules, no right beyond its needs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from components.logs.job import LogJob, LogJobArgs
from components.parts.helm_operator import Chart
from sandbox.values import reveal
from tests.components import crds
from tests.components.isolated import Deployed, before, comes_after, deploy, in_cluster

ARGS = LogJobArgs(
    namespace="observability",
    image="example.com/log-job:1.2.3",
    rules='{"version": 1}\n',
    kafka="kafka-kafka-bootstrap.observability.svc:9093",
    archive="obs-archive",
    opensearch="https://search.example.com",
    region="us-east-1",
    hash_key="a key",
    parallelism=4,
    highly_available=True,
    labels={"observability/producer": "flink"},
    chart=Chart("flink-kubernetes-operator", "1.14.0"),
    certificates=[],
    after=[],
)


def _deployed(**changes: Any) -> Deployed:
    return deploy(lambda: LogJob("log-job", replace(ARGS, after=[before()], **changes), in_cluster()))


@pytest.fixture(scope="module")
def deployed() -> Deployed:
    return _deployed()


@pytest.fixture(scope="module")
def spec(deployed: Deployed) -> dict[str, Any]:
    return dict(deployed.one("FlinkDeployment").inputs["spec"])


def arguments(spec: dict[str, Any]) -> dict[str, str]:
    given = spec["job"]["args"]
    return dict(zip(given[::2], given[1::2], strict=True))


def mounted(spec: dict[str, Any]) -> dict[str, str]:
    """Return the mount path of each volume."""
    (container,) = spec["podTemplate"]["spec"]["containers"]
    return {each["name"]: each["mountPath"] for each in container["volumeMounts"]}


def test_the_job_is_told_where_everything_is(deployed: Deployed, spec: dict[str, Any]) -> None:
    given = arguments(spec)
    assert given["--kafka"] == ARGS.kafka
    assert (given["--opensearch"], given["--archive"]) == ("https://search.example.com", "s3://obs-archive")
    assert deployed.one("ConfigMap").inputs["data"] == {"job.json": ARGS.rules}
    assert given["--rules"] == f"{mounted(spec)['rules']}/job.json"
    for flag, volume in (("--hash-key", "own"), ("--kafka-password", "kafka"), ("--kafka-ca", "kafka-ca")):
        assert given[flag].startswith(mounted(spec)[volume])


def test_a_secret_is_no_argument_and_a_file_of_its_own(deployed: Deployed, spec: dict[str, Any]) -> None:
    assert "a key" not in spec["job"]["args"]
    assert arguments(spec)["--opensearch-auth"] == "sigv4", "the search knows roles, and no passwords"
    secret = reveal(deployed.one("Secret").inputs["stringData"])
    assert set(secret) == {"hash-key"}
    volumes = {
        each["name"]: each.get("secret", {}).get("secretName") for each in spec["podTemplate"]["spec"]["volumes"]
    }
    assert volumes == {
        "rules": None,
        "kafka": "log-job",
        "kafka-ca": "kafka-cluster-ca-cert",
        "own": "log-job-hash-key",
    }


def test_state_survives_the_pods(spec: dict[str, Any]) -> None:
    configuration = spec["flinkConfiguration"]
    for key in ("execution.checkpointing.dir", "execution.checkpointing.savepoint-dir", "high-availability.storageDir"):
        assert configuration[key].startswith("s3://obs-archive/flink/")
    assert configuration["high-availability.type"] == "kubernetes"
    assert spec["job"]["upgradeMode"] == "savepoint"
    assert spec["jobManager"]["replicas"] == 2
    assert _deployed(highly_available=False).one("FlinkDeployment").inputs["spec"]["jobManager"]["replicas"] == 1


def test_new_rules_restart_the_job(spec: dict[str, Any]) -> None:
    other = _deployed(rules='{"version": 2}\n').one("FlinkDeployment").inputs["spec"]
    assert other["flinkConfiguration"] != spec["flinkConfiguration"]


def test_it_is_as_confined_as_other_pods_and_reaches_kafka(spec: dict[str, Any]) -> None:
    pod = spec["podTemplate"]
    assert pod["spec"]["securityContext"]["runAsNonRoot"] is True
    (container,) = pod["spec"]["containers"]
    assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert pod["metadata"]["labels"] == {"observability/kafka-client": "true"}


@pytest.mark.parametrize(
    ("part", "component", "port"), [("jobManager", "jobmanager", 6123), ("taskManager", "taskmanager", 6122)]
)
def test_a_process_that_hangs_is_started_again(spec: dict[str, Any], part: str, component: str, port: int) -> None:
    pod = spec[part]["podTemplate"]["spec"]
    (container,) = pod["containers"]
    # The operator merges lists by place: the container stands where the shared one does.
    assert container["name"] == spec["podTemplate"]["spec"]["containers"][0]["name"]
    assert container["livenessProbe"]["tcpSocket"] == {"port": port}
    assert container["readinessProbe"]
    selected = {str(each["labelSelector"]["matchLabels"]) for each in pod["topologySpreadConstraints"]}
    assert selected == {str({"app": "log-job", "type": "flink-native-kubernetes", "component": component})}


def test_nobody_else_may_have_it_run_a_job(deployed: Deployed) -> None:
    policy = deployed.one("NetworkPolicy").inputs["spec"]
    assert policy["podSelector"] == {"matchLabels": deployed.one("Service").inputs["spec"]["selector"]}
    each_other, operator, prometheus = policy["ingress"]
    assert "ports" not in each_other
    assert each_other["from"] == [pods("app", "log-job")]
    assert (operator["ports"][0]["port"], operator["from"]) == (
        8081,
        [pods("app.kubernetes.io/name", "flink-kubernetes-operator")],
    )
    assert (prometheus["ports"][0]["port"], prometheus["from"]) == (
        9249,
        [pods("app.kubernetes.io/name", "prometheus")],
    )


def pods(key: str, value: str) -> dict[str, Any]:
    return {"podSelector": {"matchExpressions": [{"key": key, "operator": "In", "values": [value]}]}}


def test_monitors_find_the_metrics(deployed: Deployed, spec: dict[str, Any]) -> None:
    service = deployed.one("Service").inputs
    assert service["metadata"]["labels"] == ARGS.labels
    assert service["spec"]["selector"] == {"app": "log-job", "type": "flink-native-kubernetes"}
    assert service["spec"]["ports"][0]["port"] == int(spec["flinkConfiguration"]["metrics.reporter.prom.port"])


def test_the_operator_would_take_it(deployed: Deployed) -> None:
    made = deployed.one("FlinkDeployment")
    assert comes_after(made)
    assert any(urn.endswith("::flink-operator") for urn in made.dependencies)
    values = deployed.one("Release").inputs["values"]
    assert values["jobServiceAccount"]["name"] == made.inputs["spec"]["serviceAccount"]
    crds.check(made.inputs)
