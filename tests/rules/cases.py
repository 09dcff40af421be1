"""Behaviour cases of alerts: input series, and how many alerts of that name fire when.

One file an alert, `tests/rules/<workload>/<AlertName>.yaml`. A file that could pass without proving anything is
refused: a case that expects nothing to fire must have data up to the time it looks at.
"""

import re
from functools import cache
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from compiler.catalog.yaml_source import parse
from compiler.errors import UserError
from compiler.model.base import Duration, seconds

FOLDER = Path(__file__).parent
Kind = Literal["fires", "below", "absent", "trickle", "resolves", "duration"]
QUIET: tuple[Kind, ...] = ("below", "trickle")
"""Kinds that expect no alert at any time."""
LONGEST_EVALUATE = 240
"""Seconds; a recorded series is invisible five minutes after its last sample, so a slower evaluation sees gaps."""
_BLOCK = re.compile(r"(?:_|stale|NaN|-?[\d.eE+-]+?(?:[+-][\d.eE]+)?)(?:x(\d+))?")
_CONSTANT = re.compile(r"\(vector\([\d.]+\)\) [=<>!]+ [\d.]+")
_ABSENCE = re.compile(r"\s*absent\(.*\)\s*", re.DOTALL)
_TRAFFIC = re.compile(r"\band\b.*>= ", re.DOTALL)


class CaseError(Exception):
    """A case file that is wrong; the message names file, place, expected and found."""


class Strict(BaseModel):
    """Frozen, and refusing keys that it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Case(Strict):
    """One behaviour: series in promtool's notation, and the number of firing alerts at given times.

    `interval` is the distance of samples, `evaluate` that of rule evaluations.
    """

    name: str = Field(min_length=3, pattern=r"^[^\n]+$")
    kind: Kind
    severity: str | None = None
    labels: dict[str, str] = {}
    interval: Duration = "1m"
    evaluate: Duration = "1m"
    series: dict[str, str] = Field(min_length=1)
    expect: dict[Duration, int] = Field(min_length=1)

    @model_validator(mode="after")
    def check(self) -> Self:
        """Refuse expectations that do not show what the kind of the case claims."""
        if seconds(self.evaluate) > LONGEST_EVALUATE:
            raise ValueError(f"evaluate: expected at most {LONGEST_EVALUATE} s, found {self.evaluate}")
        counts = [count for _, count in sorted(self.expect.items(), key=lambda item: seconds(item[0]))]
        if self.kind in QUIET:
            if any(counts):
                raise ValueError(f"expected only zeros for kind '{self.kind}', found {counts}")
            self._check_data()
        elif self.kind in ("fires", "absent") and not any(counts):
            raise ValueError(f"expected a time at which the alert fires for kind '{self.kind}', found {counts}")
        elif self.kind == "resolves" and (not any(counts) or counts[-1] != 0):
            raise ValueError(f"expected firing and then zero for kind 'resolves', found {counts}")
        elif self.kind == "duration" and not (counts[0] == 0 and any(counts)):
            raise ValueError(f"expected zero and then firing for kind 'duration', found {counts}")
        return self

    def _check_data(self) -> None:
        last = max(seconds(time) for time in self.expect)
        for name, values in self.series.items():
            covered = (samples(values) - 1) * seconds(self.interval)
            if covered < last:
                raise ValueError(f"{name}: expected samples up to {last} s, where quiet is expected; found {covered} s")


class CaseFile(Strict):
    """All behaviour cases of one alert."""

    alert: str
    severity: str | None = None
    cases: tuple[Case, ...] = Field(min_length=1)


def samples(values: str) -> int:
    """Return how many steps a series in promtool's notation has: `0+3x30` has 31, `_x5` has 5, `1 2 3` has 3.

    Raises:
        ValueError: for what is not of that notation.
    """
    total = 0
    for block in values.split():
        found = _BLOCK.fullmatch(block)
        if found is None:
            raise ValueError(f"expected promtool's series notation, such as 0+3x30, found '{block}'")
        repeated = found[1]
        total += 1 if repeated is None else int(repeated) + (0 if block.startswith("_") else 1)
    return total


def load(path: Path) -> CaseFile:
    """Read one case file.

    Raises:
        CaseError: when it is not valid, with one line for each mistake.
    """
    return _loaded(path, path.read_text(encoding="utf-8"))


@cache
def _loaded(path: Path, text: str) -> CaseFile:
    place = f"{path.parent.name}/{path.name}"
    try:
        file = CaseFile.model_validate(parse(text, place).data)
    except ValidationError as error:
        lines = [f"{place}: {'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors(include_url=False)]
        raise CaseError("\n".join(lines)) from error
    except UserError as error:
        raise CaseError(str(error)) from error
    if file.alert != path.stem:
        raise CaseError(f"{place}: alert: expected '{path.stem}', the file's name, found '{file.alert}'")
    names = [case.name for case in file.cases]
    if len(names) != len(set(names)):
        raise CaseError(f"{place}: cases: expected each name once, found {sorted(names)}")
    return file


def path(workload: str, alert: str) -> Path:
    """Returns where the cases of an alert stand."""
    return FOLDER / workload / f"{alert}.yaml"


def files(folder: Path = FOLDER) -> list[Path]:
    """Return every case file, by workload and alert."""
    return sorted(folder.glob("*/*.yaml"))


def expected_kinds(expression: str) -> set[str]:
    """Return the kinds of cases that an alert must have, by what its rule claims."""
    if _CONSTANT.fullmatch(expression):
        return {"fires"}  # a constant: it is neither below its bound nor does it resolve
    if _ABSENCE.fullmatch(expression):
        return {"absent", "below", "resolves"}
    kinds = {"fires", "below", "resolves"}
    return (
        kinds
        | ({"absent"} if "absent(" in expression else set())
        | ({"trickle"} if _TRAFFIC.search(expression) else set())
    )
