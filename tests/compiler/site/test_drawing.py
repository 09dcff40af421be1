"""The drawing: every part has its place, none lies on another, and lines lead to what needs."""

from itertools import combinations

import pytest

from compiler.site.drawing import drawings
from compiler.site.graph import parts
from compiler.site.recorded import Resource
from tests.compiler.site.recordings import LAYERS, Page, component, resource, urn

WIDE, NARROW = 0, 1
BOTH = pytest.mark.parametrize("kind", [WIDE, NARROW], ids=["wide", "narrow"])


def stack(servers: int = 5) -> list[Resource]:
    namespace = resource("kubernetes:core/v1:Namespace", "n")
    operator = component("Operator", "o", namespace.urn)
    made = [namespace, *operator, *component("Key", "k"), *component("Bucket", "b", urn("aws:x:KeyPart", "k"))]
    for index in range(servers):
        made += component("Server", f"{'a long name ' * index}{index}", operator[1].urn, namespace.urn)
    return made


def page(kind: int, servers: int = 5) -> Page:
    return Page(drawings(parts(stack(servers), LAYERS))[kind])


def boxes(drawn: Page, name: str) -> list[tuple[float, float, float, float]]:
    found = [attrs for tag, attrs in drawn.elements if tag == "rect" and attrs["class"] == name]
    return [(float(a["x"] or 0), float(a["y"] or 0), float(a["width"] or 0), float(a["height"] or 0)) for a in found]


@BOTH
def test_every_part_is_there_and_leads_to_its_description(kind: int) -> None:
    assert sorted(page(kind).values("href")) == sorted(f"#{part.key}" for part in parts(stack(), LAYERS))


@BOTH
def test_no_box_lies_on_another_and_all_are_within_their_layer_and_the_drawing(kind: int) -> None:
    drawn = page(kind)
    found, bands = boxes(drawn, "box"), boxes(drawn, "band")
    width, height = map(float, drawn.values("viewbox")[0].split()[2:])
    assert len(found) == 9
    for (x, y, w, h), (x2, y2, w2, h2) in combinations(found, 2):
        assert x + w <= x2 or x2 + w2 <= x or y + h <= y2 or y2 + h2 <= y
    for x, y, w, h in found:
        assert any(bx <= x and by <= y and x + w <= bx + bw and y + h <= by + bh for bx, by, bw, bh in bands)
        assert w > 60
    assert all(x >= 0 and x + w <= width and y + h <= height for x, y, w, h in bands)


@BOTH
def test_lines_join_parts_of_a_layer_and_layers(kind: int) -> None:
    drawn = page(kind, servers=1)
    ends = set(zip(drawn.values("data-from"), drawn.values("data-to"), strict=True))
    assert ends == {("key-k", "bucket-b"), ("operator-o", "server-0"), ("foundation", "metrics")}


def test_long_names_are_cut_and_whole_in_the_title() -> None:
    drawn = drawings(parts(stack(), LAYERS))[NARROW]
    name = "a long name " * 4 + "4"
    assert f"Server {name}" in drawn
    assert f">{name}<" not in drawn
    assert "…" in drawn


def test_a_stack_of_nothing_is_drawn() -> None:
    assert [Page(drawn).values("viewbox") for drawn in drawings([])] == [["0 0 1120 0"], ["0 0 350 0"]]


def test_thirty_parts_of_one_kind_do_not_make_it_wider() -> None:
    assert page(WIDE, servers=30).values("viewbox")[0].startswith("0 0 1120 ")
