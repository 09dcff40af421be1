"""Series that a workload records for itself: baselines, and other values too slow or too long to compute each time."""

from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from compiler.model.base import Duration, Entry, LabelName, PromQL, Slug, Text, seconds

LONGEST_INTERVAL = 240
"""Seconds; Prometheus forgets a sample after five minutes, so that a slower rule would leave gaps."""


def _is_without_gaps(interval: str) -> str:
    if seconds(interval) > LONGEST_INTERVAL:
        raise ValueError(f"expected at most {LONGEST_INTERVAL}s, or the series has gaps; found '{interval}'")
    return interval


RecordedName = Annotated[
    str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*:[a-z][a-z0-9_]*:[a-z][a-z0-9_]*$", max_length=120)
]
RecordingInterval = Annotated[Duration, AfterValidator(_is_without_gaps)]


class Recording(Entry):
    """One recorded series: what it holds of which labels, and how often it is brought up to date."""

    name: RecordedName = Field(description="What it is of, what is measured, how: task:runs:increase1h.")
    value: PromQL = Field(description="May read metrics, and recordings that stand above this one.")
    labels: tuple[LabelName, ...] = Field(default=(), description="The labels that the value keeps, and no others.")
    unit: Slug
    interval: RecordingInterval = Field(
        default="30s", description="How often it is computed: at most 4m; a long window needs it less often."
    )
    help: Text


class RecordingsFile(Entry):
    """The file `recordings.yaml` in a workload's folder."""

    recordings: tuple[Recording, ...]
