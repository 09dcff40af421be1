"""The layers of a stack follow from its settings, and from nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from compiler.errors import UserError
from compiler.model.platform import Secretive
from sandbox import api
from stacks.secrets import secret_names
from tests.program.copies import linked
from tests.program.previews import ENVIRONMENTS, Runs
from tests.workloads import project_catalog


def test_receivers_secrets_may_be_set_in_the_config() -> None:
    catalog = project_catalog()
    receivers = {each.secret for each in catalog.routing.channels.values() if isinstance(each, Secretive)}
    entrances = {
        f"{entrance}-{part}"
        for entrance in ("log-collector", "traces-entrance")
        for part in ("certificate", "key", "clients-ca")
    }
    assert secret_names(catalog) == receivers | entrances | {
        "smtp-password",
        "log-hash-key",
        "sentry-dsn",
        "apm-key",
        "kafka-fluent-bit-password",
        "kafka-log-collector-password",
        "kafka-log-job-password",
    }


@pytest.mark.parametrize("environment", [each for each in ENVIRONMENTS if each != "local"])
def test_a_base_holds_the_key_the_archive_and_the_cluster_alone(preview: Runs, environment: str) -> None:
    components = {
        each.type.rpartition(":")[2]
        for each in preview(f"{environment}-base").resources
        if each.type.startswith("observability") and each.parent.split("::")[2] == "pulumi:pulumi:Stack"
    }
    logs = {"SearchDomain", "ServiceRole", "AuditTrail"}
    assert components == {"EncryptionKey", "ArchiveBucket", "Network", "Cluster", *logs}


@pytest.mark.promise("cluster")
def test_a_cluster_of_your_own_is_left_alone(preview: Runs) -> None:
    """Neither network nor machines are made, and the provider takes the context of the user's kubeconfig."""
    made = [each for each in preview("local").aws if each.type.startswith(("aws:ec2", "aws:eks", "aws:iam"))]
    carried = [watched.name for watched in project_catalog() if watched.logs.groups]
    others = {"notifier", *(f"{name}-{role}" for name in carried for role in ("writer", "sender"))}
    assert {each.name for each in made} == others, "roles of the notifier and of Firehose: none of a cluster"
    assert preview("local").of("StorageClass") == []


@pytest.mark.parametrize("environment", [each for each in ENVIRONMENTS if each != "local"])
def test_an_environment_holds_no_base_of_its_own(preview: Runs, environment: str) -> None:
    keys = [each.urn for each in preview(environment).of("Key")]
    assert [urn.split("::")[0] for urn in keys] == [f"urn:pulumi:{environment}-base"]


RELEASE = "kubernetes:helm.sh/v3:Release"
LAYERS = "  observability:layers: [base, foundation, metrics, cloud]\n"


def _project(folder: Path, local: str) -> Path:
    """Return the project, seen through links, with another `Pulumi.local.yaml`."""
    project = linked(folder / "project")
    file = project / "Pulumi.local.yaml"
    file.unlink()  # the link, not what it leads to
    file.write_text(f"config:\n  observability:environment: local\n{LAYERS}{local}", "utf-8")
    return project


@pytest.mark.parametrize(
    ("local", "message"),
    [
        ("  observability:regoin: us-east-1\n", "regoin: unknown key: did you mean region"),
        ("  observability:alarmEmail: nobody\n", "alarmEmail: .*nobody"),
        ("  observability:prometheusRetentionDays: 30\n", "prometheusRetentionDays: .*35"),
    ],
)
def test_a_wrong_setting_stops_before_anything_is_registered(tmp_path: Path, local: str, message: str) -> None:
    project = _project(tmp_path, local)
    with pytest.raises(UserError, match=f"(?s)^Pulumi.local.yaml: observability:.*{message}"):
        api.run("preview", "local", project=project, state=tmp_path / ".sandbox")


@pytest.mark.promise("chartSource")
def test_all_charts_are_taken_from_a_source_of_your_own(tmp_path: Path) -> None:
    source = "oci://registry.company.com/charts"
    project = _project(tmp_path, f"  observability:chartSource: {source}\n")
    releases = api.run("preview", "local", project=project, state=tmp_path / ".sandbox").of_type(RELEASE)
    assert {each.inputs["chart"] for each in releases} == {f"{source}/{each.name}" for each in releases}
    assert len(releases) > 2
    assert not [each.name for each in releases if "repositoryOpts" in each.inputs]


def test_a_folder_that_lacks_a_chart_stops_the_preview_with_one_line(tmp_path: Path) -> None:
    project = _project(tmp_path, "  observability:chartSource: ./charts\n")
    message = (
        r"^chartSource: ./charts: expected prometheus-operator-crds-[\d.]+\.tgz there, found none: helm pull [^\n]+$"
    )
    with pytest.raises(UserError, match=message):
        api.run("preview", "local", project=project, state=tmp_path / ".sandbox")
