"""A bucket of the state: versioned, encrypted, private, reached by TLS only."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from bootstrap.account import Account, Client, same_json

_BLOCKED = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)
_TAGS = {"TagSet": [{"Key": "Project", "Value": "observability"}, {"Key": "Workload", "Value": "platform"}]}


@dataclass(frozen=True)
class Bucket:
    """A bucket, its region, and the key that encrypts it there."""

    name: str
    region: str
    key_arn: str


def ensure_bucket(account: Account, bucket: Bucket) -> None:
    """Create the bucket where it is missing, and correct each of its properties."""
    s3, name = account.client("s3", bucket.region), bucket.name
    is_there = account.found(lambda: s3.head_bucket(Bucket=name))
    account.ensure(f"made the bucket {name}", is_there, lambda: _create(s3, bucket))
    blocked = account.found(lambda: s3.get_public_access_block(Bucket=name))
    account.ensure(
        f"{name}: blocked public access",
        blocked and blocked["PublicAccessBlockConfiguration"] == _BLOCKED,
        lambda: s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=_BLOCKED),
    )
    account.ensure(
        f"{name}: switched versioning on",
        account.call(lambda: s3.get_bucket_versioning(Bucket=name)).get("Status") == "Enabled",
        lambda: s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"}),
    )
    _ensure_encryption(account, s3, bucket)
    policy, found = _tls_only(name), account.found(lambda: s3.get_bucket_policy(Bucket=name))
    account.ensure(
        f"{name}: refused everything without TLS",
        found and same_json(found["Policy"], policy),
        lambda: s3.put_bucket_policy(Bucket=name, Policy=json.dumps(policy)),
    )


def _create(s3: Client, bucket: Bucket) -> None:
    # For us-east-1, the oldest region, no location may be given.
    where = {} if bucket.region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": bucket.region}}
    s3.create_bucket(Bucket=bucket.name, ObjectOwnership="BucketOwnerEnforced", **where)
    s3.put_bucket_tagging(Bucket=bucket.name, Tagging=_TAGS)


def _ensure_encryption(account: Account, s3: Client, bucket: Bucket) -> None:
    by_key = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": bucket.key_arn}
    rules = [{"ApplyServerSideEncryptionByDefault": by_key, "BucketKeyEnabled": True}]
    found = account.found(lambda: s3.get_bucket_encryption(Bucket=bucket.name))
    known = [_stripped(rule) for rule in found["ServerSideEncryptionConfiguration"]["Rules"]] if found else []
    account.ensure(
        f"{bucket.name}: encrypted with {bucket.key_arn}",
        known == rules,
        lambda: s3.put_bucket_encryption(Bucket=bucket.name, ServerSideEncryptionConfiguration={"Rules": rules}),
    )


def _stripped(rule: dict[str, Any]) -> dict[str, Any]:
    """Return a rule without the fields that AWS adds."""
    return {key: rule[key] for key in ("ApplyServerSideEncryptionByDefault", "BucketKeyEnabled") if key in rule}


def _tls_only(name: str) -> dict[str, Any]:
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "TlsOnly",
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:*",
                "Resource": [f"arn:aws:s3:::{name}", f"arn:aws:s3:::{name}/*"],
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            }
        ],
    }
