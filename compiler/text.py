"""Writes data as text: the same data gives the same bytes."""

import json

import yaml

_RATIO = "ratio"


class _Dumper(yaml.CSafeDumper):
    """Writes expressions of several lines as blocks, and never an alias for a repeated value."""

    def ignore_aliases(self, data: object) -> bool:
        """Write every value out, however often it is the same object."""
        del data
        return True


def _string(dumper: _Dumper, value: str) -> yaml.ScalarNode:
    style = "|" if "\n" in value else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(str, _string)


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
    return yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=1_000)


def to_json(data: object) -> str:
    """Return indented JSON with sorted keys and a newline at the end."""
    return json.dumps(data, sort_keys=True, indent=1, ensure_ascii=False) + "\n"
