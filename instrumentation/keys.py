"""Forbidden keys, as names of fields and in text: "token=abc", JSON inside a string, lists."""

import re
from collections.abc import Iterable

REPLACEMENT = "[removed]"
_LONGEST = 128
"""Longer words are no keys; what looks like one is cut, from the left, since endings count."""
_NOT_OF_NAME = re.compile(r"[\W_]+")
_SEPARATOR = re.compile("[=:]")
_QUOTES = "\"'\\]"
_BLANKS = " \t"
_SCHEME = re.compile(r"(?:bearer|basic|digest|token|apikey|negotiate) ", re.IGNORECASE)
_OPENING = re.compile(r"\\*[\"']")
_NESTING = re.compile(r"\\*[\"']|[\[{(\]})]")
_QUOTED_KEYS_END = re.compile(r"[,}\]\n]")
_WORDS_END = re.compile(r"[\s&]")
_BEFORE = re.compile(r"[ \t=>]*")


class KeyNames:
    """Names of keys: "password" exactly, "*token" as an ending, whatever the separators."""

    def __init__(self, names: Iterable[str]) -> None:
        known = list(names)
        self._exact = frozenset(normal(name) for name in known if not name.startswith("*"))
        self._endings = tuple(sorted({normal(name) for name in known if name.startswith("*")}))

    def __contains__(self, key: str) -> bool:
        name = normal(key[-_LONGEST:])
        return bool(name) and (name in self._exact or name.endswith(self._endings))

    def mask(self, text: str) -> str:
        """Return the text with forbidden keys and their values replaced; where a value's end is unclear, more goes."""
        out, done = list[str](), 0
        separator = _SEPARATOR.search(text)
        while separator:
            at = separator.start()
            key = self._key_before(text, done, at)
            after = at + 1
            if key is not None:
                start, quoted = key
                after = _value_end(text, at + 1, key_was_quoted=quoted)
                out += [text[done:start], REPLACEMENT]
                done = after
            separator = _SEPARATOR.search(text, after)
        return "".join([*out, text[done:]]) if out else text

    def _key_before(self, text: str, begin: int, separator: int) -> tuple[int, bool] | None:
        """Return where the forbidden key before a separator begins and whether it was quoted, or None."""
        end = separator
        while end > begin and text[end - 1] in _QUOTES + _BLANKS:
            end -= 1
        start = end
        while start > begin and (text[start - 1].isalnum() or text[start - 1] in "_-"):
            start -= 1
        if start == end or text[start:end] not in self:
            return None
        return start, text[start:separator].rstrip(_BLANKS)[-1] in _QUOTES


def normal(name: str) -> str:
    """Return a name in lower case, letters and digits only: X-Api-Key, api_key and apiKey are one."""
    return _NOT_OF_NAME.sub("", name).lower()


def _value_end(text: str, begin: int, *, key_was_quoted: bool) -> int:
    found = _BEFORE.match(text, begin)
    at = found.end() if found else begin
    if at == len(text):
        return at
    opening = _OPENING.match(text, at)
    if opening:
        return _after_quoted(text, opening)
    if text[at] in "[{(":
        return _after_nested(text, at)
    if key_was_quoted:
        return _end(text, _QUOTED_KEYS_END, at)
    # "Authorization: Bearer abc": the first word only names the scheme.
    scheme = _SCHEME.match(text, at)
    return _end(text, _WORDS_END, scheme.end() if scheme else at)


def _end(text: str, of: re.Pattern[str], begin: int) -> int:
    found = of.search(text, begin)
    return found.start() if found else len(text)


def _after_quoted(text: str, opening: re.Match[str]) -> int:
    """Return the end of a quoted value: the next such mark with as many backslashes before it."""
    slashes, mark = opening.group()[:-1], opening.group()[-1]
    at = opening.end()
    while True:
        at = text.find(mark, at)
        if at < 0:
            return len(text)
        before = at
        while before > opening.end() and text[before - 1] == "\\":
            before -= 1
        at += 1
        if at - 1 - before == len(slashes):
            return at


def _after_nested(text: str, begin: int) -> int:
    depth, at = 0, begin
    while found := _NESTING.search(text, at):
        at = found.end()
        if found.group()[-1] in "\"'":
            at = _after_quoted(text, found)
            continue
        depth += 1 if found.group() in "[{(" else -1
        if depth == 0:
            return at
    return len(text)
