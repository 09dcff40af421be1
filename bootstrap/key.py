"""The key of the secrets in the state: one key in two regions, so that the loss of one loses no secret."""

from __future__ import annotations

from bootstrap.account import Account, Client

ALIAS = "alias/observability-state"
_TAGS = [
    {"TagKey": key, "TagValue": value}
    for key, value in {"Project": "observability", "Workload": "platform", "Environment": "shared"}.items()
]


def ensure_key(account: Account, region: str, replica_region: str) -> dict[str, str]:
    """Create the multi-region key, its replica and their aliases; return each region's ARN."""
    here, there = account.client("kms", region), account.client("kms", replica_region)
    arn = _arn(account, here, ALIAS)
    if arn is None:
        created = account.call(
            lambda: here.create_key(Description="Secrets of Pulumi's state", MultiRegion=True, Tags=_TAGS)
        )
        arn = str(created["KeyMetadata"]["Arn"])
        account.changes.append(f"made the key {arn}")
        _alias(account, here, arn, region)
    rotates = account.call(lambda: here.get_key_rotation_status(KeyId=arn))["KeyRotationEnabled"]
    account.ensure("switched the key's rotation on", rotates, lambda: here.enable_key_rotation(KeyId=arn))
    key_id = arn.rpartition("/")[2]
    copy = _arn(account, there, key_id)
    if copy is None:
        replica = account.call(lambda: here.replicate_key(KeyId=key_id, ReplicaRegion=replica_region, Tags=_TAGS))
        copy = str(replica["ReplicaKeyMetadata"]["Arn"])
        account.changes.append(f"replicated the key to {replica_region}")
    if _arn(account, there, ALIAS) is None:
        _alias(account, there, copy, replica_region)
    return {region: arn, replica_region: copy}


def _arn(account: Account, client: Client, key: str) -> str | None:
    found = account.found(lambda: client.describe_key(KeyId=key))
    return None if found is None else str(found["KeyMetadata"]["Arn"])


def _alias(account: Account, client: Client, arn: str, region: str) -> None:
    account.call(lambda: client.create_alias(AliasName=ALIAS, TargetKeyId=arn.rpartition("/")[2]))
    account.changes.append(f"named the key {ALIAS} in {region}")
