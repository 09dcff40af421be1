"""Markup: no text from outside becomes any."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compiler.site.html import Html, join, link, table, tag
from tests.compiler.site.recordings import Page

NASTY = "<script>alert('x')</script> & \"quoted\""


def test_text_and_attributes_are_escaped() -> None:
    text = tag("p", NASTY, title=NASTY)
    assert "<script" not in text
    assert Page(text).text == NASTY
    assert Page(text).values("title") == [NASTY]


@given(st.text())
def test_any_text_is_only_text(text: str) -> None:
    page = Page(tag("p", text, data_x=text))
    assert [name for name, _ in page.elements] == ["p"]


def test_markup_is_left_alone_also_within_lists() -> None:
    assert tag("p", [Html("<b>"), ["<"], Html("</b>")]) == "<p><b>&lt;</b></p>"


def test_attributes_have_their_names_and_none_is_left_out() -> None:
    assert tag("td", class_="a", data_label="b", id=None) == '<td class="a" data-label="b"></td>'
    assert tag("meta", charset="utf-8") == '<meta charset="utf-8">'


@pytest.mark.parametrize("address", ["https://a.example/b", "../x/y.yaml", "#here", "a/b:c"])
def test_links_to_pages(address: str) -> None:
    assert Page(link(address, "there")).values("href") == [address]


@pytest.mark.parametrize("address", ["javascript:alert(1)", "data:text/html,x", "JAVASCRIPT:x"])
def test_links_that_do_something_else_are_text(address: str) -> None:
    assert link(address, "there") == "there"


def test_a_cell_says_its_column() -> None:
    assert '<td data-label="b"><div>2</div></td>' in table(("a", "b"), [("1", "2")])


def test_join_escapes() -> None:
    assert join("<", Html("<hr>")) == "&lt;<hr>"
