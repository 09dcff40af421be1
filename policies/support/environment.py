"""The environment of the stack under judgement: some rules ask more of production."""

from __future__ import annotations

import os
from typing import Final

from pulumi.runtime import get_config_env

PRODUCTION: Final = frozenset({"prod", "dr"})
"""Environments that people depend on; disaster recovery is production as soon as it is needed."""


def environment() -> str:
    """Return the stack's setting `environment`, else its name without `-base`.

    Engines give a pack the program's own configuration, in its process' environment. It is read from there rather than
    by `pulumi.Config`, whose settings are bound to the thread that started the pack; rules run in others.
    """
    setting = get_config_env().get(f"{os.environ.get('PULUMI_PROJECT', '')}:environment")
    return setting or os.environ.get("PULUMI_STACK", "").removesuffix("-base")


def is_production() -> bool:
    """Return whether the stack is production: the loss of its data, or of one zone under it, would be felt."""
    return environment() in PRODUCTION
