"""The message templates: the title first, and the links in every form."""

import re

import pytest

from compiler.routing.messages import TEMPLATES


def bodies() -> dict[str, str]:
    """Return each template's body by its name."""
    parts = re.split(r'{{ define "([\w.]+)" -?}}', TEMPLATES)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_there_is_a_title_a_text_and_a_page() -> None:
    assert set(bodies()) == {"platform.title", "platform.text", "platform.html"}


@pytest.mark.parametrize("name", ["platform.text", "platform.html"])
def test_every_message_carries_its_links(name: str) -> None:
    for field in ("summary", "description", "runbook_url", "dashboard_url"):
        assert f".Annotations.{field}" in bodies()[name]


def test_the_title_says_how_bad_what_and_where_in_this_order() -> None:
    title = bodies()["platform.title"]
    fields = [".Status", ".CommonLabels.priority", ".CommonLabels.workload", ".CommonLabels.alertname"]
    assert [title.index(field) for field in fields] == sorted(title.index(field) for field in fields)


def test_blocks_are_closed() -> None:
    opened = re.findall(r"{{-? ?(?:define|range|if)\b", TEMPLATES)
    assert len(opened) == len(re.findall(r"{{-? ?end\b", TEMPLATES))
    assert TEMPLATES.count("{{") == TEMPLATES.count("}}")
