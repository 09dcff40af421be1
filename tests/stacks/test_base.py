"""The base: what it gives away, and one retention table for log groups and the archive."""

from __future__ import annotations

import pytest
import yaml

from compiler.retention import CLOUDWATCH_DAYS
from tests.catalog_copy import catalog_files, kind_of
from tests.program.previews import ENVIRONMENTS, ROOT, Runs

CLASSES: dict[str, dict[str, int]] = yaml.safe_load((ROOT / "catalog" / "retention.yaml").read_text("utf-8"))["classes"]


_NAME = "observability-{environment}-platform"


def _class_of_log_groups(environment: str) -> dict[str, str]:
    """The retention class of each log group: the platform's own, and those in the catalog's own files."""
    network, cluster = (f"/aws/vpc/{_NAME}/flow", f"/aws/eks/{_NAME}/cluster")
    own = [] if environment == "local" else [network, cluster]
    own.append("/aws/lambda/observability-{environment}-notifier")
    found = {name.format(environment=environment): "platform" for name in own}
    for file in (each for each in catalog_files() if kind_of(each) == "logs"):
        for group in yaml.safe_load(file.read_text("utf-8")).get("groups", []):
            found[group["name"].replace("{environment}", environment)] = group["retention"]
    return found


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_log_groups_archive_and_table_agree(preview: Runs, environment: str) -> None:
    ran = preview(environment)
    rules = {rule["id"]: rule for rule in ran.one("BucketLifecycleConfiguration").inputs["rules"]}
    kept_there = {name: kept for name, kept in CLASSES.items() if "standard_days" in kept}
    for name, kept in kept_there.items():
        rule, until = rules[name], kept.get("glacier_days", kept["standard_days"])
        assert (rule["status"], rule["filter"], rule["expiration"]) == (
            "Enabled",
            {"prefix": f"{name}/"},
            {"days": until},
        )
        moved = [{"days": kept["standard_days"], "storageClass": "GLACIER"}] if "glacier_days" in kept else []
        assert rule.get("transitions", []) == moved
    assert set(rules) == set(kept_there)
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
    encrypted = ran.one("BucketServerSideEncryptionConfiguration")
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
    name = preview(environment).one("Bucket").inputs["bucket"]
    assert name == f"observability-{environment}-archive-123456789012-{region}"
    assert len(name) <= 63


@pytest.mark.parametrize("environment", [each for each in ENVIRONMENTS if each != "local"])
def test_a_base_alone_gives_what_the_stack_on_it_reads(preview: Runs, environment: str) -> None:
    given = preview(f"{environment}-base").outputs
    assert given["archiveBucket"].startswith(f"observability-{environment}-archive-")
    assert preview(environment).outputs == {}
