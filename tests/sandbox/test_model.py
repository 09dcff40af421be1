"""Resources: URNs, the state's form, the order of deletion."""

from sandbox.model import Resource, deletion_order, make_urn
from sandbox.values import Secret


def test_the_stack_is_not_part_of_the_chain() -> None:
    root = make_urn("dev", "p", "", "pulumi:pulumi:Stack", "p-dev")
    child = make_urn("dev", "p", root, "a:b:C", "c")
    assert child == "urn:pulumi:dev::p::a:b:C::c"
    assert (
        make_urn("dev", "p", child, "aws:s3/bucket:Bucket", "b") == "urn:pulumi:dev::p::a:b:C$aws:s3/bucket:Bucket::b"
    )


def test_json_keeps_everything_and_drops_what_it_does_not_know() -> None:
    resource = Resource("u", "t", "n", inputs={"a": Secret({"b": 1})}, dependencies=["d"], drift="gone")
    text = resource.to_json()
    assert Resource.from_json(text) == resource
    assert Resource.from_json(text.replace('"drift"', '"later_field"')).drift == ""


def test_dependents_parents_and_providers_are_deleted_in_order() -> None:
    known = {
        "parent": Resource("parent", "a:b:C", "p", custom=False),
        "provider": Resource("provider", "pulumi:providers:aws", "p"),
        "bucket": Resource("bucket", "aws:x", "b", parent="parent", provider="provider::id"),
        "policy": Resource("policy", "aws:y", "p", dependencies=["bucket", "elsewhere"]),
    }
    order = [each.urn for each in deletion_order(known)]
    assert order.index("policy") < order.index("bucket") < order.index("parent")
    assert order.index("bucket") < order.index("provider")
