"""Leaves the rig running to look at: `python -m tests.e2e.lab`, until Ctrl-C.

Prometheus, Alertmanager, the simulated workload and the receivers' stand-ins run on free loopback ports; what comes
in is printed. `E2E_SCALE=1` keeps the durations of production.
"""

import sys
import tempfile
import threading
from pathlib import Path

from compiler.errors import UserError
from tests.e2e import scale
from tests.e2e.receivers import Message
from tests.e2e.rig import Rig, running
from tests.tools.finder import find

GUIDE = """\
Time runs {factor:g} times faster than in production (E2E_SCALE).
  Prometheus    http://{prometheus}/api/v1/alerts
  Alertmanager  http://{alertmanager}/
  workload      http://{simulator}/control
Try:
  curl http://{simulator}/control -d '{{"error_ratio": 0.2}}'      an outage
  curl http://{simulator}/control -d '{{"vanished": ["embed"]}}'   a processor that no longer reports
  curl http://{simulator}/control -d '{{"cache_hit_ratio": 0.5}}'  a cold cache
  curl http://{simulator}/control -d '{{}}'                        health
What PagerDuty, Slack and the mailbox receive appears below. Ctrl-C ends everything."""


def programs() -> dict[str, Path]:
    """Returns where the servers are.

    Raises:
        UserError: for one that is missing, with the command that gets it.
    """
    found = {name: find(name) for name in ("prometheus", "alertmanager")}
    missing = sorted(name for name, path in found.items() if path is None)
    if missing:
        names = " ".join(missing)
        raise UserError(f"lab: no {names} on PATH or in .tools/: get it with `python3 tools/build.py {names}`")
    return {name: path for name, path in found.items() if path is not None}


def describe(message: Message) -> str:
    """Returns one line for a message that came in."""
    content = message.content
    if "event_action" in content:
        return f"PagerDuty {content['event_action']}: {content.get('payload', {}).get('summary', '')}"
    if "attachments" in content:
        return f"Slack {message.to}: {content['attachments'][0]['title']}"
    return f"mail to {message.to}: {content.get('subject', '')}"


def follow(rig: Rig, ended: threading.Event) -> None:
    """Prints what comes in, as it comes, until the lab ends."""
    inboxes = (rig.http.pagerduty, rig.http.slack, rig.mail.inbox)
    shown = [0] * len(inboxes)
    while not ended.wait(0.5):
        for n, inbox in enumerate(inboxes):
            messages = inbox.all()
            for message in messages[shown[n] :]:
                print(describe(message), flush=True)
            shown[n] = len(messages)


def main() -> int:
    """Runs the lab until it is interrupted."""
    ended = threading.Event()
    try:
        found, factor = programs(), scale.factor()
        with tempfile.TemporaryDirectory(prefix="lab-") as folder, running(Path(folder), found, factor) as rig:
            addresses = {name: getattr(rig, name).address for name in ("prometheus", "alertmanager", "simulator")}
            print(GUIDE.format(factor=factor, **addresses), flush=True)
            follow(rig, ended)
    except KeyboardInterrupt:
        return 0
    except (UserError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
