"""Mask what may not be kept in text, plain and URL-decoded, as the log job does."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from urllib.parse import unquote

from instrumentation.cards import mask_cards
from instrumentation.keys import KeyNames

_ROUNDS = 3
"""How often a text may have been encoded: once by a client, once by a proxy, once by a logger."""
_MARGIN = 1_024
"""Characters read past the kept length, so that what is cut in two is still recognised."""
_REMEMBERED = 4_096
_SHORT = 64
_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")
_HALVES = re.compile("[\ud800-\udfff]")
_CARD_SIZED = 1e11
"""Whole numbers from here on may be card numbers: twelve digits, the shortest."""
_LARGEST = 1e19


class Redactor:
    """Masks a service's strings.

    Short strings without anything to mask are remembered: events, regions and versions come over and over. What had
    something to mask is not.
    """

    def __init__(self, patterns: Sequence[Mapping[str, str]], names: Iterable[str], longest: int) -> None:
        self._patterns = tuple(_pattern(one) for one in patterns)
        self._keys = KeyNames(names)
        self._longest = longest
        self._clean = set[str]()

    def __call__(self, text: str) -> str:
        """Return the string with its patterns masked, cut to the longest that is allowed."""
        if text in self._clean:
            return text
        cut = len(text) > self._longest + _MARGIN
        masked = self._mask(text[: self._longest + _MARGIN] if cut else text)
        if cut:
            masked = masked[: _last_blank(masked)]
        masked = _HALVES.sub("\ufffd", masked[: self._longest])
        if masked == text and len(text) <= _SHORT:
            if len(self._clean) >= _REMEMBERED:
                self._clean.clear()
            self._clean.add(text)
        return masked

    def number(self, value: float) -> float | None:
        """Return the number; None where it is a card's."""
        whole = value == int(value)
        if not whole or not _CARD_SIZED <= abs(value) < _LARGEST:
            return value
        digits = str(int(value))
        return value if self(digits) == digits else None

    def _mask(self, text: str) -> str:
        masked = self._once(text)
        if "%" not in masked and "+" not in masked and "\\u" not in masked:
            return masked
        view = masked
        for turn in range(_ROUNDS + 1):
            # The last pass is for form data, which writes a blank as a plus sign.
            decoded = _decoded(view) if turn < _ROUNDS else view.replace("+", " ")
            view = self._once(decoded)
            if view != decoded:
                masked = view
        return masked

    def _once(self, text: str) -> str:
        masked = self._keys.mask(text)
        for mask in self._patterns:
            masked = mask(masked)
        return masked


def _pattern(one: Mapping[str, str]) -> Callable[[str], str]:
    replacement = one["replacement"]
    expression = re.compile(one["expression"], re.ASCII)
    if one.get("check") == "luhn":
        return lambda text: mask_cards(text, expression, replacement)
    return lambda text: expression.sub(lambda _: replacement, text)


def _decoded(text: str) -> str:
    return _ESCAPE.sub(lambda found: chr(int(found.group(1), 16)), unquote(text))


def _last_blank(text: str) -> int:
    """Return the end of the last whole word of a cut text: what follows may be half a secret."""
    least = max(0, len(text) - _MARGIN)
    for n in range(len(text) - 1, least, -1):
        if text[n].isspace():
            return n
    return least
