"""Mask card numbers among other numbers.

An expression takes the longest run of digits: "45 4111 1111 1111 1111" as a whole has no check digit, and what is in it
has. So every stretch of whole groups is tried, as the log job does.
"""

import re

_RUN = re.compile(r"[0-9](?:[ -]?[0-9])*")
_GROUP = re.compile(r"[0-9]+")
_SHORTEST, _LONGEST = 12, 19
"""Digits; ISO/IEC 7812-1 allows 10 to 19, schemes in use have 12 to 19."""
_NINE = 9


def mask_cards(text: str, expression: re.Pattern[str], replacement: str) -> str:
    """Return the text with every card number replaced, in the runs of digits that begin where the expression does."""
    out, done = list[str](), 0
    while found := expression.search(text, done):
        run = _RUN.match(text, found.start())
        end = run.end() if run else found.end()
        out += [text[done : found.start()], _in_run(text[found.start() : end], replacement)]
        done = end
    return "".join([*out, text[done:]]) if out else text


def _in_run(run: str, replacement: str) -> str:
    groups = [(group.start(), group.end()) for group in _GROUP.finditer(run)]
    out, done, first = list[str](), 0, 0
    while first < len(groups):
        last = _longest(run, groups, first)
        if last is None:
            first += 1
            continue
        out += [run[done : groups[first][0]], replacement]
        done, first = groups[last][1], last + 1
    return "".join([*out, run[done:]])


def _longest(run: str, groups: list[tuple[int, int]], first: int) -> int | None:
    """Return the last group of the longest card number that begins with `first`, or None."""
    digits, found = "", None
    for n in range(first, len(groups)):
        digits += run[slice(*groups[n])]
        if len(digits) > _LONGEST:
            break
        if len(digits) >= _SHORTEST and luhn(digits):
            found = n
    return found


def luhn(digits: str) -> bool:
    """Return whether the check digit is right (ISO/IEC 7812-1, annex B)."""
    total = 0
    for n, digit in enumerate(reversed(digits)):
        worth = int(digit) * (1 + n % 2)
        total += worth - _NINE if worth > _NINE else worth
    return total % 10 == 0
