"""The settings of a stack: Pulumi config, typed, validated once, frozen.

Defaults stand in `Pulumi.yaml` and nowhere else; the stack files hold differences.
"""

import difflib
import json
from collections.abc import Collection, Mapping
from ipaddress import IPv4Network
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator
from pydantic.alias_generators import to_camel

from compiler.errors import UserError
from compiler.model.base import Email, EnvironmentName, StackLayer
from compiler.target import Target

PROJECT = "observability"
Layer = Literal["account", "base", StackLayer]
SECRETS_FOLDER = "/etc/alertmanager/secrets/alertmanager-receivers"
# A VPC holds a /16 at most; from a /20, each zone's machines and pods have 256 addresses.
_WIDEST, _NARROWEST = 16, 20
# MSK stands in two zones at least, with a broker in each.
_MSK_ZONES = 2
# Each message is on three brokers, so that one may be lost.
_COPIES = 3
EKS_STORAGE_CLASS = "gp3"
"""The StorageClass that the foundation makes in a cluster of the base, unless the settings name it otherwise."""
TEMPLATES_GLOB = "/etc/alertmanager/config/*.tmpl"


def _no_slash(url: str) -> str:
    return url.rstrip("/")


def _prefix_16_to_20(network: IPv4Network) -> IPv4Network:
    if not _WIDEST <= network.prefixlen <= _NARROWEST:
        raise ValueError(f"expected a prefix of /{_WIDEST} to /{_NARROWEST}")
    return network


Url = Annotated[str, StringConstraints(pattern=r"^https?://[^\s/]+(/\S*)?$"), AfterValidator(_no_slash)]
OptionalUrl = Annotated[str, StringConstraints(pattern=r"^(https://[^\s/]+(/\S*)?)?$"), AfterValidator(_no_slash)]
RoleArn = Annotated[str, StringConstraints(pattern=r"^arn:aws[a-z-]*:iam::\d{12}:(role|user)/\S+$")]
Image = Annotated[str, StringConstraints(pattern=r"^[^\s:@]+(:\d+)?(/[^\s:@]+)*:[A-Za-z0-9_][\w.-]*$")]
# A registry, or a folder: one in the project's begins with a dot, so that it is no chart's name.
ChartSource = Annotated[
    str, StringConstraints(pattern=r"^(oci://[^\s/]+(/[^\s/]+)*/?|\.{0,2}/\S+)?$"), AfterValidator(_no_slash)
]
LiveName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]+(/[a-z0-9-]+)?$")]
DnsLabel = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")]


class Settings(BaseModel):
    """One stack's settings; `Pulumi.yaml` describes each key."""

    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel)

    stack: str
    environment: EnvironmentName
    layers: tuple[Layer, ...] = Field(min_length=1)
    protect: bool
    region: Annotated[str, StringConstraints(pattern=r"^[a-z]{2}(-[a-z]+)+-\d$")]
    account_id: Annotated[str, StringConstraints(pattern=r"^(\d{12})?$")]
    cluster: Literal["own", "eks"]
    kube_context: str
    chart_source: ChartSource
    ready_timeout_seconds: int = Field(ge=10, le=3600)
    vpc_cidr: Annotated[IPv4Network, AfterValidator(_prefix_16_to_20)]
    # EKS needs two zones; few regions have more than four.
    zones: int = Field(ge=2, le=4)
    nat_per_zone: bool
    cluster_public_cidrs: tuple[IPv4Network, ...]
    cluster_admin_arns: tuple[RoleArn, ...]
    node_instance_type: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]*\.[a-z0-9-]+$")]
    node_count: int = Field(ge=2, le=100)
    kafka: Literal["strimzi", "msk"]
    kafka_instance_type: Annotated[str, StringConstraints(pattern=r"^kafka\.[a-z][a-z0-9]*\.[a-z0-9]+$")]
    kafka_controllers: Literal["combined", "separate"]
    kafka_brokers: int = Field(ge=1, le=30)
    kafka_memory_gib: int = Field(ge=1, le=64)
    log_collector_replicas: int = Field(ge=1, le=30)
    log_job_image: Image
    log_job_parallelism: int = Field(ge=1, le=24)
    # Empty for no domain; two hundred nodes are more than one domain may have without asking AWS.
    search_instance_type: Annotated[str, StringConstraints(pattern=r"^([a-z][a-z0-9]*\.[a-z0-9]+\.search)?$")]
    search_instance_count: int = Field(ge=1, le=80)
    search_manager_type: Annotated[str, StringConstraints(pattern=r"^([a-z][a-z0-9]*\.[a-z0-9]+\.search)?$")]
    search_storage_gib: int = Field(ge=10, le=24_576)
    trace_gateway_replicas: int = Field(ge=1, le=30)
    trace_gateway_memory_gib: int = Field(ge=1, le=64)
    trace_gateway_queue_gib: int = Field(ge=1, le=1_024)
    trace_entrance_replicas: int = Field(ge=1, le=30)
    jaeger_replicas: int = Field(ge=1, le=30)
    profile_storage_gib: int = Field(ge=10, le=16_384)
    # Empty for none: then no span leaves for a vendor.
    apm_endpoint: OptionalUrl
    apm_header: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]+$")]
    live: tuple[LiveName, ...]
    service_namespaces: tuple[DnsLabel, ...]
    namespace: DnsLabel
    # Empty for the class of the base's cluster, or the default of a cluster of the user's. A name of a StorageClass.
    storage_class: Annotated[str, StringConstraints(pattern=r"^([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?)?$")]
    team: DnsLabel
    cost_center: str = Field(min_length=1)
    docs_url: Url
    grafana_url: Url
    pagerduty_url: Url
    smtp_smarthost: Annotated[str, StringConstraints(pattern=r"^[^\s:]+:\d{1,5}$")]
    smtp_from: Email
    smtp_username: str
    smtp_require_tls: bool
    alarm_email: Email
    prometheus_replicas: int = Field(ge=1, le=4)
    alertmanager_replicas: int = Field(ge=1, le=9)
    # The budgets of 30 days need more than 30 days of samples.
    prometheus_retention_days: int = Field(ge=35, le=400)
    prometheus_storage_gib: int = Field(ge=10, le=16_384)
    prometheus_memory_gib: int = Field(ge=1, le=512)
    platform_budget_usd: int = Field(ge=1)
    adopt_log_groups: tuple[str, ...]

    @model_validator(mode="after")
    def _check_layers(self) -> "Settings":
        if len(set(self.layers)) != len(self.layers):
            raise ValueError(f"layers: expected each layer once, found {list(self.layers)}")
        if set(self.layers) & {"metrics", "logs", "traces", "cloud"} and "foundation" not in self.layers:
            raise ValueError(
                f"layers: expected foundation before metrics, logs, traces and cloud, found {list(self.layers)}"
            )
        if "logs" in self.layers and ("metrics" not in self.layers or self.cluster == "own"):
            # Its alerts are in metrics; its search domain stands in the network of a cluster that the base has made.
            raise ValueError(f"layers: expected metrics and cluster: eks with logs, found {list(self.layers)}")
        if "traces" in self.layers and "logs" not in self.layers:
            # Jaeger keeps traces in the domain of logs, and what it needs there is put in by the set-up of logs.
            raise ValueError(f"layers: expected logs with traces, found {list(self.layers)}")
        if "account" in self.layers and len(self.layers) > 1:
            raise ValueError(f"layers: expected account in a stack of its own, found {list(self.layers)}")
        return self

    @model_validator(mode="after")
    def _check_cluster(self) -> "Settings":
        if self.cluster == "eks" and self.kube_context:
            raise ValueError(f"kubeContext: expected none with cluster: eks, found {self.kube_context!r}")
        if self.cluster == "own" and self.search_instance_type:
            found = self.search_instance_type
            raise ValueError(f"searchInstanceType: expected none with cluster: own, whose network is yours: {found!r}")
        return self

    @model_validator(mode="after")
    def _check_kafka(self) -> "Settings":
        found, way = self.kafka_brokers, "docs/kafka.md has the way from one to the other"
        if self.kafka == "msk" and found < _MSK_ZONES:
            raise ValueError(f"kafkaBrokers: expected {_MSK_ZONES} at least with kafka: msk, found {found}")
        if self.kafka == "strimzi" and self.kafka_controllers == "combined" and found != 1:
            raise ValueError(f"kafkaBrokers: expected 1 with kafkaControllers: combined, found {found}: {way}")
        if self.kafka == "strimzi" and self.kafka_controllers == "separate" and found < _COPIES:
            raise ValueError(
                f"kafkaBrokers: expected {_COPIES} at least with kafkaControllers: separate, found {found}: {way}"
            )
        return self

    @classmethod
    def config_keys(cls) -> list[str]:
        """Return the config keys, without the project's prefix."""
        return [to_camel(name) for name in cls.model_fields if name != "stack"]

    @property
    def has_own_base(self) -> bool:
        """Whether this stack holds its long-lived resources itself, rather than in `<stack>-base`."""
        return "base" in self.layers

    @property
    def volume_class(self) -> str | None:
        """The StorageClass of volumes: the one that the foundation makes on EKS; None for a cluster's own default."""
        return self.storage_class or (EKS_STORAGE_CLASS if self.cluster == "eks" else None)

    @property
    def target(self) -> Target:
        """The target of the compiler: what it needs to know of this environment."""
        return Target(
            environment=self.environment,
            region=self.region,
            layers=self.layers,
            docs_url=self.docs_url,
            grafana_url=self.grafana_url,
            pagerduty_url=self.pagerduty_url,
            smtp_smarthost=self.smtp_smarthost,
            smtp_from=self.smtp_from,
            smtp_username=self.smtp_username,
            smtp_require_tls=self.smtp_require_tls,
            secrets_folder=SECRETS_FOLDER,
            secrets_prefix=f"{PROJECT}/{self.environment}",
            templates_glob=TEMPLATES_GLOB,
            kafka_brokers=self.kafka_brokers,
            namespace=self.namespace,
            trace_gateway_memory_gib=self.trace_gateway_memory_gib,
            trace_gateway_queue_gib=self.trace_gateway_queue_gib,
            apm_endpoint=self.apm_endpoint,
            apm_header=self.apm_header,
            live=self.live,
        )


def load_settings(config: Mapping[str, str], stack: str, secret_names: Collection[str]) -> Settings:
    """Validate a stack's configuration.

    Args:
        config: every config value of the stack by its full key, as Pulumi hands it to the program: text or JSON.
        stack: the stack's name.
        secret_names: the keys that hold secrets; they may be set, and are not read here.

    Raises:
        UserError: with one line for each wrong value: stack file, key, what was expected, what was found.
    """
    file = f"Pulumi.{stack}.yaml"
    prefix = f"{PROJECT}:"
    own = {key.removeprefix(prefix): value for key, value in config.items() if key.startswith(prefix)}
    keys = {to_camel(name): field.annotation for name, field in Settings.model_fields.items() if name != "stack"}
    lines = [
        f"{file}: {prefix}{key}: unknown key{_suggestion(key, [*Settings.config_keys(), *secret_names])}"
        for key in own
        if key not in keys and key not in secret_names
    ]
    raw = {key: _value(own[key], keys[key]) for key in keys if key in own}
    try:
        settings = Settings.model_validate({"stack": stack, **raw})
    except ValidationError as error:
        problems = error.errors(include_url=False)
        lines += [
            _explain(file, prefix, problem["loc"], problem["type"], problem["msg"], problem["input"])
            for problem in problems
            # A list is "too short" only because of the mistake inside it.
            if not any(other["loc"][:-1] == problem["loc"] for other in problems if problem["loc"])
        ]
    if lines:
        raise UserError("\n".join(lines))
    return settings


def _value(text: str, annotation: object) -> object:
    """Parse a config value: Pulumi passes arrays to the program as JSON text, and the rest as plain text."""
    if getattr(annotation, "__origin__", None) is tuple:
        try:
            value: object = json.loads(text)
        except json.JSONDecodeError:
            return text
        return value
    return text


def _suggestion(key: str, known: Collection[str]) -> str:
    near = difflib.get_close_matches(key, known, n=1)
    return f": did you mean {near[0]}?" if near else ": Pulumi.yaml lists the keys there are"


def _explain(file: str, prefix: str, loc: tuple[int | str, ...], kind: str, message: str, found: object) -> str:
    if not loc:
        return f"{file}: {prefix}{message.removeprefix('Value error, ')}"
    place = f"{file}: {prefix}{'.'.join(map(str, loc))}"
    if kind == "missing":
        return f"{place}: expected a value, found none: set it with `pulumi config set {loc[0]} ...`"
    expected = message.replace("Input should be", "expected").replace("String should", "expected to")
    expected = expected.replace("Input is not", "expected").removeprefix("Value error, ")
    return f"{place}: {expected}, found {found!r}"
