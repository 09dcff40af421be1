"""The one log record, and what each workload sends: the files `log-schema.yaml` and `logs.yaml`."""

import re
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from compiler.model.base import Count, Entry, Flag, Number, Slug, Text
from compiler.model.cloud import LogGroup, LogQuery, MetricFilter

FieldName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$", max_length=120)]
"""A name in a line; a dot stands between an object and what is in it."""
AliasName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_@][\w-]*(\.[A-Za-z_@][\w-]*)*$", max_length=120)]
KeyName = Annotated[str, StringConstraints(pattern=r"^\*?[a-z0-9]{2,60}$")]
"""A key in lower case without `-`, `_`, `.` and spaces; a star in front stands for any beginning."""
Level = Literal["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"]
Category = Literal["business", "performance", "security", "infrastructure", "ml"]
FieldType = Literal[
    "timestamp", "level", "id", "string", "text", "number", "integer", "boolean", "ip", "object", "array"
]
_NOT_EVERYWHERE = re.compile(r"\(\?(?!:|i\))|(?<!\\)\\[1-9]|[*+?}]\+|\\[wWsSdDpPkKzZG]")
"""What Java, Python and RE2 do not all have, or do not all take for the same."""


class LogField(Entry):
    """A field of a line: its type, and its treatment."""

    type: FieldType = Field(description="`id`: a string or an integer. `text`: free text, which a stream may drop.")
    required: Flag = False
    treat: Literal["keep", "hash", "geo", "drop"] = "keep"
    into: FieldName | None = Field(default=None, description="The name of the keyed hash.")
    domain: Slug | None = Field(default=None, description="The kind of id: equal ids of two kinds hash differently.")
    hex: Literal[16, 32] | None = Field(default=None, description="Digits of an id that comes as an integer.")
    items: Literal["string", "number", "integer", "boolean"] | None = Field(default=None, description="Of an array.")
    note: Text | None = None

    @model_validator(mode="after")
    def check(self) -> Self:
        """Refuse a treatment that does not go with the type, or lacks what it needs."""
        hashed = self.treat == "hash"
        if hashed != (self.into is not None and self.domain is not None) or (not hashed and (self.into or self.domain)):
            raise ValueError("treat: expected both into and domain with hash, and neither without")
        if hashed and self.type not in ("id", "string"):
            raise ValueError(f"treat: only an id or a string can be hashed, found {self.type}")
        if self.treat == "geo" and self.type != "ip":
            raise ValueError(f"treat: only an ip has a place, found {self.type}")
        if self.hex and self.type != "id":
            raise ValueError(f"hex: only an id may come as an integer, found {self.type}")
        if (self.items is not None) != (self.type == "array"):
            raise ValueError(f"items: expected with an array, and nowhere else; found {self.type}")
        return self


class Pattern(Entry):
    """A pattern that is masked anywhere in a string."""

    name: Slug
    expression: str = Field(min_length=3, max_length=600, description="For Java, Python and RE2 alike.")
    replacement: str = Field(pattern=r"^[^$\\]*\[[a-z -]+\][^$\\]*$", description="Put in its place, as it stands.")
    check: Literal["luhn"] | None = Field(default=None, description="What the job checks besides.")

    @model_validator(mode="after")
    def common(self) -> Self:
        """Refuse an expression that is none, or that the three languages take differently."""
        try:
            re.compile(self.expression)
        except re.error as error:
            raise ValueError(f"expression: expected a regular expression: {error}") from None
        special = _NOT_EVERYWHERE.search(self.expression)
        if special or self.expression.find("(?i)", 1) >= 0:
            found = special.group() if special else "(?i) past the beginning"
            raise ValueError(f"expression: expected what Java, Python and RE2 share, found '{found}'")
        return self


class Limits(Entry):
    """The limits of a line; a larger one goes to the dead letters."""

    line_bytes: Count = Field(ge=1_000)
    depth: Count = Field(ge=1, le=100)
    fields: Count = Field(ge=10)
    string_chars: Count = Field(ge=100, description="Longer strings are cut.")
    future_seconds: Count = Field(ge=0, description="How far ahead a clock may be.")
    prefix_chars: Count = Field(ge=0, le=1_000, description="Of a dead letter, redacted.")


class Shipping(Entry):
    """Figures of the transport: with the declared rates they give partitions, limits and volumes."""

    elsewhere_percent: Count = Field(ge=1, le=100, description="Of production's rates, outside of prod and dr.")
    peak_factor: Number = Field(ge=1, description="What the busiest minutes have of the mean rate.")
    partition_lines_per_second: Count = Field(ge=1)
    least_partitions: Count = Field(ge=1)
    raw_hours: Count = Field(ge=1, description="How long a raw topic keeps its lines: they are not redacted yet.")
    dead_letter_days: Count = Field(ge=1)
    dead_letter_percent: Number = Field(gt=0, le=100, description="Of all lines, planned for.")
    dead_letter_bytes: Count = Field(ge=100)
    compression: Number = Field(ge=1, description="Of JSON lines by lz4.")
    full_percent: Count = Field(ge=10, le=90, description="How full volumes may get by this plan.")


class Searching(Entry):
    """Figures of daily indices: with the declared rates they give the shards."""

    indexed_percent: Number = Field(ge=1, description="Of the lines' own bytes, that an index takes for one copy.")
    shard_gib: Count = Field(ge=1, description="What a shard may hold of a day.")


class LogSchema(Entry):
    """The file `log-schema.yaml`: the record that all workloads share."""

    limits: Limits
    levels: dict[str, Level] = Field(min_length=6, description="Every workload's own names, in upper case.")
    categories: dict[Category, Text] = Field(min_length=5)
    record: dict[FieldName, LogField] = Field(min_length=3)
    forbidden: dict[KeyName, Text] = Field(min_length=1, description="Keys removed everywhere, each with the reason.")
    patterns: tuple[Pattern, ...] = Field(min_length=1, description="Applied in this order.")
    shipping: Shipping
    searching: Searching


class DoNotLog(Entry):
    """What a document forbids to log, in its words, and the keys under which it is found."""

    what: Text
    keys: tuple[KeyName, ...] = ()
    hashed: tuple[FieldName, ...] = Field(default=(), description="Kept as a keyed hash.")
    dropped: tuple[FieldName, ...] = Field(default=(), description="Fields that are known, and not kept.")
    note: Text | None = None

    @model_validator(mode="after")
    def check(self) -> Self:
        """Refuse a row that nothing carries out."""
        if not (self.keys or self.hashed or self.dropped or self.note):
            raise ValueError("expected keys, hashed, dropped or a note on what keeps it out")
        return self


class LogRate(Entry):
    """A stream's volume in production, over a day."""

    lines_per_second: Number = Field(gt=0)
    mean_bytes: Count = Field(ge=50)
    source: Text


class LogStream(Entry):
    """Lines of one kind: one topic, one retention."""

    name: Slug
    help: Text
    retention: Slug = Field(description="A class of `retention.yaml`.")
    services: dict[Slug, Slug] = Field(min_length=1, description="What lines call themselves: the workload's service.")
    default_service: Slug | None = Field(default=None, description="Of lines whose format has no service.")
    by: Literal["agent", "http"] = Field(default="agent", description="Fluent Bit on each node, or the collector.")
    restricted: Flag = Field(default=False, description="Read by the security role alone, in an index of its own.")
    text: Literal["mask", "drop"] = "mask"
    fields: dict[FieldName, LogField] = Field(default={})
    aliases: dict[AliasName, FieldName] = Field(default={}, description="Other names; the field's own wins.")
    do_not_log: tuple[DoNotLog, ...] = ()
    category: Category
    categories: dict[str, Category] = Field(default={}, description="By event.")
    rate: LogRate
    former_indices: tuple[Slug, ...] = Field(
        default=(), description="What its indices were called before: the pattern `<name>-*` goes on finding its lines."
    )


class LogSearch(Entry):
    """A saved search of OpenSearch Dashboards."""

    name: Slug
    title: Text
    query: Text = Field(description="In Lucene's language, by the fields' names in the one record.")
    columns: tuple[FieldName, ...] = Field(min_length=1, description="What is shown of each line, beside its time.")
    note: Text | None = None


class LogsFile(Entry):
    """The file `logs.yaml` in a workload's folder; fields, aliases and what is not logged hold for every stream."""

    groups: tuple[LogGroup, ...] = ()
    metric_filters: tuple[MetricFilter, ...] = ()
    queries: tuple[LogQuery, ...] = ()
    searches: tuple[LogSearch, ...] = ()
    fields: dict[FieldName, LogField] = Field(default={})
    aliases: dict[AliasName, FieldName] = Field(default={}, description="Other names; the field's own wins.")
    do_not_log: tuple[DoNotLog, ...] = ()
    streams: tuple[LogStream, ...] = ()
