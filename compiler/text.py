"""Write data as text: the same data gives the same bytes."""

from json.encoder import encode_basestring
from math import isfinite

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
    """Return indented JSON with sorted keys and a newline at the end.

    Written here since Python's encoder has its part in C only for JSON without indentation; what it writes is held
    against that encoder by property tests.

    Args:
        data: dictionaries with text as keys, lists, text, numbers, booleans, None, and objects that `to_json` makes
            into these, such as those of Grafana's SDK.

    Raises:
        TypeError: for anything else.
    """
    return _json(data, "\n") + "\n"


def _json(value: object, line: str) -> str:
    """Return the JSON of a value whose own line begins with `line`: a line break and its indentation."""
    if isinstance(value, str):
        return encode_basestring(value)
    if isinstance(value, dict):
        inner = f"{line} "
        items = [f"{encode_basestring(key)}: {_json(each, inner)}" for key, each in sorted(value.items())]
        return f"{{{inner}{f',{inner}'.join(items)}{line}}}" if items else "{}"
    if isinstance(value, list | tuple):
        inner = f"{line} "
        return f"[{inner}{f',{inner}'.join([_json(each, inner) for each in value])}{line}]" if value else "[]"
    if callable(convert := getattr(value, "to_json", None)):
        return _json(convert(), line)
    return _atom(value)


def _atom(value: object) -> str:
    if value is None or isinstance(value, bool):
        return "null" if value is None else str(value).lower()
    if isinstance(value, int):
        return int.__repr__(value)
    if isinstance(value, float) and isfinite(value):
        return float.__repr__(value)
    raise TypeError(f"JSON: expected text, a number, a list, a mapping or an object that makes one, found {value!r}")
