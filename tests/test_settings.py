"""Settings: typed, validated at once, and in step with `Pulumi.yaml` and the stack files."""

import json
import re
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from pydantic.alias_generators import to_camel

from compiler.errors import UserError
from compiler.model.base import PlannedLayer, StackLayer
from settings import PROJECT, Layer, Settings, load_settings
from tests.catalog_copy import ROOT
from tests.workloads import project_catalog

SECRETS = {"pagerduty-call-key", "smtp-password"}
ENVIRONMENTS = ("dev", "staging", "prod", "dr")
STACKS = sorted(path.name.split(".")[1] for path in ROOT.glob("Pulumi.*.yaml"))
DECLARED: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "Pulumi.yaml").read_text(encoding="utf-8"))["config"]
_READERS = ("settings.py", *(f"{folder}/**/*.py" for folder in ("stacks", "components", "policies")))
PROGRAM = "\n".join(path.read_text(encoding="utf-8") for glob in _READERS for path in sorted(ROOT.glob(glob)))
JSON_TYPES = {"string": "string", "integer": "integer", "boolean": "boolean", "array": "array"}


def text(value: object) -> str:
    """Return a config value as Pulumi hands it to a program: text, or JSON for what is no scalar."""
    return value if isinstance(value, str) else json.dumps(value)


def differences(stack: str) -> dict[str, Any]:
    """Return what a stack's file sets, without the project's prefix."""
    config = yaml.safe_load((ROOT / f"Pulumi.{stack}.yaml").read_text(encoding="utf-8"))["config"]
    return {key.removeprefix(f"{PROJECT}:"): value for key, value in config.items()}


def config_of(**changes: object) -> dict[str, str]:
    """Return a whole configuration, defaults included; None takes a key away."""
    defaults = {key: declared["default"] for key, declared in DECLARED.items() if "default" in declared}
    values = {**defaults, "environment": "prod", **changes}
    return {f"{PROJECT}:{key}": text(value) for key, value in values.items() if value is not None}


def mistakes(**changes: object) -> list[str]:
    with pytest.raises(UserError) as refused:
        load_settings(config_of(**changes), "prod", SECRETS)
    return str(refused.value).splitlines()


@pytest.mark.parametrize("stack", STACKS)
def test_every_committed_stack_is_valid(stack: str) -> None:
    settings = load_settings(config_of(**{"environment": None, **differences(stack)}), stack, SECRETS)
    assert settings.stack == stack
    # What exists once in an account is no environment's: in the bills it is production's.
    assert settings.environment == ("prod" if stack == "account" else stack.removesuffix("-base"))
    assert settings.has_own_base == (stack == "local" or stack.endswith("-base"))


def read_somewhere(name: str) -> bool:
    """Return whether the program or a policy reads a setting: as an attribute of the settings, or by its key."""
    camel = to_camel(name)
    return bool(re.search(rf"\b(?:settings|self)\.{name}\b|_setting\(\"{camel}\"\)|:{camel}\"", PROGRAM))


@pytest.mark.parametrize("name", [name for name in Settings.model_fields if name != "stack"])
def test_every_setting_is_read(name: str) -> None:
    assert read_somewhere(name), f"Pulumi.yaml: {to_camel(name)}: expected code that reads it, found none: remove it"


def test_a_setting_that_nothing_reads_would_be_seen() -> None:
    assert not read_somewhere("favourite_colour")


def test_layers_are_those_that_there_are() -> None:
    """A planned layer that gets its module leaves the planned ones; no entry of the catalog names any other."""
    modules = {path.stem for path in (ROOT / "stacks").glob("*.py")}
    assert set(get_args(StackLayer)) <= modules
    assert not set(get_args(PlannedLayer)) & modules
    assert set(get_args(Layer)) == {"account", "base", *get_args(StackLayer)}
    catalog = project_catalog()
    named = {alert.layer for watched in catalog for alert in watched.alerts}
    assert set(get_args(PlannedLayer)) <= named, "a planned layer without an entry does nothing"


def test_every_environment_has_its_stacks() -> None:
    assert set(STACKS) == {"local", "account", *ENVIRONMENTS, *(f"{name}-base" for name in ENVIRONMENTS)}


@pytest.mark.parametrize("stack", STACKS)
def test_a_stack_file_holds_differences_only(stack: str) -> None:
    for key, value in differences(stack).items():
        assert key in DECLARED
        assert value != DECLARED[key].get("default"), f"{key} repeats the default"


def test_a_stack_and_its_base_agree_on_where_they_are_and_whose_cluster_it_is() -> None:
    for name in ENVIRONMENTS:
        stack, base = differences(name), differences(f"{name}-base")
        for key in ("environment", "region", "cluster"):
            assert stack.get(key) == base.get(key), key
        assert (base["layers"], base["cluster"]) == (["base"], "eks")


def test_networks_of_environments_may_be_joined() -> None:
    default = DECLARED["vpcCidr"]["default"]
    networks = [differences(f"{name}-base").get("vpcCidr", default) for name in ENVIRONMENTS]
    assert len(set(networks)) == len(networks)


def test_a_context_of_ones_own_goes_with_a_cluster_of_ones_own() -> None:
    (line,) = mistakes(cluster="eks", kubeContext="mine")
    assert line == "Pulumi.prod.yaml: observability:kubeContext: expected none with cluster: eks, found 'mine'"


def test_msk_has_a_broker_in_each_of_two_zones_at_least() -> None:
    (line,) = mistakes(kafka="msk", kafkaBrokers=1)
    assert line == "Pulumi.prod.yaml: observability:kafkaBrokers: expected 2 at least with kafka: msk, found 1"


@pytest.mark.parametrize(
    ("controllers", "brokers", "expected"), [("combined", 3, "1"), ("combined", 2, "1"), ("separate", 1, "3 at least")]
)
@pytest.mark.promise("kafkaBrokers", "kafkaControllers")
def test_a_number_of_brokers_does_not_choose_where_the_controllers_are(
    controllers: str, brokers: int, expected: str
) -> None:
    (line,) = mistakes(kafkaControllers=controllers, kafkaBrokers=brokers)
    assert line == (
        f"Pulumi.prod.yaml: observability:kafkaBrokers: expected {expected} with kafkaControllers: {controllers}, "
        f"found {brokers}: docs/kafka.md has the way from one to the other"
    )


def test_the_recovery_region_is_another_one() -> None:
    assert differences("dr")["region"] != DECLARED["region"]["default"]


def test_every_setting_is_declared_in_the_project_and_the_other_way_round() -> None:
    assert sorted(Settings.config_keys()) == sorted(DECLARED)


def test_declared_types_are_those_of_the_settings() -> None:
    properties = Settings.model_json_schema()["properties"]
    for key, declared in DECLARED.items():
        assert JSON_TYPES[declared["type"]] == properties[key]["type"], key


def test_every_declared_key_says_what_it_is_for() -> None:
    for key, declared in DECLARED.items():
        assert re.fullmatch(r".{10,}\.", declared["description"]), key
    assert [key for key, declared in DECLARED.items() if "default" not in declared] == ["environment"]


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("environment", "production", "expected 'local', 'dev', 'staging', 'prod' or 'dr', found 'production'"),
        (
            "layers",
            ["metrics", "logz"],
            "layers.1: expected 'account', 'base', 'foundation', 'metrics', 'logs', 'traces' or 'cloud', found 'logz'",
        ),
        ("layers", [], "Tuple should have at least 1 item after validation, not 0, found []"),
        ("layers", "metrics, cloud", "expected a valid tuple, found 'metrics, cloud'"),
        ("layers", {"metrics": True}, "expected a valid tuple, found {'metrics': True}"),
        ("layers", ["cloud"], "layers: expected foundation before metrics, logs, traces and cloud, found ['cloud']"),
        (
            "layers",
            ["foundation", "metrics", "traces"],
            "layers: expected logs with traces, found ['foundation', 'metrics', 'traces']",
        ),
        ("apmEndpoint", "http://otlp.example.com", "expected to match pattern"),
        ("apmHeader", "api key", "expected to match pattern"),
        ("serviceNamespaces", ["My_Namespace"], "serviceNamespaces.0: expected to match pattern"),
        ("layers", ["account", "base"], "layers: expected account in a stack of its own, found ['account', 'base']"),
        ("layers", ["base", "base"], "layers: expected each layer once, found ['base', 'base']"),
        ("region", "Frankfurt", "expected to match pattern '^[a-z]{2}(-[a-z]+)+-\\d$', found 'Frankfurt'"),
        ("cluster", "gke", "expected 'own' or 'eks', found 'gke'"),
        ("vpcCidr", "10.0.0.0", "vpcCidr: expected a prefix of /16 to /20, found '10.0.0.0'"),
        ("vpcCidr", "10.0.0.0/24", "vpcCidr: expected a prefix of /16 to /20, found '10.0.0.0/24'"),
        ("vpcCidr", "ten", "vpcCidr: expected a valid IPv4 network, found 'ten'"),
        ("zones", 1, "expected greater than or equal to 2, found '1'"),
        ("clusterPublicCidrs", ["here"], "clusterPublicCidrs.0: expected a valid IPv4 network, found 'here'"),
        ("clusterAdminArns", ["sre"], "clusterAdminArns.0: expected to match pattern"),
        ("nodeInstanceType", "large", "expected to match pattern"),
        ("nodeCount", 1, "expected greater than or equal to 2, found '1'"),
        ("accountId", "1234", "expected to match pattern '^(\\d{12})?$', found '1234'"),
        ("namespace", "My_Namespace", "expected to match pattern"),
        ("team", "", "expected to match pattern"),
        ("costCenter", "", "expected to have at least 1 character, found ''"),
        ("docsUrl", "runbooks.company.com", "expected to match pattern '^https?://[^\\s/]+(/\\S*)?$', found"),
        ("grafanaUrl", "ftp://grafana", "expected to match pattern"),
        ("chartSource", "charts", "expected to match pattern"),
        ("chartSource", "oci://", "expected to match pattern"),
        (
            "smtpSmarthost",
            "smtp.company.com",
            "expected to match pattern '^[^\\s:]+:\\d{1,5}$', found 'smtp.company.com'",
        ),
        ("smtpFrom", "alerts", "expected to match pattern"),
        ("smtpRequireTls", "perhaps", "expected a valid boolean, unable to interpret input, found 'perhaps'"),
        ("prometheusReplicas", "two", "expected a valid integer, unable to parse string as an integer, found 'two'"),
        ("prometheusReplicas", 0, "expected greater than or equal to 1, found '0'"),
        ("prometheusReplicas", "1.5", "expected a valid integer"),
        ("prometheusRetentionDays", 30, "expected greater than or equal to 35, found '30'"),
        ("platformBudgetUsd", -1, "expected greater than or equal to 1, found '-1'"),
        ("alarmEmail", None, "expected a value, found none: set it with `pulumi config set alarmEmail ...`"),
        ("environment", None, "expected a value, found none: set it with `pulumi config set environment ...`"),
    ],
)
def test_a_wrong_value_is_told_with_stack_file_key_expected_and_found(key: str, value: object, message: str) -> None:
    (line,) = mistakes(**{key: value})
    assert line.startswith(f"Pulumi.prod.yaml: observability:{key}")
    assert message in line


def test_all_mistakes_come_at_once() -> None:
    wrong = mistakes(region="Frankfurt", prometheusReplicas=9, smtpFrom=None, layers=["logz"], regoin="eu-west-1")
    keys = [re.sub(r"^Pulumi\.prod\.yaml: observability:(\w+).*", r"\1", line) for line in wrong]
    assert sorted(keys) == ["layers", "prometheusReplicas", "region", "regoin", "smtpFrom"]


@pytest.mark.parametrize(
    ("key", "near"), [("regoin", "region"), ("docsURL", "docsUrl"), ("pagerduty-cal-key", "pagerduty-call-key")]
)
def test_an_unknown_key_is_told_with_the_one_that_is_near(key: str, near: str) -> None:
    assert mistakes(**{key: "secret value"}) == [
        f"Pulumi.prod.yaml: observability:{key}: unknown key: did you mean {near}?"
    ]


@pytest.mark.parametrize("key", ["qqq", "stack"])
def test_an_unknown_key_like_no_other_is_told(key: str) -> None:
    assert mistakes(**{key: "x"}) == [
        f"Pulumi.prod.yaml: observability:{key}: unknown key: Pulumi.yaml lists the keys there are"
    ]


def test_secrets_and_other_projects_keys_are_left_alone() -> None:
    config = config_of(**{"smtp-password": "hunter2"}) | {"aws:region": "eu-west-1", "other:regoin": "x"}
    settings = load_settings(config, "prod", SECRETS)
    assert "hunter2" not in repr(settings)
    assert settings.region == "us-east-1"


def test_the_value_of_a_misspelt_secret_is_not_shown() -> None:
    (line,) = mistakes(**{"smtp-pasword": "hunter2"})
    assert "hunter2" not in line


def test_values_have_their_types() -> None:
    settings = load_settings(config_of(smtpRequireTls=False, prometheusReplicas=2), "prod", SECRETS)
    assert settings.layers == ("foundation", "metrics", "cloud")
    assert (settings.smtp_require_tls, settings.prometheus_replicas) == (False, 2)
    assert not settings.has_own_base


def test_addresses_end_without_a_slash() -> None:
    settings = load_settings(config_of(docsUrl="https://docs.company.com/runbooks/"), "prod", SECRETS)
    assert settings.docs_url == "https://docs.company.com/runbooks"


def test_settings_are_frozen() -> None:
    settings = load_settings(config_of(), "prod", SECRETS)
    for field in ("region", "stack"):
        with pytest.raises(ValidationError, match="Instance is frozen"):
            setattr(settings, field, "x")


def test_the_compiler_gets_the_facts_of_the_environment() -> None:
    target = load_settings(config_of(region="eu-west-1", smtpUsername="alerts"), "prod", SECRETS).target
    assert (target.environment, target.region, target.smtp_username) == ("prod", "eu-west-1", "alerts")
    assert target.docs_url == DECLARED["docsUrl"]["default"]
    assert Path(target.secrets_folder).is_absolute()
    assert target.templates_glob.endswith(".tmpl")


@given(st.sampled_from(sorted(DECLARED)), st.text(max_size=12))
def test_any_text_is_a_value_or_told(key: str, value: str) -> None:
    try:
        load_settings(config_of(**{key: value}), "prod", SECRETS)
    except UserError as error:
        reported = str(error).splitlines()
    else:
        return
    assert all(line.startswith(f"Pulumi.prod.yaml: observability:{key}") for line in reported)
