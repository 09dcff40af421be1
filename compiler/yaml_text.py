"""Write readable YAML: blocks for text of several lines, no aliases, quotes only where they are needed.

Written here since PyYAML's emitter takes 1.3 s for the rules of 1,000 objectives and this takes a sixth; what it
writes is held against PyYAML's reader by property tests.
"""

import json
import math
import re
from collections.abc import Iterator
from functools import lru_cache

# Letters first, so that nothing reads as a number, a date or one of YAML's signs; then what has no meaning in a block.
_PLAIN = re.compile(r"[A-Za-z_/(][^\x00-\x1f\x7f-\uffff:#]*(?:(?::(?! )|(?<! )#)[^\x00-\x1f\x7f-\uffff:#]*)*")
_WORDS = frozenset({"true", "false", "yes", "no", "on", "off", "y", "n", "null", "none"})
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")
_STEP = "  "


def yaml_lines(data: object) -> Iterator[str]:
    """Yield the lines of a document, keys in the order of the data.

    Args:
        data: dictionaries, lists, text, numbers, booleans and None, nested as they like.

    Raises:
        TypeError: for anything else.
    """
    if isinstance(data, dict) and data:
        yield from _mapping(data, "")
    elif isinstance(data, list | tuple) and data:
        yield from _sequence(data, "")
    else:
        yield _scalar(data, _STEP)


def _mapping(data: dict[object, object], pad: str) -> Iterator[str]:
    for key, value in data.items():
        name = f"{pad}{_text(key) if isinstance(key, str) else _scalar(key, '')}:"
        if isinstance(value, dict) and value:
            yield name
            yield from _mapping(value, pad + _STEP)
        elif isinstance(value, list | tuple) and value:
            yield name
            yield from _sequence(value, pad)
        else:
            yield f"{name} {_scalar(value, pad + _STEP)}"


def _sequence(data: list[object] | tuple[object, ...], pad: str) -> Iterator[str]:
    for value in data:
        if isinstance(value, dict | list | tuple) and value:
            inner = pad + _STEP
            lines = _mapping(value, inner) if isinstance(value, dict) else _sequence(value, inner)
            yield f"{pad}- {next(lines)[len(inner) :]}"
            yield from lines
        else:
            yield f"{pad}- {_scalar(value, pad + _STEP)}"


def _scalar(value: object, pad: str) -> str:
    if isinstance(value, str):
        return _block(value, pad) if "\n" in value else _text(value)
    if isinstance(value, bool) or value is None:
        return "null" if value is None else str(value).lower()
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return _float(value)
    if isinstance(value, dict):
        return "{}"
    if isinstance(value, list | tuple):
        return "[]"
    raise TypeError(f"YAML: expected text, a number, a list or a mapping, found {type(value).__name__}")


def _float(value: float) -> str:
    text = repr(value)
    if not math.isfinite(value):
        return {"nan": ".nan", "inf": ".inf", "-inf": "-.inf"}[text]
    # YAML 1.1 reads 1e-07 as text: an exponent needs a dot before it.
    return text.replace("e", ".0e") if "e" in text and "." not in text else text


def _block(text: str, pad: str) -> str:
    """Return text of several lines as a block; quoted where a block would lose something."""
    if text[0] in " \n" or "\t" in text or not text.strip() or _UNPRINTABLE.search(text):
        return _quoted(text)
    ending = "|-" if not text.endswith("\n") else "|+" if text.endswith("\n\n") else "|"
    lines = text[:-1].split("\n") if text.endswith("\n") else text.split("\n")
    return "\n".join([ending, *(pad + line if line else "" for line in lines)])


@lru_cache(maxsize=10_000)
def _text(text: str) -> str:
    """Return text of one line: plain, else in single quotes, else in double quotes with escapes."""
    if _PLAIN.fullmatch(text) and text[-1] not in " :" and text.lower() not in _WORDS:
        return text
    if _UNPRINTABLE.search(text) or "\n" in text or "\t" in text:
        return _quoted(text)
    return "'" + text.replace("'", "''") + "'"


def _quoted(text: str) -> str:
    return _UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(text, ensure_ascii=False))
