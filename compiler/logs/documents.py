"""What the set-up function puts into the search domain, in its order."""

from compiler.catalog import Catalog
from compiler.target import Target

REPOSITORY = "archive"
"""The name of the snapshot repository."""
SNAPSHOTS = "snapshots"
"""The folder of snapshots in the archive."""


def documents(catalog: Catalog, target: Target) -> list[dict[str, object]]:
    """Return the requests to make, each with `path` and `body`.

    `${archive_bucket}` and `${snapshot_role}` are filled in by the function.
    """
    del catalog
    return [snapshot_repository(target)]


def snapshot_repository(target: Target) -> dict[str, object]:
    """Return the request that registers the archive for snapshots.

    Source: OpenSearch Service developer guide, "Registering a manual snapshot repository".
    """
    settings = {
        "bucket": "${archive_bucket}",
        "base_path": SNAPSHOTS,
        "region": target.region,
        "role_arn": "${snapshot_role}",
        "server_side_encryption": True,
    }
    return {"path": f"/_snapshot/{REPOSITORY}", "body": {"type": "s3", "settings": settings}}
