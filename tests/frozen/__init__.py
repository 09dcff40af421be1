"""A catalog that no user edits: tests of the checker and the compiler use its numbers and names."""

from pathlib import Path

import yaml

from compiler.model.platform import Routing

ROUTING = Path(__file__).parent / "routing.yaml"


def routing() -> Routing:
    """Return the frozen routing."""
    return Routing.model_validate(yaml.safe_load(ROUTING.read_text(encoding="utf-8")))
