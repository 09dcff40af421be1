"""The base of every catalog entry, and the field types that entries share."""

import re
from typing import Annotated, ClassVar, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

_DURATION = re.compile(r"(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?", re.ASCII)
_SECONDS = (604_800, 86_400, 3_600, 60, 1)
_PLACEHOLDER = re.compile(r"\{[^}]*\}?|\}")
PLACEHOLDERS = frozenset({"{environment}", "{region}", "{account}"})
"""What a name or a dimension may leave open."""


LONGEST = 9_223_372_036
"""Seconds: a Go duration counts nanoseconds in 63 bits, and Prometheus and Alertmanager refuse a longer one."""


class Entry(BaseModel):
    """A part of the catalog: frozen, and refusing keys that it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def seconds(duration: str) -> int:
    """Return the seconds in a Prometheus duration such as ``5m`` or ``1d12h``.

    Raises:
        ValueError: when the text is no duration, or one of no length.
    """
    match = _DURATION.fullmatch(duration)
    total = sum(int(n) * size for n, size in zip(match.groups(), _SECONDS, strict=True) if n) if match else 0
    if total == 0:
        raise ValueError(f"expected a duration such as 30s, 5m, 1h or 30d, found '{duration}'")
    if total > LONGEST:
        raise ValueError(f"expected a duration of 292 years at most, found '{duration}', which is out of range")
    return total


def duration(total: int) -> str:
    """Return seconds as a Prometheus duration of one unit: the largest that divides them."""
    size, unit = next(each for each in zip(_SECONDS, "wdhms", strict=True) if total % each[0] == 0)
    return f"{total // size}{unit}"


def is_duration(text: str) -> bool:
    """Return whether a text is a duration of the catalog; PromQL knows some that are none: `1y`, `500ms`."""
    try:
        return seconds(text) > 0
    except ValueError:
        return False


def _is_duration(value: str) -> str:
    seconds(value)
    return value


def _checked_placeholders(value: str) -> str:
    unknown = sorted(set(_PLACEHOLDER.findall(value)) - PLACEHOLDERS)
    if unknown:
        raise ValueError(f"expected no placeholders but {sorted(PLACEHOLDERS)}, found {unknown}")
    return value


Placed = Annotated[str, AfterValidator(_checked_placeholders)]
Duration = Annotated[str, AfterValidator(_is_duration), Field(description="A duration: 30s, 5m, 1h, 30d.")]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=63)]
PascalName = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Za-z0-9]*$", max_length=80)]
# Flink's and ClickHouse's names have capitals.
MetricName = Annotated[str, StringConstraints(pattern=r"^[a-zA-Z][a-zA-Z0-9_]*$", max_length=120)]
TopicName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]*$", max_length=200)]
LabelName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
Text = Annotated[str, StringConstraints(min_length=3, strip_whitespace=True)]
LabelValue = Annotated[str, StringConstraints(pattern=r'^[^"\\\n]*$', max_length=200)]
Email = Annotated[str, StringConstraints(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$")]
# Far longer than any expression here; the parser overflows its stack at some thousand nested operators.
PromQL = Annotated[str, StringConstraints(min_length=1, max_length=2_000, strip_whitespace=True)]
# YAML has types of its own: a quoted figure or `yes` where a number belongs is a mistake.
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Count = Annotated[int, Field(strict=True)]
Flag = Annotated[bool, Field(strict=True)]
Priority = Literal["P0", "P1", "P2", "P3", "P4"]
EnvironmentName = Literal["local", "dev", "staging", "prod", "dr"]
StackLayer = Literal["foundation", "metrics", "logs", "traces", "cloud"]
"""The layers that an environment's stack may hold; each is a module of `stacks/`."""
PlannedLayer = Literal["analytics"]
"""Layers with entries in the catalog and no module yet: no stack may name one, and its entries compile to nothing."""
LayerName = Literal[StackLayer, PlannedLayer]
"""The layers that an entry of the catalog may belong to."""


class Bound(Entry):
    """A limit on one side: exactly one of ``above``, ``below``, ``equals``, in the unit of what it limits."""

    KEYS: ClassVar[tuple[str, ...]] = ("above", "below", "equals")

    above: Number | None = None
    below: Number | None = None
    equals: Number | None = None

    @model_validator(mode="after")
    def check(self) -> Self:
        """Refuse a bound with no side or with two."""
        given = [key for key in self.KEYS if getattr(self, key) is not None]
        if len(given) != 1:
            raise ValueError(f"expected exactly one of {', '.join(self.KEYS)}; found {sorted(given) or 'none'}")
        return self

    def sides(self) -> dict[str, float]:
        """Return the sides that are set, by name."""
        named = {"above": self.above, "below": self.below, "equals": self.equals}
        return {side: value for side, value in named.items() if value is not None}

    def limits(self) -> tuple[tuple[str, float], ...]:
        """Return the PromQL comparisons of which one is true when the bound is broken, each with its limit."""
        operators = {"above": ">", "below": "<", "equals": "=="}
        return tuple((operators[side], value) for side, value in self.sides().items())

    @property
    def operator(self) -> str:
        """The PromQL comparison that is true when the bound is broken."""
        return self.limits()[0][0]

    @property
    def value(self) -> float:
        """The limit, in the unit of what it limits."""
        return self.limits()[0][1]
