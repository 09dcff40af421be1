"""Redaction of spans in agents and gateways, by the rules that hold for log lines.

Attributes are allow-listed: those that the workload's `traces.yaml` declares, and OpenTelemetry's own that cannot be a
person's. The catalog refuses a declared attribute that the log rules forbid, so nothing forbidden is on the list. In
what stays, patterns are masked as in log lines. Collectors have no keyed hash: ids go, and the trace id leads to the
log line that has their hash.
"""

import re
from collections.abc import Iterable

from compiler.catalog.catalog import Catalog, Watched
from compiler.traces.parts import NAMESPACE, Config, literal, text

_NAME, _STATUS, _EVENT = "observability.name", "observability.status", "observability.event"
"""Temporary attributes for text that is none, while attributes are masked: undeclared names, and those of events."""

# Source: OpenTelemetry semantic conventions 1.37, stable ones. Full URLs, paths, queries, user agents, addresses of
# clients and statements of databases are left out: they hold what people typed, or who they are.
STANDARD = (
    "db.collection.name",
    "db.namespace",
    "db.operation.name",
    "db.system",
    "db.system.name",
    "error.type",
    "http.request.method",
    "http.request.resend_count",
    "http.response.status_code",
    "http.route",
    "messaging.destination.name",
    "messaging.operation.type",
    "messaging.system",
    "network.protocol.name",
    "network.protocol.version",
    "rpc.grpc.status_code",
    "rpc.method",
    "rpc.service",
    "rpc.system",
    "server.port",
    "url.scheme",
)
EVENT = ("exception.escaped", "exception.message", "exception.stacktrace", "exception.type")
RESOURCE = (
    "cloud.availability_zone",
    "cloud.region",
    "deployment.environment.name",
    "k8s.daemonset.name",
    "k8s.deployment.name",
    "k8s.job.name",
    "k8s.namespace.name",
    "k8s.node.name",
    "k8s.pod.name",
    "k8s.statefulset.name",
    "process.runtime.name",
    "process.runtime.version",
    "service.instance.id",
    "service.name",
    "service.namespace",
    "service.version",
    "telemetry.sdk.language",
    "telemetry.sdk.name",
    "telemetry.sdk.version",
)

_UNDECLARED = f"span.attributes[{text(_NAME)}]"
_SHORT = "^[A-Za-z0-9_-]{0,12}$"
"""A word too short for any pattern: most values are, and are not searched any further."""
_ESCAPED = r"[^\s]*%[0-9A-Fa-f]{2}[^\s]*"
"""A word with URL escapes in it may hide anything: log lines are decoded, collectors cannot."""
_OBJECT = r"(?s)\{.*"
"""An object, or JSON in text: its keys are not looked at one by one, so all of it goes."""
_CARD = r"(?:^|[^0-9.])[0-9](?:[ +-]?[0-9]){12,18}\b"
"""A card's number, however it is grouped. No checksum is computed: other long numbers go too, fractions do not."""
_VALUE = r"""(?:\\*"[^"]*"?|'[^']*'?|[^\s,;&)}\]"']+)"""


def processors(catalog: Catalog) -> Config:
    """Return the processors that remove and mask, by name, in the order in which they run."""
    return {
        "transform/allowed": {"error_mode": "propagate", "trace_statements": _allowed(catalog)},
        "redaction": {
            "allow_all_keys": True,
            "redact_all_types": True,
            "allowed_values": [literal(_SHORT)],
            "blocked_values": [literal(expression) for expression in blocked(catalog)],
            "summary": "silent",
        },
        "transform/masked": {"error_mode": "propagate", "trace_statements": _back()},
    }


def blocked(catalog: Catalog) -> list[str]:
    """Return the patterns that are masked anywhere in a value, as RE2, in their order."""
    declared = [pattern.expression for pattern in catalog.log_schema.patterns if pattern.check is None]
    return [_ESCAPED, _OBJECT, *declared, _assigned(catalog), _CARD]


def _assigned(catalog: Catalog) -> str:
    """Return the pattern of a forbidden key and its value in text: `user_id=17`, `"Api-Key": "abc"`."""
    treated = (name for name, field in catalog.log_schema.record.items() if field.treat != "keep")
    keys = {*catalog.log_schema.forbidden, *(name.replace("_", "") for name in treated)}
    longest_first = sorted(keys, key=lambda key: (-len(key), key))
    words = "|".join(("" if key.startswith("*") else r"\b") + "[-_. ]?".join(key.lstrip("*")) for key in longest_first)
    return rf"""(?i)(?:{words})["'\\]*[ \t+]*[:=]>?[ \t+]*{_VALUE}"""


def allowed(watched: Watched) -> list[str]:
    """Return the attributes that a workload's spans may have."""
    return sorted({*STANDARD, *(name for span in watched.traces.spans for name in span.attributes)})


def declared_names(watched: Watched) -> str:
    """Return the expression of the declared span names of a workload, and of its routes."""
    spans = watched.traces.spans
    exactly = {span.name for span in spans} | {span.route for span in spans if span.route}
    return f"^(?:{'|'.join(map(_quoted, sorted(exactly)))})$"


def _quoted(name: str) -> str:
    """Quote text for RE2, which has no escape for a space, unlike what Python's own function writes."""
    return re.sub(r"([.^$*+?{}\[\]|()\\])", r"\\\1", name)


def _allowed(catalog: Catalog) -> list[object]:
    known = [watched for watched in catalog if watched.traces.spans]
    namespace = f"resource.attributes[{text(NAMESPACE)}]"
    kept = [
        f"keep_keys(span.attributes, {_listed(allowed(watched))}) where {namespace} == {text(watched.name)}"
        for watched in known
    ]
    names = [
        f"set({_UNDECLARED}, span.name) where {namespace} == {text(watched.name)} "
        f"and not IsMatch(span.name, {text(declared_names(watched))})"
        for watched in known
    ]
    others = " and ".join(f"{namespace} != {text(watched.name)}" for watched in known)
    return [
        {"statements": [f"keep_keys(resource.attributes, {_listed(RESOURCE)})"]},
        {"statements": ["keep_keys(scope.attributes, [])"]},
        {
            "statements": [
                *kept,
                f"keep_keys(span.attributes, {_listed(STANDARD)}) where {others}",
                *names,
                f"set({_UNDECLARED}, span.name) where {others}",
                'set(span.trace_state, "") where span.trace_state != ""',
                f'set(span.attributes[{text(_STATUS)}], span.status.message) where span.status.message != ""',
                'set(span.status.message, "") where span.status.message != ""',
            ]
        },
        {
            "statements": [
                f"keep_keys(spanevent.attributes, {_listed(EVENT)})",
                f'set(spanevent.attributes[{text(_EVENT)}], spanevent.name) where spanevent.name != "exception"',
            ]
        },
    ]


def _back() -> list[object]:
    """Return the statements that put masked text back into its attribute."""
    moved = [
        ("span", _STATUS, "span.status.message"),
        ("span", _NAME, "span.name"),
        ("spanevent", _EVENT, "spanevent.name"),
    ]
    return [
        {
            "statements": [
                f"set({place}, {at}) where {at} != nil",
                f"delete_key({owner}.attributes, {text(key)}) where {at} != nil",
            ]
        }
        for owner, key, place in moved
        for at in [f"{owner}.attributes[{text(key)}]"]
    ]


def _listed(names: Iterable[str]) -> str:
    return f"[{', '.join(map(text, names))}]"
