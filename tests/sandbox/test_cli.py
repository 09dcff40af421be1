"""The command line: what it prints and how it ends."""

import json

import pytest

from sandbox.cli import main
from tests.sandbox.lab import Lab


def call(lab: Lab, *words: str) -> int:
    return main([*words, "--project", str(lab.project), "--state", str(lab.state)])


def test_up_says_what_happened_and_where_to_look(cloud: Lab, capsys: pytest.CaptureFixture[str]) -> None:
    cloud.write('topic = aws.sns.Topic("t", name="t")\naws.cloudwatch.QueryDefinition("q", name="q", query_string="x")')
    assert call(cloud, "up") == 0
    printed = capsys.readouterr().out
    assert " + aws:sns/topic:Topic  t" in printed
    assert "up local: 2 created" in printed
    assert "aws: 1 applied to moto, 1 recorded" in printed
    assert "next: python -m sandbox refresh --stack local" in printed
    assert "\x1b[" not in printed
    assert call(cloud, "list") == 0
    assert "1  aws:sns/topic:Topic  (applied)" in capsys.readouterr().out


def test_drift_is_printed_and_is_no_error(cloud: Lab, capsys: pytest.CaptureFixture[str]) -> None:
    cloud.up('aws.sns.Topic("t", name="t", display_name="one")')
    cloud.aws("sns").delete_topic(TopicArn="arn:aws:sns:eu-west-1:123456789012:t")
    assert call(cloud, "refresh") == 0
    assert "::t: gone:" in capsys.readouterr().out


def test_a_users_mistake_is_one_line_and_exit_one(lab: Lab, capsys: pytest.CaptureFixture[str]) -> None:
    lab.write('raise pulumi.RunError("mend this")')
    assert call(lab, "preview") == 1
    assert capsys.readouterr().err == "mend this\n"


def test_a_broken_program_leaves_its_trace(lab: Lab, capsys: pytest.CaptureFixture[str]) -> None:
    lab.write("1 / 0")
    assert call(lab, "preview") == 1
    assert "raised ZeroDivisionError" in capsys.readouterr().err
    assert "ZeroDivisionError" in (lab.state / "last-error.log").read_text()


def test_wrong_usage_is_exit_two(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["fly"])
    assert caught.value.code == 2
    capsys.readouterr()


def test_a_preview_with_unknown_stack(lab: Lab, capsys: pytest.CaptureFixture[str]) -> None:
    lab.write("pass")
    assert call(lab, "up", "--stack", "prod") == 1
    assert capsys.readouterr().err == "stack 'prod' has no Pulumi.prod.yaml; stacks here: local\n"
    assert not (lab.state / "stacks").exists()


def test_render_writes_json(lab: Lab, capsys: pytest.CaptureFixture[str]) -> None:
    lab.write('aws.sns.Topic("t", name="t")')
    assert call(lab, "render") == 0
    assert "build:" in capsys.readouterr().out
    (only,) = json.loads((lab.project / "build/local/aws/resources.json").read_text())
    assert only["name"] == "t"
