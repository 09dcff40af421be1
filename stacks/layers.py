"""Which layer makes which component: derived from the layers' own imports, so that no list has to be kept."""

from importlib import import_module
from pkgutil import iter_modules
from typing import get_args

import pulumi

import stacks
from compiler.site.graph import Layer
from settings import Layer as LayerName

_STANDS_ALONE = "foundation"
"""What everything else hangs on has no component: the namespace, and the reference to the base."""


def layers() -> list[Layer]:
    """Return every layer in the order of deployment."""
    return [_layer(name) for name in get_args(LayerName)]


def _layer(name: str) -> Layer:
    module = import_module(f"stacks.{name}")
    # A large layer has modules beside its own: base_logs belongs to base.
    beside = [each.name for each in iter_modules(stacks.__path__) if each.name.startswith(f"{name}_")]
    components = {
        each.__name__
        for own in (module, *(import_module(f"stacks.{other}") for other in beside))
        for each in vars(own).values()
        if isinstance(each, type) and issubclass(each, pulumi.ComponentResource)
    }
    summary = str(module.__doc__).splitlines()[0].partition(": ")[2]
    return Layer(name, summary[:1].upper() + summary[1:], frozenset(components), stands_alone=name == _STANDS_ALONE)
