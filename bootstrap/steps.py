"""The steps in order: the key and its replica, both buckets, the replication, the service-linked role."""

from __future__ import annotations

from dataclasses import dataclass

from bootstrap.account import Account
from bootstrap.bucket import Bucket, ensure_bucket
from bootstrap.key import ALIAS, ensure_key
from bootstrap.replication import ensure_replication
from bootstrap.roles import ensure_service_role
from compiler.errors import UserError


@dataclass(frozen=True)
class Place:
    """The regions of the state and of its copy."""

    region: str
    replica_region: str


@dataclass(frozen=True)
class Done:
    """The state's bucket, the key's alias, and one line for each change."""

    bucket: str
    alias: str
    changes: list[str]


def bootstrap(account: Account, place: Place) -> Done:
    """Create what is missing and correct what differs; change nothing else.

    Raises:
        UserError: when both regions are one, without credentials, or when AWS refuses.
    """
    if place.region == place.replica_region:
        raise UserError(f"--replica-region: expected another region than {place.region}, found the same")
    keys = ensure_key(account, place.region, place.replica_region)
    source, copy = (
        Bucket(f"observability-state-{account.id}-{region}", region, keys[region])
        for region in (place.region, place.replica_region)
    )
    for bucket in (source, copy):
        ensure_bucket(account, bucket)
    ensure_replication(account, source, copy)
    ensure_service_role(account, place.region)
    return Done(source.name, ALIAS, account.changes)
