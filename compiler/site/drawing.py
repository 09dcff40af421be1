"""Draw layers, their parts and what each part needs, as SVG: wide for a desk, narrow for a phone.

Layers lie under each other in the order of deployment. Within a layer a line leads from a part to what needs it: to
the right on a wide drawing, down the right margin on a narrow one. Between layers one line on the left stands for all.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from compiler.site.graph import Part, ranks, reduced
from compiler.site.html import Html, count, tag

_BOX, _GAP, _HEAD, _PAD, _LANE = 62, 14, 34, 12, 10
_LETTER, _SMALL_LETTER = 7.6, 6.6
"""Upper bounds of a letter's width at the two sizes of text, in pixels."""
_WIDE, _NARROW = 1120, 350
_WIDEST_BOX, _CURVE = 230, 40
_CLOUDS = {"aws": "AWS", "kubernetes": "Kubernetes", "pulumi": "stack"}


@dataclass(frozen=True)
class Box:
    """A part with its place, in pixels."""

    part: Part
    x: float
    y: float
    width: float

    @property
    def middle(self) -> float:
        """The vertical centre."""
        return self.y + _BOX / 2


@dataclass(frozen=True)
class Band:
    """A layer with its place, its boxes, and the edges within it."""

    name: str
    top: float
    height: float
    boxes: Mapping[str, Box]
    needs: Mapping[str, frozenset[str]]


def drawings(parts: Sequence[Part]) -> list[Html]:
    """Return the wide and the narrow drawing."""
    return [_drawing(parts, _WIDE, "wide"), _drawing(parts, _NARROW, "narrow")]


def _drawing(parts: Sequence[Part], width: int, kind: str) -> Html:
    between = _between(parts)
    lanes = 1 + sum(len(needed) for needed in between.values())
    left = _PAD + lanes * _LANE
    bands: list[Band] = []
    top = 0.0
    for name in dict.fromkeys(part.layer for part in parts):
        own = [part for part in parts if part.layer == name]
        bands.append((_columns if kind == "wide" else _list)(name, own, top, left, width))
        top += bands[-1].height + _GAP
    shapes = [*(_band(band, left, width) for band in bands), *_rail(bands, between, left)]
    for band in bands:
        shapes += _lines(band, kind)
        shapes += [_box(box) for box in band.boxes.values()]
    height = top - _GAP if bands else 0
    label = "The layers, their parts and what each needs; the list below says the same in words."
    return tag("svg", shapes, viewBox=f"0 0 {width} {height:g}", class_=f"map {kind}", role="img", aria_label=label)


def _between(parts: Sequence[Part]) -> dict[str, frozenset[str]]:
    layer = {part.key: part.layer for part in parts}
    needs: dict[str, set[str]] = {part.layer: set() for part in parts}
    for part in parts:
        needs[part.layer] |= {layer[key] for key in part.needs} - {part.layer}
    return reduced({name: frozenset(needed) for name, needed in needs.items()})


def _within(own: Sequence[Part]) -> dict[str, frozenset[str]]:
    keys = {part.key for part in own}
    return reduced({part.key: part.needs & keys for part in own})


def _columns(name: str, own: Sequence[Part], top: float, left: float, width: float) -> Band:
    """Place parts in columns by rank; within a column, those with the same needs are neighbours."""
    needs = _within(own)
    rank = ranks(needs)
    most = max(rank.values()) + 1
    pitch = min(_WIDEST_BOX + _CURVE, (width - left - 2 * _PAD + _CURVE) / most)
    boxes: dict[str, Box] = {}
    tallest = 0
    for column in range(most):
        here = [part for part in own if rank[part.key] == column]
        here.sort(key=lambda part: (_height(part, needs, boxes), part.key))
        tallest = max(tallest, len(here))
        for index, part in enumerate(here):
            y = top + _HEAD + index * (_BOX + _GAP)
            boxes[part.key] = Box(part, left + _PAD + column * pitch, y, pitch - _CURVE)
    return Band(name, top, _HEAD + tallest * (_BOX + _GAP), boxes, needs)


def _height(part: Part, needs: Mapping[str, frozenset[str]], boxes: Mapping[str, Box]) -> float:
    heights = [boxes[key].y for key in needs[part.key] if key in boxes]
    return sum(heights) / len(heights) if heights else 0


def _list(name: str, own: Sequence[Part], top: float, left: float, width: float) -> Band:
    """Place parts under each other, each below what it needs, with a margin on the right for the lines."""
    needs = _within(own)
    rank = ranks(needs)
    margin = _LANE * (1 + len(_needed(needs)))
    boxes = {
        part.key: Box(part, left + _PAD, top + _HEAD + index * (_BOX + _GAP), width - left - 2 * _PAD - margin)
        for index, part in enumerate(sorted(own, key=lambda part: (rank[part.key], part.key)))
    }
    return Band(name, top, _HEAD + len(own) * (_BOX + _GAP), boxes, needs)


def _needed(needs: Mapping[str, frozenset[str]]) -> list[str]:
    return sorted({key for needed in needs.values() for key in needed})


def _band(band: Band, left: float, width: float) -> Html:
    resources = sum(len(box.part.resources) for box in band.boxes.values())
    text = f"{count(len(band.boxes), 'part')}, {count(resources, 'resource')}"
    return tag(
        "g",
        tag("rect", x=left, y=f"{band.top:g}", width=width - left, height=f"{band.height:g}", rx=8, class_="band"),
        tag("text", band.name, x=left + _PAD, y=f"{band.top + 22:g}", class_="layer"),
        tag("text", text, x=width - _PAD, y=f"{band.top + 22:g}", class_="note", text_anchor="end"),
    )


def _rail(bands: Sequence[Band], between: Mapping[str, frozenset[str]], left: float) -> Iterator[Html]:
    """Yield one line from each layer to a layer that needs it, each in a lane of its own."""
    place = {band.name: band for band in bands}
    edges = [(needed, band.name) for band in bands for needed in sorted(between[band.name])]
    for lane, (source, target) in enumerate(edges):
        x = left - (lane + 1) * _LANE
        start, end = place[source].top + place[source].height / 2, place[target].top + 17
        path = f"M{left:g},{start:g} H{x:g} V{end:g} H{left - 2:g}"
        yield tag("path", d=path, class_="edge", marker_end="url(#tip)", data_from=source, data_to=target)


def _lines(band: Band, kind: str) -> Iterator[Html]:
    lanes = {key: lane for lane, key in enumerate(_needed(band.needs), start=1)}
    for key, box in band.boxes.items():
        for needed in sorted(band.needs[key]):
            source = band.boxes[needed]
            start, end = source.x + source.width, box.x
            if kind == "wide":
                bend = f"C{start + _CURVE:g},{source.middle:g} {end - _CURVE:g},{box.middle:g}"
                path = f"M{start:g},{source.middle:g} {bend} {end - 3:g},{box.middle:g}"
            else:
                path = f"M{start:g},{source.middle + 8:g} h{lanes[needed] * _LANE} V{box.middle - 8:g} H{start + 3:g}"
            yield tag("path", d=path, class_="edge", marker_end="url(#tip)", data_from=needed, data_to=key)


def _box(box: Box) -> Html:
    part, x = box.part, box.x + 12
    counts = ", ".join(f"{number} {_CLOUDS.get(cloud, cloud)}" for cloud, number in part.counts.items())
    cloud = next(iter(part.counts), "") if len(part.counts) == 1 else "mixed"
    texts = (
        tag("text", _fit(part.kind, box.width, _LETTER), x=f"{x:g}", y=f"{box.y + 20:g}", class_="kind"),
        tag("text", _fit(part.name, box.width, _SMALL_LETTER), x=f"{x:g}", y=f"{box.y + 37:g}", class_="name"),
        tag("text", _fit(counts, box.width, _SMALL_LETTER), x=f"{x:g}", y=f"{box.y + 53:g}", class_="note"),
    )
    shape = tag("rect", x=f"{box.x:g}", y=f"{box.y:g}", width=f"{box.width:g}", height=_BOX, rx=6, class_="box")
    bar = tag("rect", x=f"{box.x:g}", y=f"{box.y + 6:g}", width=4, height=_BOX - 12, rx=2, class_=f"bar {cloud}")
    title = tag("title", f"{part.kind} {part.name}: {counts}")
    return tag("a", title, shape, bar, texts, href=f"#{part.key}", class_="part", data_part=part.key)


def _fit(text: str, width: float, letter: float) -> str:
    most = int((width - 20) / letter)
    return text if len(text) <= most else f"{text[: most - 1]}…"
