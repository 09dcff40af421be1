"""The effect of a changed field: an update in place, a replacement, or one line of refusal in the preview already."""

import json
from typing import Any

import pytest

from compiler.errors import UserError
from sandbox.kubernetes import changes
from sandbox.model import Step
from sandbox.values import UNKNOWN
from sandbox.values import changes as differing
from tests.sandbox.lab import Lab

SET = """
    k8s.apps.v1.StatefulSet("s", metadata={{"name": "s"}}, spec={{
        "service_name": "{service}", "replicas": {replicas}, "selector": {{"match_labels": {{"app": "s"}}}},
        "template": {{"metadata": {{"labels": {{"app": "s"}}}},
                      "spec": {{"containers": [{{"name": "c", "image": "i"}}]}}}},
        "volume_claim_templates": [{{"metadata": {{"name": "data"}}, "spec": {{"access_modes": ["ReadWriteOnce"],
            "resources": {{"requests": {{"storage": "{size}"}}}}}}}}]}}{more})
"""
KEPT = {"service": "s", "replicas": 1, "size": "10Gi", "more": ""}


def steps(lab: Lab, program: str) -> list[Step]:
    return [step for step in lab.preview(program).steps if step.resource.custom and not step.resource.is_provider]


@pytest.mark.parametrize(
    ("changed", "op"), [({}, "same"), ({"replicas": 2}, "update"), ({"service": "other"}, "replace")]
)
def test_a_stateful_set_scales_in_place_and_is_made_anew_for_its_service(
    lab: Lab, changed: dict[str, object], op: str
) -> None:
    lab.up(SET.format(**KEPT))
    assert [step.op for step in steps(lab, SET.format(**KEPT | changed))] == [op]


def test_a_claim_template_is_refused_in_the_preview_with_the_way(lab: Lab) -> None:
    lab.up(SET.format(**KEPT))
    expected = (
        r"^urn:.*StatefulSet::s: spec\.volumeClaimTemplates\[0\]\.spec\.resources\.requests\.storage: "
        r'"10Gi" => "20Gi": the API server refuses this: .*change the claims themselves.*--cascade=orphan'
    )
    with pytest.raises(UserError, match=expected) as refused:
        lab.preview(SET.format(**KEPT | {"size": "20Gi"}))
    assert "\n" not in str(refused.value)
    with pytest.raises(UserError, match="the API server refuses this"):
        lab.up()
    on_purpose = ', opts=Opts(replace_on_changes=["spec.volumeClaimTemplates"])'
    assert [step.op for step in steps(lab, SET.format(**KEPT | {"size": "20Gi", "more": on_purpose}))] == ["replace"]


CLAIM = """
    k8s.core.v1.PersistentVolumeClaim("c", metadata={{"name": "c"}}, spec={{"access_modes": ["ReadWriteOnce"],
        "storage_class_name": "{klass}", "resources": {{"requests": {{"storage": "{size}"}}}}}})
"""


@pytest.mark.parametrize(("size", "klass", "op"), [("20Gi", "gp3", "update"), ("10Gi", "io2", "replace")])
def test_a_claim_grows_in_place(lab: Lab, size: str, klass: str, op: str) -> None:
    lab.up(CLAIM.format(size="10Gi", klass="gp3"))
    assert [step.op for step in steps(lab, CLAIM.format(size=size, klass=klass))] == [op]


@pytest.mark.parametrize("size", ["9Gi", "10G", "10000Mi", "512"])
def test_a_claim_never_shrinks(lab: Lab, size: str) -> None:
    lab.up(CLAIM.format(size="10Gi", klass="gp3"))
    with pytest.raises(UserError, match="a volume can grow and never shrink; take the change back"):
        lab.preview(CLAIM.format(size=size, klass="gp3"))


MAP = """
    p = k8s.Provider("p", enable_config_map_mutable={mutable})
    data = {{"a": "{text}"}}
    k8s.core.v1.ConfigMap("c", metadata={{"name": "c"}}, immutable={fixed}, data=data, opts=Opts(provider=p))
"""


@pytest.mark.parametrize(
    ("mutable", "fixed", "op"), [(False, False, "replace"), (True, False, "update"), (True, True, "replace")]
)
def test_a_config_map_changes_in_place_where_the_provider_may_and_it_is_not_immutable(
    lab: Lab, *, mutable: bool, fixed: bool, op: str
) -> None:
    before, after = (MAP.format(mutable=mutable, fixed=fixed, text=text) for text in ("one", "two"))
    lab.up(before)
    assert [step.op for step in steps(lab, after)] == [op]


def test_an_immutable_config_map_stays_immutable() -> None:
    rules = changes.rules("kubernetes:core/v1:ConfigMap", None)
    message = changes.refused(differing({"immutable": True}, {}), rules)
    assert message.startswith(
        "immutable: true => null: the API server refuses this: an immutable ConfigMap stays immutable"
    )
    assert changes.refused(differing({}, {"immutable": True}), rules) == ""


@pytest.mark.parametrize(
    ("old", "new", "refused"),
    [
        (None, {"type": "Recreate"}, True),
        ({"type": "RollingUpdate"}, {"type": "Recreate"}, True),
        ({"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}}, {"type": "Recreate"}, False),
        ({"type": "Recreate"}, {"type": "RollingUpdate"}, False),
        ({"type": "Recreate"}, None, False),
    ],
)
def test_a_strategy_that_the_server_filled_in_is_in_the_way(
    old: dict[str, Any] | None, new: dict[str, Any] | None, *, refused: bool
) -> None:
    rules = changes.rules("kubernetes:apps/v1:Deployment", None)
    message = changes.refused(differing({"spec": {"strategy": old}}, {"spec": {"strategy": new}}), rules)
    assert ("rollingUpdate written out" in message) is refused


def test_what_is_not_known_yet_is_not_refused() -> None:
    rules = changes.rules("kubernetes:scheduling.k8s.io/v1:PriorityClass", None)
    assert changes.refused(differing({"value": 1}, {"value": UNKNOWN}), rules) == ""
    assert changes.refused(differing({"value": 1}, {"value": 2}), rules) != ""


FIXED = {
    "properties": {
        "spec": {
            "x-kubernetes-validations": [
                {
                    "rule": "((!has(oldSelf.uid) && !has(self.uid)) || (has(oldSelf.uid) && has(self.uid)))",
                    "message": "spec.uid is immutable",
                },
                {"rule": "self.a != self.b"},
            ],
            "properties": {
                "uid": {"x-kubernetes-validations": [{"rule": "self == oldSelf", "message": "uid is fixed"}]}
            },
        }
    }
}
CUSTOM = """
    k8s.apiextensions.CustomResource("g", api_version="example.org/v1", kind="Thing", metadata={{"name": "g"}}, spec={})
"""


def test_a_kinds_own_transition_rules_are_refusals(lab: Lab) -> None:
    facts = lab.project / "facts" / "crds"
    facts.mkdir(parents=True)
    schema = json.loads(json.dumps(FIXED))
    schema["properties"]["spec"]["properties"] |= {"title": {"type": "string"}}
    (facts / "example.org_v1_Thing.json").write_text(json.dumps({"schema": {"type": "object", **schema}}))
    lab.up(CUSTOM.format({"uid": "one", "title": "a"}))
    assert [step.op for step in steps(lab, CUSTOM.format({"uid": "one", "title": "b"}))] == ["update"]
    with pytest.raises(UserError, match=r'spec\.uid: "one" => "two": the API server refuses this: uid is fixed; take'):
        lab.preview(CUSTOM.format({"uid": "two", "title": "a"}))
    with pytest.raises(UserError, match=r"spec\.uid: .* => null: the API server refuses this: spec\.uid is immutable"):
        lab.preview(CUSTOM.format({"title": "a"}))


ACCOUNT = (
    'k8s.core.v1.ServiceAccount("{name}", metadata={{"name": "a", "labels": {{"x": "{label}"}}}}, opts=Opts({more}))'
)
ALIAS = 'aliases=[pulumi.Alias(name="old")]'


def test_what_an_alias_renamed_can_still_be_changed(lab: Lab) -> None:
    lab.up(ACCOUNT.format(name="old", label="1", more=""))
    assert lab.up(ACCOUNT.format(name="new", label="1", more=ALIAS)).ops() == {"same": 1}
    assert lab.up(ACCOUNT.format(name="new", label="2", more=ALIAS)).ops() == {"update": 1}
    assert lab.listing() == {"kubernetes": ["local/v1/ServiceAccount/default/a"]}
    with pytest.raises(UserError, match=r"ServiceAccount default/a exists already and belongs to .*::new"):
        lab.up(ACCOUNT.format(name="new", label="2", more=ALIAS) + "\n" + ACCOUNT.format(name="b", label="", more=""))


def test_another_version_of_an_api_is_the_same_object(lab: Lab) -> None:
    program = """
        k8s.apiextensions.CustomResource("q", api_version="example.org/{}", kind="Queue", metadata={{"name": "q"}},
            spec={{}}, opts=Opts(aliases=[pulumi.Alias(type_="kubernetes:example.org/v1beta1:Queue")]))
    """
    lab.up(program.format("v1beta1"))
    assert lab.up(program.format("v1")).ops() == {"update": 1}
    assert lab.listing() == {"kubernetes": ["local/example.org/v1/Queue/default/q"]}
    assert lab.run("destroy").left == []
