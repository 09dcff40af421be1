"""The file `traces.yaml`: a workload's spans, and the sampling of its traces."""

import re
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from compiler.model.base import Count, Entry, Flag, MetricName, Number, Placed, Slug, Text

SpanName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][\w./ {}-]*$", max_length=120)]
AttributeName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$", max_length=120)]
Milliseconds = Annotated[str, StringConstraints(pattern=r"^[1-9]\d*(ms|s)$")]
"""How long a trace lasts, from its first beginning to its last end: 200ms, 2s."""
Percent = Annotated[Number, Field(ge=0, le=100)]
Route = Annotated[str, StringConstraints(pattern=r"^(GET|POST|PUT|PATCH|DELETE) /[\w/{}.-]*$", max_length=200)]
_NOT_EVERYWHERE = re.compile(r"\(\?(?!:|i\))|(?<!\\)\\[1-9]|[*+?}]\+|\\[pPkKZG]")
"""What RE2, in which collectors read patterns, and Python do not both have."""


class Naming(Entry):
    """The convention of undeclared span names: spans that break it are counted, and an alert reports them."""

    pattern: str = Field(min_length=3, max_length=400, pattern=r"^\^.*\$$", description="Of whole names, for RE2.")
    binding: Flag = Field(
        default=False,
        description="Whether declared names have to match too, as where it is the workload's convention.",
    )
    why: Text

    @model_validator(mode="after")
    def check(self) -> Self:
        """Refuse an expression that is none, or that collectors would not take."""
        try:
            re.compile(self.pattern)
        except re.error as error:
            raise ValueError(f"pattern: expected a regular expression: {error}") from None
        special = _NOT_EVERYWHERE.search(self.pattern)
        if special:
            raise ValueError(f"pattern: expected what RE2 and Python share, found '{special.group()}'")
        return self

    def right(self, name: str) -> bool:
        """Return whether the pattern matches a whole name."""
        return re.search(self.pattern, name) is not None


class Span(Entry):
    """A step of a request that is worth seeing."""

    name: SpanName
    help: Text
    service: Slug = Field(description="What sends it: a name of `services` above.")
    parent: SpanName | None = Field(default=None, description="The span below which it stands; none for a root.")
    kind: Literal["internal", "server", "client", "producer", "consumer"] = "internal"
    route: Route | None = Field(
        default=None, description="Whose requests leave it: middleware names its own span of the request so."
    )
    attributes: tuple[AttributeName, ...] = Field(default=(), description="Each such span has all of them.")
    withheld: dict[AttributeName, Text] = Field(
        default={}, description="Attributes that a document's example sets and that are never stored, with the reason."
    )
    critical: Flag = Field(
        default=False, description="Whether every request of a critical path leaves it: see `criteria.yaml`."
    )
    note: Text | None = None


class When(Entry):
    """The condition of a sampling rule: all that is given must be true; an empty one holds where no other does."""

    error: Literal[True] | None = Field(default=None, description="A span of the trace failed.")
    longer_than: Milliseconds | None = Field(default=None, description="From the first beginning to the last end.")
    services: tuple[Slug, ...] = Field(default=(), description="A span of any of these is in the trace.")
    only_services: tuple[Slug, ...] = Field(default=(), description="All spans of the trace are of these.")
    spans: tuple[SpanName, ...] = Field(default=(), description="A span of any of these names is in the trace.")

    @property
    def milliseconds(self) -> int | None:
        """The duration over which the rule holds."""
        if self.longer_than is None:
            return None
        plain = self.longer_than.removesuffix("ms")
        return int(plain) if plain.isdigit() else 1_000 * int(plain.removesuffix("s"))

    @property
    def always(self) -> bool:
        """Whether nothing is asked for."""
        return self == When()


class Target(Entry):
    """A target of a metric: where a limit comes from."""

    metric: MetricName
    of: Text


class SamplingRule(Entry):
    """The share of some traces that is kept; of several rules that hold for a trace, the largest share counts."""

    name: Slug
    keep: Percent = Field(description="Percent of these traces, each kept or dropped as a whole.")
    when: When = When()
    decided: Literal["head", "tail"] = Field(
        description="By the first span's process, or by the gateways when the trace is complete."
    )
    why: Text = Field(description="Why it is decided there.")
    source: Text = Field(description="What asks for it; where no document does, why it was chosen.")
    limit_of: Target | None = Field(default=None, description="Whose target `longer_than` is.")

    @model_validator(mode="after")
    def check(self) -> Self:
        """Refuse a target without the limit that it explains."""
        if self.limit_of and self.when.longer_than is None:
            raise ValueError("limit_of: expected when.longer_than beside it, found none")
        return self


class Boost(Entry):
    """A share that X-Ray goes up to for a minute at most while requests fail or are slow."""

    percent: Percent
    cooldown_minutes: Count = Field(ge=1, description="One boost at most within that time.")


class XRay(Entry):
    """Settings of X-Ray besides the rules, for a workload whose traces go there."""

    prefix: Slug = Field(description="What the names of its services begin with; so begin its rules and groups.")
    segments: tuple[Placed, ...] = Field(default=(), description="What AWS itself calls parts of its traces.")
    reservoir: Count = Field(ge=0, description="Traces a second that are kept before the share is taken of the others.")
    boost: Boost | None = None
    captured: Count = Field(ge=0, description="Failed and slow spans a second that programs send outside of any share.")
    source: Text


class TracesFile(Entry):
    """The file `traces.yaml` in a workload's folder."""

    source: Text = "none"
    xray: XRay | None = Field(default=None, description="Where given, traces go to X-Ray, which decides at the head.")
    services: dict[Slug, Slug] = Field(
        default={},
        description="What sends spans, by the name in its resource (`service.name`): the workload's service.",
    )
    naming: Naming | None = Field(default=None, description="Without it only the declared names are right.")
    spans: tuple[Span, ...] = ()
    sampling: tuple[SamplingRule, ...] = ()

    @property
    def kept_by(self) -> Literal["head", "tail"]:
        """Where the workload's rules are decided."""
        return "head" if self.xray else "tail"
