"""Which stacks the real engine deploys: those of the command line (`make engine`, `make engine-all`)."""

from __future__ import annotations

import os

import pytest

from tests.program.previews import STACKS

USERS = tuple(stack for stack in STACKS if not stack.endswith("-base"))
"""The stacks that bring their base along."""
_CHOSEN = os.environ.get("ENGINE_STACKS", "")
WHOLE = USERS if _CHOSEN == "all" else tuple(_CHOSEN.split() or ("prod", "local"))
"""Those whose whole cycle is run; the rest is previewed, unless stacks are named."""
PREVIEWED = () if _CHOSEN else tuple(stack for stack in USERS if stack not in WHOLE)
UPGRADED = WHOLE if _CHOSEN else ("local",)
"""Those whose former states are brought up to date."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give each test its stacks."""
    for fixture, stacks in {"whole": WHOLE, "previewed": PREVIEWED, "upgraded": UPGRADED}.items():
        if fixture in metafunc.fixturenames:
            metafunc.parametrize(fixture, stacks)
