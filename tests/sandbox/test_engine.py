"""The engine against small programs: what is created, changed, replaced, refused."""

import asyncio
from typing import Any

import pytest

from compiler.errors import UserError
from sandbox.program import ProgramError
from tests.sandbox.lab import Lab

TOPIC = "aws:sns/topic:Topic"
BUCKET = "aws:s3/bucket:Bucket"


def test_nothing_changes_the_second_time(toy: Lab) -> None:
    first = toy.run("up")
    assert first.ops() == {"create": 26}
    assert toy.run("up").ops() == {"same": 26}


def test_preview_changes_nothing_and_leaves_computed_values_unknown(cloud: Lab) -> None:
    plan = cloud.preview("""
        topic = aws.sns.Topic("a")
        aws.sns.TopicPolicy("a", arn=topic.arn, policy="{}")
    """)
    assert plan.ops() == {"create": 2}
    assert repr(plan.get("aws:sns/topicPolicy:TopicPolicy", "a").inputs["arn"]) == "<computed>"
    assert cloud.listing() == {}
    assert not (cloud.state / "stacks").exists()


def test_waiting_for_the_program_grows_no_faster_than_the_program(cloud: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDK's own wait looks at every open task each time one ends: twice the resources, four times the looks."""
    looked: list[int] = []
    wait = asyncio.wait

    async def counted(begun: list[asyncio.Task[object]], **how: Any) -> object:
        looked.append(len(begun))
        return await wait(begun, **how)

    monkeypatch.setattr(asyncio, "wait", counted)

    def looks(topics: int) -> int:
        looked.clear()
        cloud.up(f"""
            name = "first"
            for n in range({topics}):
                name = aws.sns.Topic(f"t{{n}}", display_name=name).name
        """)
        return sum(looked)

    assert 0 < looks(80) < 3 * looks(40)


def test_urns_have_the_whole_chain_of_parents(lab: Lab) -> None:
    plan = lab.preview("""
        outer = pulumi.ComponentResource("a:b:Outer", "outer")
        inner = pulumi.ComponentResource("a:b:Inner", "inner", None, Opts(parent=outer))
        aws.sns.Topic("t", opts=Opts(parent=inner))
    """)
    assert plan.get(TOPIC, "t").urn == "urn:pulumi:local::toy::a:b:Outer$a:b:Inner$aws:sns/topic:Topic::t"


@pytest.mark.parametrize(
    ("program", "message"),
    [
        ('aws.sns.Topic("a")\naws.sns.Topic("a")', "duplicate resource URN"),
        ('aws.glue.Registry("d", registry_name="d")', "no row for this type"),
        ('aws.sns.Topic("a", opts=Opts(replace_with=[aws.sns.Topic("b")]))', "option replace_with"),
        ('pulumi.runtime.register_resource_transform(lambda a: None)\naws.sns.Topic("a")', "RegisterStackTransform"),
        ('aws.s3.BucketVersioning("v", bucket="b", versioning_configuration={"status": "On"})', "one of Enabled"),
        ('aws.cloudwatch.QueryDefinition("q", name="", query_string="x")', "Invalid length"),
        ('k8s.core.v1.ConfigMap("c", metadata={"name": "c", "nmespace": "x"})', "nmespace"),
        ('k8s.yaml.v2.ConfigFile("c", file="x.yaml")', "option remote component"),
        ('aws.get_billing_service_account()', "has no answer"),
        ('pulumi.Config().require("nothing")', "'toy:nothing'"),
        ('pulumi.StackReference("organization/toy/other").outputs', "'other' is not deployed here"),
        ('pulumi.StackReference("acme/toy/other").outputs', "this project's stacks only"),
        ('from compiler.errors import UserError\nraise UserError("mend this")', "^mend this$"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_refused_in_one_line(lab: Lab, program: str, message: str) -> None:
    lab.write(program)
    with pytest.raises(UserError, match=message) as caught:
        lab.run("preview")
    assert len(str(caught.value).splitlines()) <= 2  # the SDK's own line on missing configuration has a hint


def test_an_update_in_place_shows_the_changed_path(cloud: Lab) -> None:
    cloud.up('aws.sns.Topic("a", display_name="one", tags={"team": "ml"})')
    plan = cloud.preview('aws.sns.Topic("a", display_name="two", tags={"team": "data"})')
    (step,) = [step for step in plan.steps if step.op == "update"]
    assert [str(change) for change in step.changes] == [
        'displayName: "one" => "two"', 'tags.team: "ml" => "data"', 'tagsAll.team: "ml" => "data"'
    ]  # fmt: skip
    cloud.run("up")
    (arn,) = cloud.listing()[TOPIC]
    assert cloud.aws("sns").get_topic_attributes(TopicArn=arn)["Attributes"]["DisplayName"] == "two"


def test_a_changed_force_new_property_replaces_create_first(cloud: Lab) -> None:
    cloud.up('aws.sns.Topic("a", name="one")')
    again = cloud.up('aws.sns.Topic("a", name="two")')
    assert again.ops() == {"replace": 1, "delete": 1}
    assert [step.reason for step in again.steps if step.op == "replace"] == ["name"]
    assert cloud.listing() == {TOPIC: ["arn:aws:sns:eu-west-1:123456789012:two"]}


def test_a_generated_name_is_new_in_a_replacement_and_stable_otherwise(cloud: Lab) -> None:
    first = cloud.up('aws.sns.Topic("a")').get(TOPIC, "a").id
    assert cloud.up('aws.sns.Topic("a", display_name="x")').get(TOPIC, "a").id == first
    second = cloud.up('aws.sns.Topic("a", display_name="y", opts=Opts(replace_on_changes=["displayName"]))').get(
        TOPIC, "a"
    )
    assert second.id != first
    assert cloud.listing() == {TOPIC: [second.id]}


def test_same_physical_name_deletes_first_and_takes_the_dependents_along(cloud: Lab) -> None:
    program = """
        bucket = aws.s3.Bucket("b", bucket="logs", object_lock_enabled={lock})
        aws.s3.BucketVersioning("v", bucket=bucket.id, versioning_configuration={{"status": "Enabled"}})
    """
    cloud.up(program.format(lock=False))
    result = cloud.up(program.format(lock=True))
    assert [(step.op, step.resource.name) for step in result.steps if step.op in {"create", "replace"}] == [
        ("replace", "b"), ("create", "v")
    ]  # fmt: skip
    assert cloud.aws("s3").get_bucket_versioning(Bucket="logs")["Status"] == "Enabled"


def test_ignore_changes_keeps_the_old_value(cloud: Lab) -> None:
    cloud.up('aws.sns.Topic("a", display_name="one", tags={"x": "1"})')
    ignored = (
        'aws.sns.Topic("a", display_name="two", tags={"x": "2"}, opts=Opts(ignore_changes=["displayName", "tags.x"]))'
    )
    assert cloud.up(ignored).ops() == {"same": 1}


def test_an_alias_renames_without_touching_the_cloud(cloud: Lab) -> None:
    cloud.up("""
        parent = pulumi.ComponentResource("a:b:C", "old")
        aws.sns.Topic("old-topic", name="t", opts=Opts(parent=parent))
    """)
    result = cloud.up("""
        parent = pulumi.ComponentResource("a:b:C", "new", None, Opts(aliases=[pulumi.Alias(name="old")]))
        aws.sns.Topic("new-topic", name="t", opts=Opts(parent=parent))
    """)
    assert result.ops() == {"same": 1}
    assert [each.name for each in cloud.run("refresh").of_type(TOPIC)] == ["new-topic"]


def test_what_the_program_drops_is_deleted_and_retained_things_stay(cloud: Lab) -> None:
    cloud.up('aws.sns.Topic("a", name="a")\naws.sns.Topic("b", name="b", opts=Opts(retain_on_delete=True))')
    assert cloud.up("pass").ops() == {"delete": 2}
    assert cloud.listing() == {TOPIC: ["arn:aws:sns:eu-west-1:123456789012:b"]}


@pytest.mark.parametrize(("text", "seconds"), [("90s", 90.0), ("1h30m", 5_400.0), ("1.5m500ms", 90.5)])
def test_how_long_an_operation_may_take_is_kept_in_seconds(cloud: Lab, text: str, seconds: float) -> None:
    limited = f'aws.sns.Topic("a", name="a", opts=Opts(custom_timeouts=pulumi.CustomTimeouts(create="{text}")))'
    cloud.up(limited)
    assert cloud.up(limited).get(TOPIC, "a").custom_timeouts == {"create": seconds}


@pytest.mark.parametrize("text", ["90", "1d", "soon", "5 m"])
def test_a_time_that_the_engine_cannot_read_is_refused(cloud: Lab, text: str) -> None:
    with pytest.raises(UserError, match=f"expected a duration such as 90s, 5m or 1h30m, found '{text}'"):
        cloud.up(f'aws.sns.Topic("a", name="a", opts=Opts(custom_timeouts=pulumi.CustomTimeouts(delete="{text}")))')


def test_protected_resources_are_neither_deleted_nor_replaced(cloud: Lab) -> None:
    cloud.up('aws.sns.Topic("a", name="one", opts=Opts(protect=True))')
    for program in ("pass", 'aws.sns.Topic("a", name="two", opts=Opts(protect=True))'):
        with pytest.raises(UserError, match="is protected"):
            cloud.up(program)
    with pytest.raises(UserError, match="is protected"):
        cloud.run("destroy")
    assert cloud.listing() == {TOPIC: ["arn:aws:sns:eu-west-1:123456789012:one"]}


def test_deleted_with_leaves_the_deletion_to_the_other(cloud: Lab) -> None:
    program = 'b = aws.s3.Bucket("b", bucket="bbb")\naws.sns.Topic("t", name="t", opts=Opts(deleted_with=b))'
    cloud.up(program)
    cloud.up("pass")
    assert cloud.listing() == {TOPIC: ["arn:aws:sns:eu-west-1:123456789012:t"]}


def test_import_adopts_what_exists_and_refuses_what_differs_or_is_missing(cloud: Lab) -> None:
    program = 'aws.cloudwatch.LogGroup("g", name="/app", retention_in_days={days}, opts=Opts(import_="/app"))'
    with pytest.raises(UserError, match="has no aws:cloudwatch/logGroup:LogGroup with id '/app'"):
        cloud.up(program.format(days=7))
    cloud.aws("logs").create_log_group(logGroupName="/app")
    cloud.aws("logs").put_retention_policy(logGroupName="/app", retentionInDays=7)
    with pytest.raises(UserError, match="differs in retentionInDays"):
        cloud.up(program.format(days=14))
    assert cloud.up(program.format(days=7)).ops() == {"import": 1}


def test_an_existing_resource_can_be_read(cloud: Lab) -> None:
    program = 'pulumi.export("arn", aws.sns.Topic.get("t", "arn:aws:sns:eu-west-1:123456789012:given").arn)'
    with pytest.raises(UserError, match="has no aws:sns/topic:Topic"):
        cloud.up(program)
    cloud.aws("sns").create_topic(Name="given")
    assert cloud.up(program).outputs == {"arn": "arn:aws:sns:eu-west-1:123456789012:given"}


def test_an_explicit_provider_sets_region_and_default_tags(cloud: Lab) -> None:
    result = cloud.up("""
        other = aws.Provider("o", region="us-east-1", default_tags={"tags": {"env": "x", "team": "-"}})
        aws.sns.Topic("t", name="t", tags={"team": "ml"}, opts=Opts(provider=other))
    """)
    topic = result.get(TOPIC, "t")
    assert topic.id == "arn:aws:sns:us-east-1:123456789012:t"
    assert topic.inputs["tagsAll"] == {"env": "x", "team": "ml"}
    moved = cloud.up('aws.sns.Topic("t", name="t", tags={"team": "ml"})')
    assert [step.reason for step in moved.steps if step.op == "replace"] == ["provider"]


def test_a_secret_stays_secret(cloud: Lab) -> None:
    result = cloud.up("""
        topic = aws.sns.Topic("t", display_name=pulumi.Output.secret("hush"),
                              opts=Opts(additional_secret_outputs=["owner"]))
        pulumi.export("shown", topic.display_name)
        pulumi.export("owner", topic.owner)
    """)
    assert {name: repr(value) for name, value in result.outputs.items()} == {"owner": "<secret>", "shown": "<secret>"}
    plan = cloud.preview('aws.sns.Topic("t", display_name=pulumi.Output.secret("loud"))')
    text = str([str(change) for step in plan.steps for change in step.changes])
    assert "hush" not in text
    assert "loud" not in text


def test_what_the_program_raises_is_one_line_and_a_trace(lab: Lab) -> None:
    lab.write("1 / 0")
    with pytest.raises(ProgramError, match=r"raised ZeroDivisionError at __main__.py:6") as caught:
        lab.run("preview")
    assert "Traceback" in caught.value.trace


def test_modules_of_the_program_are_read_afresh(lab: Lab) -> None:
    (lab.project / "part.py").write_text("import pulumi\nNAME = pulumi.get_stack()\n")
    lab.write("import part\nassert part.NAME == pulumi.get_stack()", Pulumi_dev_yaml="")
    lab.run("preview", "dev")
    lab.run("preview", "local")
