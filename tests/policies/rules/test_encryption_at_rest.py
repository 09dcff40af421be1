"""For each row of the table a valid resource is built, and each of its values is broken in turn."""

from __future__ import annotations

import pytest

from policies.support.encryption import Row, table
from sandbox.analyzer import PolicyPack
from tests.policies.specs import KEY, UNKNOWN, changed, encrypted, of, one, resource

RULE = "encryption-at-rest"
ROWS = sorted(table().items())
REQUIREMENTS = [(kind, row, path) for kind, row in ROWS for path in row.require]


def concrete(path: str) -> str:
    return path.replace("[]", "[0]")


@pytest.mark.parametrize(("kind", "row"), ROWS)
def test_accepts_a_customer_managed_key_known_or_not(pack: PolicyPack, kind: str, row: Row) -> None:
    for key in (KEY, "alias/platform", UNKNOWN):
        assert of(RULE, pack.analyze(resource(kind, encrypted(row, key)))) == []


@pytest.mark.parametrize(("kind", "row"), ROWS)
def test_reports_an_absent_key(pack: PolicyPack, kind: str, row: Row) -> None:
    for broken in (changed(encrypted(row), concrete(row.key)), encrypted(row, "")):
        finding = one(RULE, pack.analyze(resource(kind, broken)))
        assert (finding.level, finding.message.startswith(f"{concrete(row.key)}: expected")) == ("mandatory", True)


@pytest.mark.parametrize("key", ["alias/aws/sns", "arn:aws:kms:eu-west-1:123456789012:alias/aws/ebs"])
@pytest.mark.parametrize(("kind", "row"), ROWS)
def test_reports_a_key_of_aws(pack: PolicyPack, kind: str, row: Row, key: str) -> None:
    assert "AWS-managed" in one(RULE, pack.analyze(resource(kind, encrypted(row, key)))).message


@pytest.mark.parametrize(("kind", "row", "path"), REQUIREMENTS)
def test_reports_a_setting_that_leaves_the_key_unused(pack: PolicyPack, kind: str, row: Row, path: str) -> None:
    place = concrete(path)
    for broken in (changed(encrypted(row), place), changed(encrypted(row), place, "other")):
        assert one(RULE, pack.analyze(resource(kind, broken))).message.startswith(f"{place}: expected")


@pytest.mark.parametrize(("kind", "row", "path"), REQUIREMENTS)
def test_cannot_judge_an_unknown_setting_but_reports_the_rest(pack: PolicyPack, kind: str, row: Row, path: str) -> None:
    finding = one(RULE, pack.analyze(resource(kind, changed(encrypted(row), concrete(path), UNKNOWN))))
    assert (finding.level, finding.not_run) == ("advisory", True)
    broken = changed(encrypted(row, "alias/aws/x"), concrete(path), UNKNOWN)
    assert [f.level for f in of(RULE, pack.analyze(resource(kind, broken)))] == ["mandatory", "advisory"]


@pytest.mark.parametrize(
    ("kind", "properties"),
    [
        ("aws:ssm/parameter:Parameter", {"type": "String"}),
        ("kubernetes:storage.k8s.io/v1:StorageClass", {"provisioner": "rancher.io/local-path"}),
        ("aws:cloudwatch/dashboard:Dashboard", {}),
    ],
)
def test_leaves_what_holds_no_data_on_aws_alone(pack: PolicyPack, kind: str, properties: dict[str, object]) -> None:
    assert of(RULE, pack.analyze(resource(kind, properties))) == []


def test_judges_every_item_of_a_list(pack: PolicyPack) -> None:
    kind = "aws:ecr/repository:Repository"
    good = {"encryptionType": "KMS", "kmsKey": KEY}
    finding = one(RULE, pack.analyze(resource(kind, {"encryptionConfigurations": [good, {"encryptionType": "KMS"}]})))
    assert finding.message.startswith("encryptionConfigurations[1].kmsKey: expected")


def test_reports_what_is_below_an_absent_object(pack: PolicyPack) -> None:
    findings = of(RULE, pack.analyze(resource("aws:opensearch/domain:Domain", {})))
    assert [finding.message.split(":")[0] for finding in findings] == [
        "encryptAtRest.kmsKeyId",
        "encryptAtRest.enabled",
    ]
