"""Mark and count spans that do not conform to the catalog, with the reason.

Three reasons: `workload`, where no workload of the catalog sends it; `name`, where its name is neither declared nor of
the workload's convention; `attribute`, where a declared span lacks what each such span has. A span that failed is not
asked for its attributes: it may have failed before it knew them.
"""

from compiler.catalog.catalog import Catalog, Watched
from compiler.traces.parts import NAMESPACE, WORKLOAD, Config, text
from compiler.traces.redaction import declared_names

MARK = "observability.nonconforming"
"""The attribute that says why; it is stored, so that such spans can be searched for."""
UNKNOWN = "unknown"
"""The workload of spans that no workload of the catalog sends."""
_WORKLOAD = f"resource.attributes[{text(WORKLOAD)}]"
_MARK = f"span.attributes[{text(MARK)}]"


def sampled(catalog: Catalog) -> list[Watched]:
    """Return the workloads whose traces the gateways sample; those of others do not pass through them."""
    return [watched for watched in catalog if watched.traces.sampling and watched.traces.xray is None]


def processor(catalog: Catalog) -> Config:
    """Return the processor that sets a span's workload, and the mark where it does not conform."""
    known = sampled(catalog)
    namespace = f"resource.attributes[{text(NAMESPACE)}]"
    others = " and ".join(f"{namespace} != {text(watched.name)}" for watched in known)
    marks = [statement for watched in known for statement in _marks(watched)]
    return {
        "error_mode": "propagate",
        "trace_statements": [
            {
                "statements": [
                    f"set({_WORKLOAD}, {namespace})",
                    f"set({_WORKLOAD}, {text(UNKNOWN)}) where {others}",
                ]
            },
            {
                "statements": [
                    f'set({_MARK}, "workload") where {_WORKLOAD} == {text(UNKNOWN)}',
                    *marks,
                ]
            },
        ],
    }


def right_names(watched: Watched) -> str:
    """Return the expression of the valid span names of a workload: declared, of a route, of its convention."""
    pattern = watched.traces.naming.pattern if watched.traces.naming else ""
    return "|".join(part for part in (declared_names(watched), pattern) if part)


def _marks(watched: Watched) -> list[str]:
    condition = f"{_WORKLOAD} == {text(watched.name)}"
    names = f'set({_MARK}, "name") where {condition} and not IsMatch(span.name, {text(right_names(watched))})'
    return [
        names,
        *(_attributes(condition, span.name, span.attributes) for span in watched.traces.spans if span.attributes),
    ]


def _attributes(condition: str, name: str, attributes: tuple[str, ...]) -> str:
    lacks = " or ".join(f"span.attributes[{text(attribute)}] == nil" for attribute in attributes)
    declared = f"{condition} and span.name == {text(name)} and span.status.code != STATUS_CODE_ERROR"
    return f'set({_MARK}, "attribute") where {declared} and ({lacks})'
