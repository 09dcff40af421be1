"""Judge the templates that Prometheus fills in when an alert fires, as its Go templates would.

`promtool check rules` parses a template and does not run it: an unknown field, or a text where a number belongs, fails
when somebody needs the message. Source: Prometheus 3.5, template/template.go; Go, text/template.
"""

import re
from collections.abc import Iterator

from compiler.nearest import meant

_BRACES = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_TOKEN = re.compile(
    r"""\s*(?:(?P<text>"(?:\\.|[^"\\])*"|`[^`]*`)|(?P<number>-?\d[\w.]*)|(?P<word>[$.\w]+)|(?P<sign>[|(),]))"""
)
_VARIABLES = ("$value", "$labels", "$externalLabels", "$externalURL")
_ANY, _TEXT, _NUMBER = "anything", "a text", "a number"
# Each function's arguments, the last of which a pipe hands over, and its result.
_FUNCTIONS: dict[str, tuple[tuple[str, ...], str]] = {
    **dict.fromkeys(
        ("humanize", "humanize1024", "humanizeDuration", "humanizePercentage", "humanizeTimestamp"), ((_ANY,), _TEXT)
    ),
    **dict.fromkeys(("title", "toUpper", "toLower", "stripPort", "stripDomain", "safeHtml"), ((_TEXT,), _TEXT)),
    **dict.fromkeys(("graphLink", "tableLink"), ((_TEXT,), _TEXT)),
    "toTime": ((_ANY,), _ANY),
    "parseDuration": ((_TEXT,), _NUMBER),
    "match": ((_TEXT, _TEXT), _ANY),
    "reReplaceAll": ((_TEXT, _TEXT, _TEXT), _TEXT),
    "len": ((_TEXT,), _NUMBER),
}
_VARIADIC = {"print": 0, "println": 0, "printf": 1, "html": 1, "js": 1, "urlquery": 1}
_VARIADIC |= dict.fromkeys(("and", "or"), 1) | dict.fromkeys(("eq", "ne", "lt", "le", "gt", "ge"), 2) | {"not": 1}
_KNOWN = frozenset({*_FUNCTIONS, *_VARIADIC})


def template_mistakes(text: str) -> Iterator[str]:
    """Yield what Go would refuse in each template of a text; braces that begin otherwise are a placeholder."""
    for found in _BRACES.finditer(text):
        inner = found[1].strip()
        if not inner.startswith("$"):
            continue
        try:
            _pipeline(inner)
        except ValueError as error:
            yield f"template '{found[0]}': {error}"


def _pipeline(text: str) -> str:
    """Return the type of what a pipeline gives: operands and functions between pipes."""
    given: str | None = None
    for n, stage in enumerate(_stages(text)):
        if not stage:
            raise ValueError(
                "expected a function behind |, found none" if n else "expected $value or $labels, found none"
            )
        given = _stage(stage, given)
    return given or _ANY


def _stages(text: str) -> list[list[tuple[str, str]]]:
    stages, at = [list[tuple[str, str]]()], 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if not found or not found.lastgroup:
            raise ValueError(f"expected a variable, a function or a text, found '{text[at:].strip()}'")
        at, kind, said = found.end(), found.lastgroup, found[found.lastgroup]
        if said in "(),":
            raise ValueError(f"expected variables and functions between pipes, found '{said}'")
        if said == "|":
            stages.append([])
        else:
            stages[-1].append((kind, said))
    return stages


def _stage(stage: list[tuple[str, str]], given: str | None) -> str:
    (kind, head), *rest = stage
    if kind == "word" and not head.startswith("$"):
        return _call(head, [_operand(*each) for each in rest], given)
    if given is not None:
        raise ValueError(f"expected a function behind |, found '{head}'")
    if rest:
        raise ValueError(f"expected | behind {head}, found '{rest[0][1]}'")
    return _operand(kind, head)


def _operand(kind: str, said: str) -> str:
    if kind != "word":
        return _TEXT if kind == "text" else _NUMBER
    name, *fields = said.split(".")
    if name not in _VARIABLES:
        if not name.startswith("$"):
            raise ValueError(f"expected a variable or a text, found '{said}'")
        raise ValueError(f"unknown variable '{name}': expected one of {', '.join(_VARIABLES)}{meant(name, _VARIABLES)}")
    if name in ("$labels", "$externalLabels"):
        if len(fields) != 1 or not re.fullmatch(r"[A-Za-z_]\w*", fields[0]):
            raise ValueError(f"expected one label, as in {name}.pod, found '{said}'")
        return _TEXT
    if fields:
        raise ValueError(f"{name} has no field '{'.'.join(fields)}': expected {name} alone")
    return _NUMBER if name == "$value" else _TEXT


def _call(name: str, arguments: list[str], given: str | None) -> str:
    if name not in _KNOWN:
        raise ValueError(f"unknown function '{name}'{meant(name, _KNOWN)}")
    arguments = [*arguments, *([given] if given is not None else [])]
    if name in _VARIADIC:
        if len(arguments) < _VARIADIC[name]:
            raise ValueError(f"{name} takes {_VARIADIC[name]} arguments at least, found {len(arguments)}")
        return _TEXT
    wanted, result = _FUNCTIONS[name]
    if len(arguments) != len(wanted):
        raise ValueError(
            f"{name} takes {len(wanted)} arguments, what is piped to it among them, found {len(arguments)}"
        )
    for expected, found in zip(wanted, arguments, strict=True):
        if expected not in (_ANY, found) and found != _ANY:
            raise ValueError(f"{name} takes {expected}, found {found}")
    return result
