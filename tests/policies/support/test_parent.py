"""A pack must not outlive the engine that started it."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

_PACK = """
import os
from policies.support.parent import leave_with_parent
watcher = leave_with_parent()
print(os.getpid(), flush=True)
watcher.join()
"""
_ENGINE = f"""
import subprocess, sys, time
subprocess.Popen([sys.executable, "-c", {_PACK!r}])
time.sleep(60)
"""
_PROJECT = Path(__file__).resolve().parents[3]
_DEADLINE_SECONDS = 10


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    # A child that init has not reaped yet has ended all the same.
    return not (stat.exists() and stat.read_text().rpartition(")")[2].split()[0] == "Z")


def test_a_pack_ends_when_its_engine_is_killed() -> None:
    engine = subprocess.Popen([sys.executable, "-c", _ENGINE], cwd=_PROJECT, stdout=subprocess.PIPE, text=True)
    assert engine.stdout is not None
    with engine.stdout:
        pack = int(engine.stdout.readline())
        assert _alive(pack)
        engine.send_signal(signal.SIGKILL)
        engine.wait()
    deadline = time.monotonic() + _DEADLINE_SECONDS
    while _alive(pack) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _alive(pack), f"the pack {pack} outlived its engine by {_DEADLINE_SECONDS} s"
