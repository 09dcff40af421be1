"""What the agents and the collector share: Fluent Bit's container, its configuration and secrets as files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
import pulumi_kubernetes as k8s

from compiler.logs.fluent_bit import BROKERS, CONFIG, KAFKA_CA, METRICS_PORT, PASSWORD, STATE
from components.logs.kafka_spec import CLIENT_LABELS
from components.parts.digest import Contents, digest_annotations

FILE = "fluent-bit.yaml"
BUFFER = "buffer"
"""The volume of what waits."""
_IMAGE = "cr.fluentbit.io/fluent/fluent-bit"


@dataclass(frozen=True)
class FluentBitArgs:
    """How Fluent Bit runs.

    Attributes:
        namespace: where; Kafka's secrets are there as well.
        version: of Fluent Bit, as its image is tagged.
        configuration: its own YAML.
        kafka: host:port of the brokers.
        password_secret: the secret that holds `password`, of its user in Kafka.
        ca_secret: the secret that holds `ca.crt`, of Kafka's certificate authority.
        labels: what the monitor of its metrics finds the service by.
        after: what must be there before: the users and topics.
        secrets: the contents of its secrets that the platform makes: it reads them at its start only.
    """

    namespace: pulumi.Input[str]
    version: str
    configuration: str
    kafka: pulumi.Input[str]
    password_secret: str
    ca_secret: str
    labels: Mapping[str, str]
    after: Sequence[pulumi.Resource]
    secrets: Contents = field(default_factory=dict)


def configuration(
    name: str, args: FluentBitArgs, opts: pulumi.ResourceOptions
) -> tuple[k8s.core.v1.ConfigMap, dict[str, pulumi.Input[str]]]:
    """Create the ConfigMap; return it and the annotations that restart pods when it or a secret changes."""
    files = {FILE: args.configuration}
    config_map = k8s.core.v1.ConfigMap(
        name, metadata={"name": name, "namespace": args.namespace}, data=files, opts=opts
    )
    return config_map, digest_annotations({name: files}, args.secrets)


def pod_labels(name: str) -> dict[str, str]:
    """Return the labels of its pods: those of the selector, and the one that lets them reach Kafka."""
    return {"app.kubernetes.io/name": name, **CLIENT_LABELS}


def metrics_service(name: str, args: FluentBitArgs, opts: pulumi.ResourceOptions) -> None:
    """Create the service that the monitor of its metrics finds."""
    metrics = k8s.core.v1.ServicePortArgs(name="metrics", port=METRICS_PORT, target_port="metrics")
    k8s.core.v1.Service(
        name,
        metadata=k8s.meta.v1.ObjectMetaArgs(name=name, namespace=args.namespace, labels=args.labels),
        spec=k8s.core.v1.ServiceSpecArgs(selector={"app.kubernetes.io/name": name}, ports=[metrics]),
        opts=opts,
    )


def container(
    mounts: Sequence[k8s.core.v1.VolumeMountArgs],
    ports: Sequence[k8s.core.v1.ContainerPortArgs] = (),
    security: k8s.core.v1.SecurityContextArgs | None = None,
    *,
    args: FluentBitArgs,
) -> k8s.core.v1.ContainerArgs:
    """Return the container; `mounts` and `ports` are added to the shared ones."""
    shared = {"configuration": CONFIG, "kafka": PASSWORD, "kafka-ca": KAFKA_CA}
    fixed = [k8s.core.v1.VolumeMountArgs(name=name, mount_path=path, read_only=True) for name, path in shared.items()]
    return k8s.core.v1.ContainerArgs(
        name="fluent-bit",
        image=f"{_IMAGE}:{args.version}",
        args=["--config", f"{CONFIG}/{FILE}"],
        env=[k8s.core.v1.EnvVarArgs(name=BROKERS, value=args.kafka)],
        ports=[k8s.core.v1.ContainerPortArgs(name="metrics", container_port=METRICS_PORT), *ports],
        # Kafka may be away for hours: a restart would not bring it back.
        liveness_probe=_http_probe("/"),
        readiness_probe=_http_probe("/api/v1/health"),
        resources=k8s.core.v1.ResourceRequirementsArgs(
            requests={"cpu": "100m", "memory": "256Mi"}, limits={"memory": "256Mi"}
        ),
        security_context=security or _confined(),
        volume_mounts=[*fixed, k8s.core.v1.VolumeMountArgs(name=BUFFER, mount_path=STATE), *mounts],
    )


def _http_probe(path: str) -> k8s.core.v1.ProbeArgs:
    return k8s.core.v1.ProbeArgs(
        http_get=k8s.core.v1.HTTPGetActionArgs(path=path, port="metrics"), initial_delay_seconds=10
    )


def _confined() -> k8s.core.v1.SecurityContextArgs:
    return k8s.core.v1.SecurityContextArgs(
        allow_privilege_escalation=False,
        read_only_root_filesystem=True,
        capabilities=k8s.core.v1.CapabilitiesArgs(drop=["ALL"]),
    )


def volumes(args: FluentBitArgs, config_map: k8s.core.v1.ConfigMap) -> list[k8s.core.v1.VolumeArgs]:
    """Return the shared volumes: of each secret the one key that is needed."""
    return [
        k8s.core.v1.VolumeArgs(
            name="configuration",
            config_map=k8s.core.v1.ConfigMapVolumeSourceArgs(name=config_map.metadata.name.apply(str)),
        ),
        secret_volume("kafka", args.password_secret, ["password"]),
        secret_volume("kafka-ca", args.ca_secret, ["ca.crt"]),
    ]


def secret_volume(name: str, secret: str, keys: Sequence[str]) -> k8s.core.v1.VolumeArgs:
    """Return a volume with some keys of a secret as files."""
    items = [k8s.core.v1.KeyToPathArgs(key=key, path=key) for key in keys]
    return k8s.core.v1.VolumeArgs(
        name=name, secret=k8s.core.v1.SecretVolumeSourceArgs(secret_name=secret, items=items, default_mode=0o440)
    )
