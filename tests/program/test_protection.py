"""Production refuses to be destroyed until two settings allow it, and then is destroyed as everything else."""

from __future__ import annotations

from pathlib import Path

import pytest

from compiler.errors import UserError
from sandbox import api
from tests.program.copies import ROOT, copied, unprotected


@pytest.mark.slow
def test_production_is_not_destroyed_in_one_step(tmp_path: Path) -> None:
    state = tmp_path / "state"
    deployed = api.run("up", "dr-base", project=ROOT, state=state)
    assert not deployed.blocking
    protected = sorted(each.urn for each in deployed.resources if each.protect)
    with pytest.raises(UserError) as refused:
        api.run("destroy", "dr-base", project=ROOT, state=state)
    (line,) = str(refused.value).splitlines()
    assert all(urn in line for urn in protected)
    assert "nothing was deleted" in line
    assert "Pulumi.dr-base.yaml" in line

    project = unprotected(tmp_path / "unprotected", "dr")
    released = api.run("up", "dr-base", project=project, state=state)
    assert not released.blocking
    assert sorted(found.urn for found in released.findings if found.exempted) == protected
    assert api.run("destroy", "dr-base", project=project, state=state).left == []


def test_a_setting_alone_does_not_take_the_protection_off(tmp_path: Path) -> None:
    project = copied(tmp_path / "project")
    config = project / "Pulumi.prod-base.yaml"
    config.write_text(config.read_text("utf-8").replace("protect: true", "protect: false"), "utf-8")
    summary = api.run("preview", "prod-base", project=project, state=tmp_path / "state")
    refused = [found for found in summary.findings if found.level == "mandatory"]
    assert {found.policy for found in refused} == {"production-protected"}
    kinds = {found.urn.split("::")[2].rpartition("$")[2] for found in refused}
    assert kinds == {
        "aws:eks/cluster:Cluster",
        "aws:kms/key:Key",
        "aws:opensearch/domain:Domain",
        "aws:s3/bucket:Bucket",
    }
