"""The requests that set the OpenSearch domain up, in their order."""

from collections.abc import Iterator

from compiler.catalog.catalog import Catalog
from compiler.logs.lifecycle import REPOSITORY, SNAPSHOT_POLICY, ism_policies, snapshot_policy, snapshot_repository
from compiler.logs.saved import saved_objects
from compiler.logs.templates import index_templates
from compiler.search.access import role_mappings, roles
from compiler.target import Target
from compiler.text import to_json
from compiler.traces.storage import CLASS, trace_policy, trace_templates

PLACEHOLDERS = frozenset(
    {"archive_bucket", "snapshot_role", "writer_role", "reader_role", "security_role", "exporter_role", "tracer_role"}
)
"""What only the stack knows: `${name}` stands for it in the documents."""
_SECURITY = "/_plugins/_security/api"


def documents(catalog: Catalog, target: Target) -> list[dict[str, object]]:
    """Return the requests that set the domain up: templates and policies before the first line can come.

    Each is `{"method", "path", "body"}`, with `headers` where Dashboards wants some. `versioned` ones are refused
    unless they name the version that is there; `create` is the method where there is none yet. Only what holds
    placeholders has a bare `$`: elsewhere it is written twice, as `string.Template` reads it.
    """
    return [
        *(_put(f"{_SECURITY}/roles/{name}", body) for name, body in roles().items()),
        *(_put(f"{_SECURITY}/rolesmapping/{name}", body) for name, body in role_mappings().items()),
        _put(f"/_snapshot/{REPOSITORY}", snapshot_repository(target.region)),
        *_policies(catalog),
        *(_put(f"/_index_template/{name}", _literal(body)) for name, body in _templates(catalog, target).items()),
        {
            "method": "POST",
            "path": "/_dashboards/api/saved_objects/_bulk_create?overwrite=true",
            # Dashboards requires this header against cross-site requests; the tenant is the one that all share.
            "headers": {"osd-xsrf": "true", "securitytenant": "global"},
            "body": _literal(saved_objects(catalog)),
        },
    ]


def _templates(catalog: Catalog, target: Target) -> dict[str, dict[str, object]]:
    return {**index_templates(catalog, target), **trace_templates()}


def _states(catalog: Catalog) -> dict[str, dict[str, object]]:
    return {**ism_policies(catalog), CLASS: trace_policy(catalog)}


def _put(path: str, body: object) -> dict[str, object]:
    return {"method": "PUT", "path": path, "body": body}


def _policies(catalog: Catalog) -> Iterator[dict[str, object]]:
    for name, body in _states(catalog).items():
        yield {**_put(f"/_plugins/_ism/policies/{name}", _literal(body)), "versioned": True}
    # Unlike the others, these are made by POST and only changed by PUT.
    path = f"/_plugins/_sm/policies/{SNAPSHOT_POLICY}"
    yield {**_put(path, _literal(snapshot_policy())), "versioned": True, "create": "POST"}


def _literal(body: object) -> object:
    if isinstance(body, str):
        return body.replace("$", "$$")
    if isinstance(body, dict):
        return {_literal(key): _literal(value) for key, value in body.items()}
    return [_literal(each) for each in body] if isinstance(body, list | tuple) else body


def search_artefacts(catalog: Catalog, target: Target) -> Iterator[tuple[str, str]]:
    """Yield the same requests by path, formatted for readers."""
    saved: dict[str, dict[str, object]] = {"index-pattern": {}, "search": {}}
    for each in saved_objects(catalog):
        saved[str(each["type"])][str(each["id"])] = each
    folders: dict[str, dict[str, object]] = {
        "index-templates": dict(_templates(catalog, target)),
        "ism": dict(_states(catalog)),
        "roles": dict(roles()),
        "role-mappings": dict(role_mappings()),
        "snapshots": {"repository": snapshot_repository(target.region), "policy": snapshot_policy()},
        "index-patterns": saved["index-pattern"],
        "saved-queries": saved["search"],
    }
    for folder, bodies in folders.items():
        for name, body in bodies.items():
            yield f"opensearch/{folder}/{name}.json", to_json(body)
