"""Claims by the names that pods look for: made, taken over or grown, never replaced, deleted or said to be larger."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pulumi
import pytest

from components.parts.claims import Claims, ClaimsArgs, claim_template, template
from tests.components import crds, isolated
from tests.components.isolated import Deployed, deploy, in_cluster

CLAIM = "kubernetes:core/v1:PersistentVolumeClaimPatch"
ARGS = ClaimsArgs("observability", "data", "profiles", 2, 50, None)


def deployed(args: ClaimsArgs = ARGS) -> Deployed:
    return deploy(lambda: Claims("profiles", args, in_cluster()))


def volumes(monkeypatch: pytest.MonkeyPatch, *sizes: str | None) -> None:
    """Let the cluster answer with volumes of these sizes, one after the other; None: there is none yet."""
    waiting = [*sizes]

    class Answer(dict[str, Any]):
        def get(self, key: str, default: Any = None) -> Any:
            if key != CLAIM:
                return super().get(key, default)
            size = waiting.pop(0)
            return {"status": {"phase": "Pending"} if size is None else {"capacity": {"storage": size}}}

    monkeypatch.setattr(isolated, "COMPUTED", Answer(isolated.COMPUTED))


def test_each_pod_has_a_claim_by_the_name_that_it_looks_for() -> None:
    made = deployed().of("PersistentVolumeClaimPatch")
    named = [(each.inputs["metadata"]["namespace"], each.inputs["metadata"]["name"]) for each in made]
    assert named == [("observability", "data-profiles-0"), ("observability", "data-profiles-1")]
    for each in made:
        assert each.inputs["spec"]["resources"] == {"requests": {"storage": "50Gi"}}
        crds.check(each.inputs)


def test_a_claim_outlives_the_stack_that_no_longer_asks_for_it() -> None:
    assert all(each.retained for each in deployed().of("PersistentVolumeClaimPatch"))


def test_a_claim_that_a_stateful_set_made_is_taken_over_and_a_missing_class_is_noticed() -> None:
    for each in deployed().of("PersistentVolumeClaimPatch"):
        annotations = each.inputs["metadata"]["annotations"]
        assert annotations["pulumi.com/patchForce"] == "true"
        path, _, name = annotations["pulumi.com/waitFor"].rpartition("=")
        assert name == each.inputs["metadata"]["name"]
        assert "!$.spec.storageClassName" in path
        assert "StorageClass" in annotations["observability/class"]
        assert each.timeouts == ("60s", "60s")


def test_a_class_is_named_only_when_there_is_one() -> None:
    def spec(storage_class: str | None) -> Any:
        made = deployed(replace(ARGS, replicas=1, storage_class=storage_class))
        return made.one("PersistentVolumeClaimPatch").inputs["spec"]

    assert spec("gp3")["storageClassName"] == "gp3"
    assert "storageClassName" not in spec(None)
    assert template("gp3", 5)["storageClassName"] == "gp3"
    assert "storageClassName" not in template(None, 5)


def test_the_template_asks_for_what_the_claims_do() -> None:
    def program() -> None:
        pulumi.Output.from_input(claim_template("data", None, 50)).apply(str)

    deploy(program)
    made = deployed(replace(ARGS, replicas=1)).one("PersistentVolumeClaimPatch").inputs["spec"]
    assert made == template(None, 50)


@pytest.mark.parametrize(
    ("sizes", "held", "warned"),
    [
        ((None, None), 50, False),  # a first deployment: the volumes come with the pods
        (("50Gi", "50Gi"), 50, False),
        (("50Gi", "20Gi"), 20, True),  # one has not grown yet
        (("20Gi", None), 20, True),
        (("1Ti", "1Ti"), 50, False),  # volumes made by hand are larger than what was asked for
        (("53687091200", "50Gi"), 50, False),
        (("50G", "50Gi"), 46, True),
    ],
)
def test_what_follows_the_size_follows_what_the_volumes_hold(
    monkeypatch: pytest.MonkeyPatch, sizes: tuple[str | None, ...], held: int, *, warned: bool
) -> None:
    text: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", text.append)
    volumes(monkeypatch, *sizes)
    assert deployed().outputs_of("Claims") == {"gib": held}
    assert [f"of {held} GiB is to grow to 50 GiB" in line for line in text] == [True] * warned
    assert all("\n" not in line and "pulumi up --refresh" in line for line in text)
