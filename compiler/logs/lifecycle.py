"""Retention of searchable lines: index-state policies from the retention table, and the snapshots."""

from math import ceil

from compiler.catalog.catalog import Catalog
from compiler.logs.streams import all_streams

REPOSITORY = "archive"
"""The snapshot repository's name."""
SNAPSHOTS = "snapshots"
"""Where snapshots lie in the archive's bucket."""
SNAPSHOT_POLICY = "logs-daily"
FILLING_DAYS = 1
"""An index takes lines for a day: its last line is as old as its class says a day after its first."""
_HOURS = 24
_RETRY = {"count": 3, "backoff": "exponential", "delay": "10m"}


def ism_policies(catalog: Catalog) -> dict[str, dict[str, object]]:
    """Return an index-state policy for each retention class that has streams, by the class's name.

    Two classes of a workload that are searched for as long share its indices; the first by name has them.
    """
    patterns: dict[str, str] = {}
    for stream in sorted(all_streams(catalog), key=lambda each: each.declared.retention):
        patterns.setdefault(f"{stream.index}-*", stream.declared.retention)
    policies = {}
    for name in dict.fromkeys(patterns.values()):
        own = sorted(pattern for pattern, owner in patterns.items() if owner == name)
        hot_days = catalog.retention.classes[name].hot_days or 0
        policies[name] = policy(name, own, hot_days, _settled_days(catalog))
    return policies


def _settled_days(catalog: Catalog) -> int:
    """Return the days after which no line arrives any more.

    The job may still read what Kafka keeps of a day, a quarter longer by its segments: a line that comes late would be
    refused by an index that is read-only, and hold up all others.
    """
    kept = catalog.log_schema.shipping.raw_hours * 1.25
    return FILLING_DAYS + ceil(kept / _HOURS)


def policy(name: str, patterns: list[str], hot_days: int, settled_days: int) -> dict[str, object]:
    """Return the index-state policy of daily indices: rolled, merged into one segment a shard, deleted.

    Args:
        name: the retention class.
        patterns: of the indices' names.
        hot_days: how long what is in them is searched.
        settled_days: the age at which nothing comes any more.
    """
    gone = _after(hot_days + FILLING_DAYS, "delete")
    settled = {
        "name": "settled",
        "actions": [
            {"retry": _RETRY, "read_only": {}},
            {"retry": _RETRY, "timeout": "6h", "force_merge": {"max_num_segments": 1}},
        ],
        "transitions": [gone],
    }
    short = settled_days >= hot_days + FILLING_DAYS
    states = [
        {"name": "hot", "actions": [], "transitions": [gone if short else _after(settled_days, "settled")]},
        *([] if short else [settled]),
        {"name": "delete", "actions": [{"retry": _RETRY, "delete": {}}], "transitions": []},
    ]
    description = f"Retention class {name}: what is kept is searched for {hot_days} days"
    return {
        "policy": {
            "description": description,
            "default_state": "hot",
            "states": states,
            "ism_template": [{"index_patterns": patterns, "priority": 100}],
        }
    }


def _after(days: int, state: str) -> dict[str, object]:
    return {"state_name": state, "conditions": {"min_index_age": f"{days}d"}}


def snapshot_repository(region: str) -> dict[str, object]:
    """Return the repository in the archive's bucket; the names between `${` and `}` are the stack's to fill.

    `server_side_encryption` is left out: it asks for S3's own key (AES-256); the bucket's default is the platform's
    (source: OpenSearch Service developer guide, "Registering a manual snapshot repository").
    """
    return {
        "type": "s3",
        "settings": {
            "bucket": "${archive_bucket}",
            "base_path": SNAPSHOTS,
            "region": region,
            "role_arn": "${snapshot_role}",
        },
    }


def snapshot_policy() -> dict[str, object]:
    """Return the policy that takes a snapshot of all open indices each night, and deletes the one before.

    An index-state policy could take snapshots as well, and nothing would ever delete those before OpenSearch 3.2
    (source: opensearch-project/index-management, issue 867 and pull request 1452): lines would outlive their class.
    What is older than a snapshot lies in the archive anyway. Restricted indices are in none.
    """
    return {
        "description": "The searchable logs of every workload, for a domain that has to be made anew",
        "enabled": True,
        "snapshot_config": {
            "repository": REPOSITORY,
            "indices": "logs-*",
            "ignore_unavailable": True,
            "include_global_state": False,
            "partial": True,
        },
        "creation": {"schedule": _nightly(1), "time_limit": "6h"},
        "deletion": {
            "schedule": _nightly(8),
            "condition": {"max_age": "1d", "min_count": 1},
            "time_limit": "1h",
        },
    }


def _nightly(hour: int) -> dict[str, object]:
    return {"cron": {"expression": f"30 {hour} * * *", "timezone": "UTC"}}
