"""What a pod mounts may change: in place, and the pod takes it, as it is made again or reads the file again."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from compiler.routing.digest import digests
from components.parts.digest import digest
from sandbox.model import Resource
from sandbox.values import reveal
from tests.program.previews import ENVIRONMENTS, Ran, Runs, leaves
from tests.workloads import project_catalog

(DIGEST,) = digests(project_catalog().routing)

# Who takes changed content without a new pod, by the consumer's type and the object's name, and where that is seen.
READS_AGAIN = {
    ("CronJob", DIGEST): "each run is a pod of its own",
    ("Alertmanager", "alertmanager-platform"): (
        "prometheus-operator 0.93, pkg/alertmanager/operator.go: watches the secret, and config-reloader the file"
    ),
    ("Alertmanager", "alertmanager-receivers"): (
        "alertmanager 0.28, notify/{pagerduty,slack,webhook,email}: files are read for each notification"
    ),
    ("Kafka", "kafka-metrics"): (
        "strimzi 1.2, KafkaReconciler.perBrokerKafkaConfiguration writes it into the brokers' ConfigMaps; "
        "jmx_exporter, JmxCollector.collect: reads a changed file again"
    ),
    ("OpenTelemetryCollector", "traces-entrance-certificate"): (
        "opentelemetry-collector 0.155, config/configtls: reload_interval and client_ca_file_reload"
    ),
    ("OpenTelemetryCollector", "traces-gateway-vendor"): (
        "opentelemetry-collector-contrib 0.155, extension/bearertokenauthextension: watches the file"
    ),
}
KINDS = {"ConfigMap": "configmap", "Secret": "secret"}


def made(ran: Ran) -> dict[tuple[str, str], dict[str, str]]:
    """Return the content of each ConfigMap and Secret of the program in the platform's namespace, by kind and name."""
    return {
        (KINDS[kind], each.inputs["metadata"]["name"]): reveal(each.inputs.get("stringData") or each.inputs["data"])
        for kind in KINDS
        for each in ran.of(kind)
    }


def consumed(ran: Ran) -> Iterator[tuple[Resource, str, str]]:
    """Yield each reference to one of them: the consumer, and the kind and name of the object."""
    ours = made(ran)
    for each in ran.kubernetes:
        if each.inputs.get("kind") in KINDS:
            continue
        for path, value, _ in leaves(each.inputs.get("spec", {})):
            for kind in KINDS.values():
                if (kind, value) in ours and kind in path.lower():
                    yield each, kind, value


NAMED = {".secret.secretName", ".configMap.name", ".configMapKeyRef.name", ".secretKeyRef.name", ".configSecret"}
"""Where a pod, or what an operator makes pods of, names a Secret or ConfigMap; lists of them apart."""


def made_by_strimzi(ran: Ran) -> set[str]:
    """Return the secrets that Strimzi makes: one for each user, and that of the cluster's authority."""
    users = {each.inputs["metadata"]["name"] for each in ran.of("KafkaUser")}
    return users | {f"{each.inputs['metadata']['name']}-cluster-ca-cert" for each in ran.of("Kafka")}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_nothing_is_mounted_that_somebody_has_to_put_there(preview: Runs, environment: str) -> None:
    """The namespace is made by the first `up`: what a pod waits for cannot lie there before."""
    ran = preview(environment)
    there = {name for _, name in made(ran)} | made_by_strimzi(ran)
    mounted = {
        (each.urn, value)
        for each in ran.kubernetes
        for path, value, _ in leaves(each.inputs.get("spec", {}))
        if path.endswith(tuple(NAMED)) or ".secrets[" in path
    }
    assert mounted
    assert [(urn, name) for urn, name in sorted(mounted) if name not in there] == []


def kind_of(resource: Resource) -> str:
    return resource.type.rpartition(":")[2]


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_changed_content_reaches_the_pod(preview: Runs, environment: str) -> None:
    ran = preview(environment)
    ours, looked = made(ran), 0
    for consumer, kind, name in consumed(ran):
        looked += 1
        if (kind_of(consumer), name) in READS_AGAIN:
            continue
        wanted = (f"observability/{kind}-{name}", f"observability.{kind}-{name}")
        digests = [value for path, value, _ in leaves(consumer.inputs["spec"]) if path.endswith(wanted)]
        assert digests == [digest(ours[kind, name])], f"{consumer.urn}: digest of {kind} {name}"
    assert looked > 3


def test_nobody_is_said_to_read_again_who_mounts_nothing(preview: Runs) -> None:
    found = {(kind_of(consumer), name) for env in ENVIRONMENTS for consumer, _, name in consumed(preview(env))}
    # A vendor's key is there only where a setting names the vendor.
    assert set(READS_AGAIN) - found <= {("OpenTelemetryCollector", "traces-gateway-vendor")}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_content_changes_in_place(preview: Runs, environment: str) -> None:
    (provider,) = [each for each in preview(environment).resources if each.type == "pulumi:providers:kubernetes"]
    for option in ("enableConfigMapMutable", "enableSecretMutable"):
        assert provider.inputs[option] in {True, "true"}
