"""The part of a stack's page on recorded series."""

from compiler.catalog.catalog import Catalog
from compiler.catalog.scope import scope_of
from compiler.site.html import Node, details, join, tag

SERIES_HEADS = ("Series", "What it is", "Labels", "Each", "Open")


def recordings(catalog: Catalog) -> list[list[Node]]:
    """Return a row for each recording, by workload and in the order of its file."""
    return [
        [
            join(tag("b", each.name), tag("small", watched.name)),
            join(each.help, tag("small", each.unit)),
            ", ".join(each.labels) or "none",
            each.interval,
            details("rule", tag("pre", scope_of(watched, catalog).apply(each.value))),
        ]
        for watched in catalog
        for each in watched.recordings
    ]
