"""Write data as text: the same data gives the same bytes."""

import json

from compiler.yaml_text import yaml_lines


def number(value: float) -> str:
    """Return a number as PromQL and people read it: every digit that was written, none that binary adds.

    `:g` alone keeps six digits, which makes a limit of 1234567 bytes one of 1234570.
    """
    return f"{value:.12g}"


def to_yaml(data: object) -> str:
    """Return YAML with keys in the order of the data."""
    return "\n".join(yaml_lines(data)) + "\n"


def to_json(data: object) -> str:
    """Return indented JSON with sorted keys and a newline at the end."""
    return json.dumps(data, sort_keys=True, indent=1, ensure_ascii=False) + "\n"
