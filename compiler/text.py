"""Writes data as text: the same data gives the same bytes."""

import json

from compiler.yaml_text import yaml_lines

_RATIO = "ratio"


def number(value: float) -> str:
    """Return a number as PromQL and people read it: every digit that was written, none that binary adds.

    `:g` alone keeps six digits, which makes a limit of 1234567 bytes one of 1234570.
    """
    return f"{value:.12g}"


def amount(value: float, unit: str) -> str:
    """Return a value as people say it: a ratio in percent, short times in milliseconds."""
    if unit == _RATIO:
        return f"{number(round(value * 100, 10))} %"
    if unit == "seconds" and 0 < value < 1:
        return f"{number(round(value * 1000, 10))} ms"
    return f"{number(value)} {'%' if unit == 'percent' else unit}".strip()


def to_yaml(data: object) -> str:
    """Return YAML with keys in the order of the data."""
    return "\n".join(yaml_lines(data)) + "\n"


def to_json(data: object) -> str:
    """Return indented JSON with sorted keys and a newline at the end."""
    return json.dumps(data, sort_keys=True, indent=1, ensure_ascii=False) + "\n"
