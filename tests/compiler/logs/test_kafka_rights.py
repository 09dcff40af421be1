"""The script of Kafka's rights: all rights of the users, no others, and valid shell."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from compiler.artefacts import compile_artefacts
from compiler.catalog.catalog import Catalog
from compiler.logs.kafka import users
from compiler.target import Target

TOOL = """#!/bin/sh
echo "$(basename "$0") $*" >> "$CALLS"
"""


@pytest.fixture(scope="module")
def script(catalog: Catalog, target: Target) -> str:
    return compile_artefacts(catalog, target)["kafka/rights.sh"]


def ran(script: str, folder: Path, **environment: str) -> tuple[int, str]:
    """Run the script with stand-ins for Kafka's tools; return the status and what they were called with."""
    calls = folder / "calls"
    calls.touch()
    for name in ("kafka-acls.sh", "kafka-configs.sh"):
        tool = folder / name
        tool.write_text(TOOL)
        tool.chmod(0o755)
    shell = shutil.which("bash")
    assert shell
    path = f"{folder}:/usr/bin:/bin"
    done = subprocess.run(
        [shell, "-c", script], env={"PATH": path, "CALLS": str(calls), **environment}, capture_output=True, check=False
    )
    return done.returncode, calls.read_text()


def test_each_right_and_quota_is_given_once(script: str, catalog: Catalog, target: Target, tmp_path: Path) -> None:
    status, calls = ran(script, tmp_path, KAFKA_BOOTSTRAP="b-1:9098", KAFKA_ADMIN="client.properties")
    assert status == 0
    lines = calls.splitlines()
    given = {
        (found[1], tuple(re.findall(r"--operation (\w+)", line)), found[2], found[3])
        for line in lines
        if (found := re.search(r"User:(\S+) .* --(topic|group) (\S+)$", line))
    }
    known = users(catalog, target)
    assert given == {(user.name, acl.operations, acl.kind, acl.name) for user in known for acl in user.acls}
    quotas = dict(re.findall(r"producer_byte_rate=(\d+) --entity-type users --entity-name (\S+)", calls))
    assert {name: int(rate) for rate, name in quotas.items()} == {u.name: u.write_bytes for u in known if u.write_bytes}
    assert len(lines) == len(given) + len(quotas)
    assert all("--bootstrap-server b-1:9098 --command-config client.properties" in line for line in lines)


def test_without_a_cluster_nothing_is_called(script: str, tmp_path: Path) -> None:
    status, calls = ran(script, tmp_path)
    assert (status != 0, calls) == (True, "")
