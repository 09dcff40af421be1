"""The past of a scenario in Prometheus: the recorded series, as they are while all is well.

Without it an objective's long windows would hold nothing but the incident, and its alerts would come far sooner than in
production; and the traffic of a week ago would be unknown. Raw series have no history but that of the scenario itself.
"""

import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tests.e2e import servers
from tests.e2e.loopback import ask_json

STEP = 30.0
"""Seconds in production between two samples: how often most groups are evaluated."""
WEEK = 7 * 86_400.0
RECORDED = '{__name__=~".+:.+"}'
WARM_UP = 'count(count by (__name__) ({__name__=~".+:.+"}))'


@dataclass(frozen=True)
class History:
    """How long all has been well: each duration in seconds of production.

    Attributes:
        before: how long before now.
        week_ago: how long around the same time of a week ago.
        warm_up: after how long the recorded series are what they are while all is well.
    """

    before: float = 3 * 3600.0
    week_ago: float = 3 * 3600.0
    warm_up: float = 450.0

    def write(self, prometheus: servers.Server, data: Path, promtool: Path, factor: float) -> None:
        """Wait for the warm-up and put blocks with the past of what is recorded then into the data folder.

        Raises:
            subprocess.CalledProcessError: promtool refuses the samples.
        """
        began = time.time()
        deadline = time.monotonic() + self.warm_up / factor
        servers.until(lambda: time.monotonic() > deadline, 2 * self.warm_up / factor + 30, "the warm-up")
        found = ask_json(prometheus.address, f"/api/v1/query?query={quote(RECORDED)}")["data"]["result"]
        page = data.parent / "history.txt"
        page.write_text(_page(found, self._times(began, factor)), encoding="utf-8")
        command = [str(promtool), "tsdb", "create-blocks-from", "openmetrics", "--quiet", str(page), str(data)]
        subprocess.run(command, check=True, capture_output=True, timeout=120)

    def _times(self, end: float, factor: float) -> list[float]:
        """Return the times of samples, in seconds since 1970, that are as far away as durations are compressed."""
        step = STEP / factor
        around = end - WEEK / factor + self.week_ago / factor / 2
        return [
            last - n * step
            for last, span in ((around, self.week_ago), (end, self.before))
            for n in range(round(span / STEP), 0, -1)
        ]


def _page(found: list[dict[str, Any]], times: list[float]) -> str:
    """Format samples as OpenMetrics: those of a metric together, each series in order of time."""
    lines = []
    for series in sorted(found, key=lambda each: str(each["metric"]["__name__"])):
        labels = ",".join(f'{key}="{value}"' for key, value in series["metric"].items() if key != "__name__")
        name, value = f"{series['metric']['__name__']}{{{labels}}}", series["value"][1]
        lines += [f"{name} {value} {at:.3f}" for at in times]
    return "\n".join([*lines, "# EOF", ""])
