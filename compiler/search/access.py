"""Access to the OpenSearch domain: its roles, and the IAM roles that are mapped to them."""

from collections.abc import Mapping

from compiler.traces.storage import PREFIX

_ALL = ["logs-*", "restricted-*"]
_TRACES = [f"{PREFIX}-jaeger-*"]
# Neither update nor delete: writing a document again under its id is an index action too.
_WRITE = ["indices:admin/create", "indices:admin/auto_create", "indices:data/write/index", "indices:data/write/bulk*"]
_WRITE_MANY = ["indices:data/write/bulk"]
# What Dashboards and Grafana ask on behalf of who reads: mget, msearch, aliases, scrolls.
_READ_MANY = ["cluster_composite_ops_ro"]
# Health, what nodes say of themselves, and which snapshots there are: for the exporter, and for who is on call.
_HEALTH = ["cluster_monitor", "cluster:admin/repository/get", "cluster:admin/snapshot/get"]


def roles() -> dict[str, dict[str, object]]:
    """Return the roles by name.

    Names of actions and groups: opensearch-project/security, `static_action_groups.yml`.
    """
    return {
        "log_writer": _role(_WRITE_MANY, _ALL, _WRITE),
        # Jaeger writes spans and finds them again; it sees no line.
        "trace_keeper": _role([*_WRITE_MANY, *_READ_MANY], _TRACES, [*_WRITE, "read"]),
        "log_reader": {
            **_role([*_READ_MANY, *_HEALTH], ["logs-*"], ["read"]),
            # Saved searches and index patterns: to use, not to change.
            "tenant_permissions": [{"tenant_patterns": ["global_tenant"], "allowed_actions": ["kibana_all_read"]}],
        },
        "security_reader": _role(_READ_MANY, ["restricted-*"], ["read"]),
        "health_reader": {**_role(_HEALTH, [], []), "index_permissions": []},
    }


def _role(cluster: list[str], patterns: list[str], actions: list[str]) -> dict[str, object]:
    return {
        "cluster_permissions": cluster,
        "index_permissions": [{"index_patterns": patterns, "allowed_actions": actions}],
        "tenant_permissions": [],
    }


def role_mappings() -> Mapping[str, dict[str, object]]:
    """Return the IAM roles mapped to each role; the stack fills in the names between `${` and `}`.

    `opensearch_dashboards_user` comes with the domain: without it Dashboards cannot be opened.
    """
    return {
        "log_writer": _mapping("${writer_role}"),
        "trace_keeper": _mapping("${tracer_role}"),
        "log_reader": _mapping("${reader_role}", "${security_role}"),
        "security_reader": _mapping("${security_role}"),
        "health_reader": _mapping("${exporter_role}"),
        "opensearch_dashboards_user": _mapping("${reader_role}", "${security_role}"),
    }


def _mapping(*arns: str) -> dict[str, object]:
    return {"backend_roles": list(arns), "hosts": [], "users": []}
