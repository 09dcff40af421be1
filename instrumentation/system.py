"""CPU, memory and disk of the container, from its control group, else of the machine."""

import os
import shutil
import time
from pathlib import Path

_GROUP = Path("/sys/fs/cgroup")
_PROC = Path("/proc")
_PERCENT = 100.0


class System:
    """The utilization of one process's container, in percent.

    Args:
        group: the control group's folder (version 2).
        proc: the kernel's folder of processes.
    """

    def __init__(self, group: Path = _GROUP, proc: Path = _PROC) -> None:
        self._group = group
        self._proc = proc
        self._before = self._cpu_now()
        self._mean: float | None = None

    def figures(self) -> dict[str, float | None]:
        """Return each figure by its metric's name; None where the system does not report it."""
        return {"cpu_usage": self._cpu(), "memory_usage": self._memory(), "disk_usage": self._disk()}

    def _cpu(self) -> float | None:
        """Return the mean CPU utilization since the last call; the kernel counts in hundredths of a second."""
        before, now = self._before, self._cpu_now()
        if before is not None and now is not None and now[1] > before[1]:
            self._before = now
            self._mean = _percent((now[0] - before[0]) / (now[1] - before[1]))
        return self._mean

    def _cpu_now(self) -> tuple[float, float] | None:
        """Return the CPU seconds used and available so far."""
        used = _values(self._group / "cpu.stat").get("usage_usec")
        if used is not None:
            return used / 1e6, time.monotonic() * self._cores()
        line = _text(self._proc / "stat").partition("\n")[0].split()
        # Source: proc(5), /proc/stat: user, nice, system, idle, iowait, irq, softirq, steal.
        ticks = [float(tick) for tick in line[1:9]]
        idle = sum(ticks[3:5])
        return (sum(ticks) - idle, sum(ticks)) if ticks else None

    def _cores(self) -> float:
        quota, _, period = _text(self._group / "cpu.max").partition(" ")
        cores = float(os.cpu_count() or 1)
        return min(cores, float(quota) / float(period)) if quota.isdigit() and period.strip().isdigit() else cores

    def _memory(self) -> float | None:
        """Return the working set over the limit: reclaimable memory does not count."""
        limit, current = _text(self._group / "memory.max").strip(), _text(self._group / "memory.current").strip()
        if limit.isdigit() and current.isdigit():
            idle = _values(self._group / "memory.stat").get("inactive_file", 0.0)
            return _percent((float(current) - idle) / float(limit))
        values = _values(self._proc / "meminfo")
        total, free = values.get("MemTotal:"), values.get("MemAvailable:")
        return _percent(1 - free / total) if total and free is not None else None

    def _disk(self) -> float | None:
        try:
            usage = shutil.disk_usage("/")
        except OSError:
            return None
        return _percent(usage.used / usage.total)


def _percent(share: float) -> float:
    return round(min(max(share, 0.0), 1.0) * _PERCENT, 2)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii")
    except (OSError, ValueError):
        return ""


def _values(path: Path) -> dict[str, float]:
    """Parse lines of a name and a number."""
    rows = [line.split() for line in _text(path).splitlines()]
    return {row[0]: float(row[1]) for row in rows if len(row) > 1 and row[1].isdigit()}
