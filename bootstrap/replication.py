"""Replication of the state to another region, without its locks: a copied lock would block everybody there for ever."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from bootstrap.account import Account, same_json
from bootstrap.bucket import Bucket

ROLE = "observability-state-replication"
# The prefixes of the bucket backend, without `.pulumi/locks`: rules can name what they copy, not what they skip.
COPIED = (".pulumi/meta.yaml", ".pulumi/stacks/", ".pulumi/history/", ".pulumi/backups/")


def ensure_replication(account: Account, source: Bucket, copy: Bucket) -> None:
    """Create the replication role and the rules."""
    role = _ensure_role(account, source, copy)
    s3 = account.client("s3", source.region)
    wanted = {"Role": role, "Rules": rules(copy)}
    found = account.found(lambda: s3.get_bucket_replication(Bucket=source.name))
    account.ensure(
        f"{source.name}: copied to {copy.name}, without its locks",
        found and _comparable(found["ReplicationConfiguration"]) == _comparable(wanted),
        lambda: s3.put_bucket_replication(Bucket=source.name, ReplicationConfiguration=wanted),
    )


def _comparable(configuration: Mapping[str, Any]) -> object:
    """Return the comparable part of the rules: their names, which carry a digest, since AWS adds defaults."""
    named = [(rule["ID"], rule["Status"], rule["Destination"]["Bucket"]) for rule in configuration["Rules"]]
    return configuration["Role"], named


def rules(copy: Bucket) -> list[dict[str, Any]]:
    """Return the rules that copy the state, each named after its folder and a digest of itself."""
    copied = [_rule(priority, prefix, copy) for priority, prefix in enumerate(COPIED, 1)]
    return [{"ID": f"{_folder(rule)}-{_digest(rule)}", **rule} for rule in copied]


def _folder(rule: Mapping[str, Any]) -> str:
    return str(rule["Filter"]["Prefix"]).removeprefix(".pulumi/").strip("/")


def _digest(rule: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(rule, sort_keys=True).encode()).hexdigest()[:12]


def _rule(priority: int, prefix: str, copy: Bucket) -> dict[str, Any]:
    return {
        "Priority": priority,
        "Filter": {"Prefix": prefix},
        "Status": "Enabled",
        "SourceSelectionCriteria": {"SseKmsEncryptedObjects": {"Status": "Enabled"}},
        "Destination": {
            "Bucket": f"arn:aws:s3:::{copy.name}",
            "EncryptionConfiguration": {"ReplicaKmsKeyID": copy.key_arn},
        },
        # A stack that was removed is removed in the copy too.
        "DeleteMarkerReplication": {"Status": "Enabled"},
    }


def _ensure_role(account: Account, source: Bucket, copy: Bucket) -> str:
    iam = account.client("iam", source.region)
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "s3.amazonaws.com"},
                "Action": "sts:AssumeRole",
                "Condition": {"StringEquals": {"aws:SourceAccount": account.id}},
            }
        ],
    }
    document = json.dumps(trust)
    is_there = account.found(lambda: iam.get_role(RoleName=ROLE))
    account.ensure(
        f"made the role {ROLE}",
        is_there,
        lambda: iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=document),
    )
    rights, found = _rights(source, copy), account.found(lambda: iam.get_role_policy(RoleName=ROLE, PolicyName=ROLE))
    account.ensure(
        f"let {ROLE} copy from {source.name} to {copy.name}",
        found and same_json(found["PolicyDocument"], rights),
        lambda: iam.put_role_policy(RoleName=ROLE, PolicyName=ROLE, PolicyDocument=json.dumps(rights)),
    )
    return f"arn:aws:iam::{account.id}:role/{ROLE}"


def _rights(source: Bucket, copy: Bucket) -> dict[str, Any]:
    """Return the rights to replicate encrypted objects; source: Amazon S3 user guide, "Setting up permissions"."""
    read = ("GetObjectVersionForReplication", "GetObjectVersionAcl", "GetObjectVersionTagging")
    write = ("ReplicateObject", "ReplicateDelete", "ReplicateTags")
    named = (
        (("s3:GetReplicationConfiguration", "s3:ListBucket"), f"arn:aws:s3:::{source.name}"),
        (tuple(f"s3:{action}" for action in read), f"arn:aws:s3:::{source.name}/*"),
        (tuple(f"s3:{action}" for action in write), f"arn:aws:s3:::{copy.name}/*"),
        (("kms:Decrypt",), source.key_arn),
        (("kms:Encrypt", "kms:GenerateDataKey"), copy.key_arn),
    )
    statements = [{"Effect": "Allow", "Action": list(actions), "Resource": resource} for actions, resource in named]
    return {"Version": "2012-10-17", "Statement": statements}
