"""Which layer makes which component: read off the layers' own imports, so that no list has to be kept."""

from importlib import import_module
from typing import get_args

import pulumi

from compiler.site.graph import Layer
from settings import Layer as LayerName

_STANDS_ALONE = "foundation"
"""What everything else hangs on has no component: the namespace, and the reference to the base."""


def layers() -> list[Layer]:
    """Return every layer in the order of deployment."""
    return [_layer(name) for name in get_args(LayerName)]


def _layer(name: str) -> Layer:
    module = import_module(f"stacks.{name}")
    made = {
        each.__name__
        for each in vars(module).values()
        if isinstance(each, type) and issubclass(each, pulumi.ComponentResource)
    }
    summary = str(module.__doc__).splitlines()[0].partition(": ")[2]
    return Layer(name, summary[:1].upper() + summary[1:], frozenset(made), stands_alone=name == _STANDS_ALONE)
