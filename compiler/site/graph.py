"""Group a recorded resource graph by layer and part, with the dependencies of each part."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from compiler.site.recorded import Resource

_STACK = "pulumi:pulumi:Stack"
_REFERENCE = "pulumi:pulumi:StackReference"
_PROVIDERS = "pulumi:providers:"
_COMPONENT = "component"
Needs = Mapping[str, frozenset[str]]


@dataclass(frozen=True)
class Layer:
    """A layer of the program.

    Attributes:
        name: as the settings name it.
        summary: what it is, in a sentence.
        components: the names of the component classes that it makes.
        stands_alone: whether resources without a component belong to it.
    """

    name: str
    summary: str
    components: frozenset[str]
    stands_alone: bool = False


@dataclass(frozen=True)
class Part:
    """A component with all its children, or a resource without a component; `needs` are keys of other parts."""

    key: str
    kind: str
    name: str
    layer: str
    resources: tuple[Resource, ...]
    needs: frozenset[str]

    @property
    def counts(self) -> dict[str, int]:
        """The number of its resources by provider: aws, kubernetes, or pulumi for another stack."""
        return dict(sorted(Counter(each.type.partition(":")[0] for each in self.resources).items()))


def parts(resources: Iterable[Resource], layers: Sequence[Layer]) -> list[Part]:
    """Group resources by the top-level components of their stack; a component of no layer comes last."""
    known = {each.urn: each for each in resources if each.type != _STACK and not each.type.startswith(_PROVIDERS)}
    held: dict[str, list[Resource]] = {}
    for urn in sorted(known):
        held.setdefault(_top(urn, known), []).append(known[urn])
    keys: dict[str, str] = {}
    for urn in held:
        keys[urn] = _key(known[urn], keys.values())
    grouped = [_part(known, held[urn], keys, known[urn], layers) for urn in held]
    order = {layer.name: index for index, layer in enumerate(layers)}
    return sorted(grouped, key=lambda part: (order.get(part.layer, len(order)), part.kind, part.key))


def _part(
    known: Mapping[str, Resource],
    held: list[Resource],
    keys: Mapping[str, str],
    top: Resource,
    layers: Sequence[Layer],
) -> Part:
    needed = {_top(urn, known) for each in held for urn in each.dependencies if urn in known}
    if top.type == _REFERENCE:
        # A reference reads the outputs of a whole stack: it needs what that stack holds.
        needed |= {urn for urn in keys if known[urn].stack == top.name.rpartition("/")[2]}
    real = tuple(each for each in held if each.mode != _COMPONENT)
    needs = frozenset(keys[urn] for urn in needed if urn != top.urn)
    # A reference is named by organization, project and stack; the stack distinguishes it.
    return Part(keys[top.urn], top.kind, top.name.rpartition("/")[2], _layer(top, layers), real, needs)


def _top(urn: str, known: Mapping[str, Resource]) -> str:
    while known[urn].parent in known:
        urn = known[urn].parent
    return urn


def _layer(top: Resource, layers: Sequence[Layer]) -> str:
    component = top.mode == _COMPONENT
    fits = (layer.name for layer in layers if (top.kind in layer.components if component else layer.stands_alone))
    return next(fits, "other")


def _key(top: Resource, taken: Iterable[str]) -> str:
    wanted = re.sub(r"[^a-z0-9]+", "-", f"{top.kind}-{top.name}".lower()).strip("-")
    count = sum(1 for key in taken if key == wanted or key.startswith(f"{wanted}--"))
    return f"{wanted}--{count + 1}" if count else wanted


def reduced(needs: Needs) -> dict[str, frozenset[str]]:
    """Remove the transitive edges: what is needed only by way of another part."""
    return {
        key: frozenset(one for one in direct if not any(one in _reach(other, needs) for other in direct - {one}))
        for key, direct in needs.items()
    }


def _reach(key: str, needs: Needs) -> set[str]:
    seen: set[str] = set()
    waiting = list(needs.get(key, ()))
    while waiting:
        one = waiting.pop()
        if one not in seen:
            seen.add(one)
            waiting += needs.get(one, ())
    return seen


def ranks(needs: Needs) -> dict[str, int]:
    """Return the column of each part: right of all its needs; a part without needs moves close to its users."""
    found: dict[str, int] = {}
    for key in sorted(needs, key=lambda key: (len(_reach(key, needs)), key)):
        found[key] = 1 + max((found.get(one, -1) for one in needs[key]), default=-1)
    for key in needs:
        users = [found[other] for other in needs if key in needs[other]]
        if not needs[key] and users:
            found[key] = min(users) - 1
    return found
