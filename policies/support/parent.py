"""End the pack with its engine, also when the engine was killed and could not say so."""

import os
import threading
import time

_POLL_SECONDS = 0.5


def leave_with_parent() -> threading.Thread:
    """Start watching the parent process; this process ends at once when the parent is gone.

    Returns:
        The watching thread; a daemon, so it keeps nothing alive.
    """
    watcher = threading.Thread(target=_watch, args=(os.getppid(),), name="parent-watch", daemon=True)
    watcher.start()
    return watcher


def _watch(parent: int) -> None:
    # An orphan gets another parent (init or a subreaper): that works without signals on every POSIX system.
    while os.getppid() == parent:
        time.sleep(_POLL_SECONDS)
    os._exit(0)
