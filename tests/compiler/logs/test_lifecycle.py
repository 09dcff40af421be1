"""Index-state policies: by the retention table, never before the last line, never two on one index."""

from dataclasses import replace
from fnmatch import fnmatch
from typing import Any

import pytest

from compiler.catalog.catalog import Catalog
from compiler.logs.lifecycle import ism_policies, snapshot_policy, snapshot_repository
from compiler.logs.streams import all_streams


@pytest.fixture(scope="module")
def policies(catalog: Catalog) -> dict[str, Any]:
    return dict(ism_policies(catalog))


def states(policy: dict[str, Any]) -> dict[str, Any]:
    return {state["name"]: state for state in policy["policy"]["states"]}


def ages(policy: dict[str, Any]) -> list[int]:
    moves = [move for state in states(policy).values() for move in state["transitions"]]
    return [int(move["conditions"]["min_index_age"].removesuffix("d")) for move in moves]


def kept_for(catalog: Catalog, days: int) -> Catalog:
    classes = catalog.retention.classes
    changed = {**classes, "shop": classes["shop"].model_copy(update={"hot_days": days})}
    return replace(catalog, retention=catalog.retention.model_copy(update={"classes": changed}))


def test_each_index_has_the_policy_of_its_class(catalog: Catalog, policies: dict[str, Any]) -> None:
    for stream in all_streams(catalog):
        today = f"{stream.index}-2026.11.22"
        fitting = [
            name
            for name, each in policies.items()
            if any(fnmatch(today, one) for one in each["policy"]["ism_template"][0]["index_patterns"])
        ]
        assert fitting == [stream.declared.retention]


def test_policies_lead_from_their_first_state_to_deletion(policies: dict[str, Any]) -> None:
    for policy in policies.values():
        found, name, path = states(policy), policy["policy"]["default_state"], list[str]()
        while True:
            path.append(name)
            moves = found[name]["transitions"]
            if not moves:
                break
            (name,) = (move["state_name"] for move in moves)
        assert path == ["hot", "settled", "delete"]
        assert list(found["delete"]["actions"][0]) == ["retry", "delete"]
        assert ages(policy) == sorted(ages(policy))


def test_nothing_is_read_only_while_lines_may_still_come(catalog: Catalog, policies: dict[str, Any]) -> None:
    kept_hours = catalog.log_schema.shipping.raw_hours
    for policy in policies.values():
        settled_after, _ = ages(policy)
        # The day that the index fills, and what Kafka keeps of it: a quarter longer, by its segments.
        assert settled_after * 24 >= 24 + kept_hours * 1.25
        actions = [
            next(key for key in each if key not in ("retry", "timeout"))
            for each in states(policy)["settled"]["actions"]
        ]
        assert actions == ["read_only", "force_merge"]


def test_what_is_kept_for_less_than_it_takes_to_settle_is_deleted_at_its_time(catalog: Catalog) -> None:
    policy: Any = ism_policies(kept_for(catalog, 1))["shop"]
    assert list(states(policy)) == ["hot", "delete"]
    assert ages(policy) == [2]


def test_snapshots_hold_no_restricted_line_and_do_not_outlive_the_next(catalog: Catalog) -> None:
    policy: Any = snapshot_policy()
    pattern = policy["snapshot_config"]["indices"]
    for stream in all_streams(catalog):
        assert fnmatch(f"{stream.index}-2026.11.22", pattern) is not stream.declared.restricted
    assert policy["deletion"]["condition"] == {"max_age": "1d", "min_count": 1}


def test_snapshots_lie_in_the_archive_under_the_buckets_own_key() -> None:
    settings: Any = snapshot_repository("eu-west-1")["settings"]
    assert settings == {
        "bucket": "${archive_bucket}",
        "base_path": "snapshots",
        "region": "eu-west-1",
        "role_arn": "${snapshot_role}",
    }
