"""Users' rights in Kafka as commands of Kafka's own tools, for clusters where no operator applies them."""

from collections.abc import Iterator

from compiler.catalog.catalog import Catalog
from compiler.logs.kafka import User, users
from compiler.target import Target

_HEAD = """\
#!/usr/bin/env bash
# Rights and quotas of Kafka's users, for Amazon MSK: no call of AWS says them. Strimzi takes the same from KafkaUser.
# KAFKA_BOOTSTRAP: the brokers' addresses for IAM, port 9098. KAFKA_ADMIN: a client.properties of who may alter the
# cluster (kafka-cluster:AlterCluster and AlterClusterDynamicConfiguration). Again and again gives the same.
set -euo pipefail
: "${KAFKA_BOOTSTRAP:?expected the brokers, host:port}" "${KAFKA_ADMIN:?expected the path of a client.properties}"
"""
_ACLS = 'kafka-acls.sh --bootstrap-server "$KAFKA_BOOTSTRAP" --command-config "$KAFKA_ADMIN" --add'
_QUOTAS = 'kafka-configs.sh --bootstrap-server "$KAFKA_BOOTSTRAP" --command-config "$KAFKA_ADMIN" --alter'


def rights_script(catalog: Catalog, target: Target) -> str:
    """Return the script that gives each user its rights and its quota, and nothing else."""
    lines = [line for user in users(catalog, target) for line in _commands(user)]
    return _HEAD + "\n".join(lines) + "\n"


def _commands(user: User) -> Iterator[str]:
    for acl in user.acls:
        operations = " ".join(f"--operation {each}" for each in acl.operations)
        yield f"{_ACLS} --allow-principal User:{user.name} {operations} --{acl.kind} {acl.name}"
    if user.write_bytes:
        quota = f"--add-config producer_byte_rate={user.write_bytes}"
        yield f"{_QUOTAS} {quota} --entity-type users --entity-name {user.name}"
