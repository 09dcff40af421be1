"""The success criteria of the platform: what it measures about itself, against which targets."""

from pydantic import Field

from compiler.model.base import Bound, Entry, LayerName, PromQL, Slug, Text


class CriticalPath(Entry):
    """A way of requests through a workload, on which each request leaves spans."""

    workload: Slug
    name: Slug
    requests: PromQL = Field(description="The selector of a counter of the requests that take it.")
    spans: dict[Slug, PromQL] = Field(
        min_length=1, description="Selectors of counters of spans before sampling, of which each request leaves one."
    )


class Criterion(Entry):
    """One criterion: its value, and the bound that is broken where the target is missed."""

    name: Slug
    title: Text
    asked: Text = Field(description="The document's own words.")
    unit: Slug
    bound: Bound
    why_bound: Text | None = Field(default=None, description="Why the bound is not the document's figure, where so.")
    value: PromQL = Field(description="One number, of metrics and recordings of the platform.")
    layer: LayerName | None = Field(default=None, description="The layer without which it cannot be measured.")
    measures: Text
    limits: Text = Field(description="What the figure does not see.")


class Criteria(Entry):
    """The file `criteria.yaml`."""

    source: Text
    critical_paths: tuple[CriticalPath, ...] = ()
    criteria: tuple[Criterion, ...] = ()
