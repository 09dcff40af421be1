"""A stream with what the catalog says of it elsewhere: its workload's fields, its names, its retention."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from compiler import conventions as names
from compiler.catalog.catalog import Catalog, Watched
from compiler.model.logs import DoNotLog, LogField, LogStream
from compiler.model.platform import RetentionClass


@dataclass(frozen=True)
class Stream:
    """One stream of one workload.

    Attributes:
        workload: whose.
        declared: as the catalog says it.
        fields: the workload's and its own, by name; the shared record's are not among them.
        aliases: other names, each with the one that it stands for.
        do_not_log: the rows that hold for it.
        retention: its retention class.
    """

    workload: str
    declared: LogStream
    fields: Mapping[str, LogField]
    aliases: Mapping[str, str]
    do_not_log: tuple[DoNotLog, ...]
    retention: RetentionClass

    @property
    def name(self) -> str:
        """Its name in the whole platform."""
        return names.log_stream(self.workload, self.declared.name)

    @property
    def topic(self) -> str:
        """The topic of its raw lines."""
        return names.log_topic(self.workload, self.declared.name)

    @property
    def hot_days(self) -> int:
        """Days for which it can be searched (the catalog is validated: its class says so)."""
        return self.retention.hot_days or 0

    @property
    def index(self) -> str:
        """What the names of its daily indices begin with."""
        declared = self.declared
        return names.log_index(self.workload, self.hot_days, declared.name if declared.restricted else None)

    @property
    def forbidden(self) -> list[str]:
        """The keys of its do-not-log rows, sorted."""
        return sorted({key for row in self.do_not_log for key in row.keys})

    def known(self, record: Mapping[str, LogField]) -> dict[str, LogField]:
        """Return every field that its lines may have, sorted by name; its own win over the shared record's."""
        return dict(sorted({**record, **self.fields}.items()))


def streams_of(watched: Watched, catalog: Catalog) -> Iterator[Stream]:
    """Yield a workload's streams, in the order of the catalog."""
    logs = watched.logs
    for declared in logs.streams:
        yield Stream(
            watched.name,
            declared,
            {**logs.fields, **declared.fields},
            {**logs.aliases, **declared.aliases},
            (*logs.do_not_log, *declared.do_not_log),
            catalog.retention.classes[declared.retention],
        )


def all_streams(catalog: Catalog) -> list[Stream]:
    """Return every workload's streams."""
    return [stream for watched in catalog for stream in streams_of(watched, catalog)]
