"""The base: its outputs, and one retention table for log groups and the archive."""

from __future__ import annotations

import pytest
import yaml

from compiler.cloud.retention import CLOUDWATCH_DAYS
from tests.catalog_copy import catalog_files, kind_of
from tests.program.previews import ENVIRONMENTS, ROOT, Runs
from tests.workloads import project_catalog

CLASSES: dict[str, dict[str, int]] = yaml.safe_load((ROOT / "catalog" / "retention.yaml").read_text("utf-8"))["classes"]


_NAME = "observability-{environment}-platform"
_FIREHOSE = "/aws/kinesisfirehose/observability-{environment}-"


def _carried() -> list[str]:
    """Return the groups in which Firehose reports on its own work: one of each workload with log groups."""
    return [f"{_FIREHOSE}{watched.name}-logs" for watched in project_catalog() if watched.logs.groups]


def _class_of_log_groups(environment: str) -> dict[str, str]:
    """Return the retention class of each log group: the platform's own, and those in the catalog's own files."""
    network, cluster = (f"/aws/vpc/{_NAME}/flow", f"/aws/eks/{_NAME}/cluster")
    search = [f"/aws/opensearch/observability-{{environment}}-logs/{kind}" for kind in ("audit", "application")]
    setup, audit = "/aws/lambda/observability-{environment}-search-setup", "audit"
    in_aws = [network, cluster, *search, setup, f"{_FIREHOSE}{audit}-logs"]
    own = [] if environment == "local" else in_aws
    own += ["/aws/lambda/observability-{environment}-notifier", *_carried()]
    found = {name.format(environment=environment): "platform" for name in own}
    for file in (each for each in catalog_files() if kind_of(each) == "logs"):
        for group in yaml.safe_load(file.read_text("utf-8")).get("groups", []):
            found[group["name"].replace("{environment}", environment)] = group["retention"]
    return found


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_log_groups_archive_and_table_agree(preview: Runs, environment: str) -> None:
    ran = preview(environment)
    lifecycles = ran.of("BucketLifecycleConfiguration")
    rules = {rule["id"]: rule for each in lifecycles for rule in each.inputs["rules"]}
    # Who did what is kept where the base has a cluster: elsewhere there is nothing to keep.
    nowhere = {"audit"} if environment == "local" else set()
    kept_there = {name: kept for name, kept in CLASSES.items() if "standard_days" in kept and name not in nowhere}
    for name, kept in kept_there.items():
        rule, until = rules[name], kept.get("glacier_days", kept["standard_days"])
        assert (rule["status"], rule["filter"], rule["expiration"]) == (
            "Enabled",
            {"prefix": f"{name}/"},
            {"days": until},
        )
        moved = [{"days": kept["standard_days"], "storageClass": "GLACIER"}] if "glacier_days" in kept else []
        assert rule.get("transitions", []) == moved
    assert set(rules) == {*kept_there, "athena-results"}
    assert rules["athena-results"]["expiration"]["days"] <= min(kept["standard_days"] for kept in kept_there.values())
    classes = _class_of_log_groups(environment)
    days = {each.inputs["name"]: each.inputs["retentionInDays"] for each in ran.of("LogGroup")}
    assert set(days) == set(classes)
    for name, kept_days in days.items():
        wanted = CLASSES[classes[name]]["cloudwatch_days"]
        assert kept_days == min(allowed for allowed in CLOUDWATCH_DAYS if allowed >= wanted)


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_everything_at_rest_is_under_the_stacks_own_key(preview: Runs, environment: str) -> None:
    ran = preview(environment)
    key = ran.one("Key").urn
    for encrypted in ran.of("BucketServerSideEncryptionConfiguration"):
        assert key in encrypted.property_dependencies["rules"]
    for each, argument in [(t, "kmsMasterKeyId") for t in ran.of("Topic")] + [
        (g, "kmsKeyId") for g in ran.of("LogGroup")
    ]:
        assert argument in each.inputs, each.urn
        # From another stack the key's ARN arrives as a known value, without a dependency on the key.
        assert environment != "local" or key in each.property_dependencies[argument], each.urn


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_data_of_production_is_protected_from_deletion(preview: Runs, environment: str) -> None:
    base = environment if environment == "local" else f"{environment}-base"
    protected = {each.type for each in preview(base).resources if each.protect}
    assert protected >= {"aws:kms/key:Key", "aws:s3/bucket:Bucket"} if environment in {"prod", "dr"} else not protected


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_archive_is_named_after_environment_account_and_region(preview: Runs, environment: str) -> None:
    region = "us-west-2" if environment == "dr" else "us-east-1"
    names = {each.name: each.inputs["bucket"] for each in preview(environment).of("Bucket")}
    kinds = ("archive",) if environment == "local" else ("archive", "audit")
    assert names == {kind: f"observability-{environment}-{kind}-123456789012-{region}" for kind in kinds}
    assert all(len(name) <= 63 for name in names.values())


@pytest.mark.parametrize("environment", [each for each in ENVIRONMENTS if each != "local"])
def test_a_base_alone_gives_what_the_stack_on_it_reads(preview: Runs, environment: str) -> None:
    given = preview(f"{environment}-base").outputs
    assert given["archiveBucket"].startswith(f"observability-{environment}-archive-")
    assert preview(environment).outputs == {}
