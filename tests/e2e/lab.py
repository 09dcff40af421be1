"""Keep the rig running for inspection: `make lab`, until Ctrl-C.

Prometheus, Alertmanager, all simulated workloads and the receivers' stand-ins run on free loopback ports. Who looks
picks an incident of `incidents.yaml` and watches it travel: what is about to fire, fires, is held back, who is told.
`E2E_SCALE=1` keeps the durations of production.
"""

import argparse
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from compiler.catalog.catalog import Catalog
from compiler.errors import UserError
from tests.e2e import incidents, scale
from tests.e2e.history import History
from tests.e2e.incidents import Incident, Player
from tests.e2e.loopback import ask_json
from tests.e2e.notifications import Inboxes
from tests.e2e.receivers import Message
from tests.e2e.rig import Rig, running
from tests.e2e.series import WELL
from tests.tools.finder import find
from tests.workloads import project_catalog

GUIDE = """\
Time runs {factor:g} times faster than in production (E2E_SCALE).
  Prometheus    http://{prometheus}/api/v1/alerts
  Alertmanager  http://{alertmanager}/
  workloads     {simulators}
To break a workload by hand: curl ADDRESS -d '{{"error_ratio": 0.2}}'; to heal it: curl ADDRESS -d '{{}}'
Ctrl-C ends everything."""
NEEDED = ("prometheus", "alertmanager", "promtool")
POLL = 0.25
"""Seconds between two looks at what fires and at what came in."""


def programs() -> dict[str, Path]:
    """Return the addresses of the servers.

    Raises:
        UserError: for one that is missing, with the command that gets it.
    """
    found = {name: find(name) for name in NEEDED}
    missing = sorted(name for name, path in found.items() if path is None)
    if missing:
        names = " ".join(missing)
        raise UserError(f"lab: no {names} on PATH or in .tools/: get it with `python3 tools/build.py {names}`")
    return {name: path for name, path in found.items() if path is not None}


def offered() -> list[Incident]:
    """Return the incidents that can be picked: those that begin when they are picked, and that do something."""
    return [each for each in incidents.load() if each.faults != WELL and not each.since_ever]


def menu(table: Sequence[Incident]) -> str:
    """Return the incidents with their numbers."""
    return "\n".join(f"  {n:2} {each.workload}: {each.incident}" for n, each in enumerate(table, start=1))


def pick(table: Sequence[Incident], workload: str, incident: str) -> Incident:
    """Return the incident of a workload by its name.

    Raises:
        UserError: when there is none; it says which there are.
    """
    mine = [each.incident for each in table if each.workload == workload]
    if not mine:
        known = ", ".join(dict.fromkeys(each.workload for each in table))
        raise UserError(f"lab: workload: expected one of {known}; found '{workload}'")
    if incident not in mine:
        raise UserError(f"lab: incident of {workload}: expected one of {', '.join(mine)}; found '{incident}'")
    return next(each for each in table if (each.workload, each.incident) == (workload, incident))


def prompt(table: Sequence[Incident], read: Callable[[str], str]) -> Incident:
    """Ask for a number until there is such an incident, and return it."""
    while True:
        answer = read(f"{menu(table)}\nWhich incident? ").strip()
        if answer.isdecimal() and 1 <= int(answer) <= len(table):
            return table[int(answer) - 1]
        print(f"expected a number from 1 to {len(table)}, found '{answer}'", flush=True)


def describe(message: Message) -> str:
    """Format a received message in one line."""
    content = message.content
    if "event_action" in content:
        return f"PagerDuty {content['event_action']}: {content.get('payload', {}).get('summary', '')}"
    if "attachments" in content:
        return f"Slack {message.to}: {content['attachments'][0]['title']}"
    if "alerts" in content:
        return f"{message.to}: {', '.join(alert['labels']['alertname'] for alert in content['alerts'])}"
    return f"mail to {message.to}: {content.get('subject', '')}"


def states(rig: Rig) -> dict[str, str]:
    """Return each alert that is about to fire or fires, by its labels, and whether it is held back."""
    found = {}
    for alert in ask_json(rig.prometheus.address, "/api/v1/alerts")["data"]["alerts"]:
        found[_named(alert["labels"])] = "fires" if alert["state"] == "firing" else "is about to fire"
    for alert in ask_json(rig.alertmanager.address, "/api/v2/alerts?inhibited=true"):
        if alert["status"]["state"] == "suppressed" and _named(alert["labels"]) in found:
            found[_named(alert["labels"])] = "fires, and is held back by another"
    return found


def _named(labels: dict[str, str]) -> str:
    known = ("alertname", "workload", "service", "severity", "priority", "team")
    rest = ", ".join(f"{key} {value}" for key, value in sorted(labels.items()) if key not in known)
    name = (
        f"{labels.get('priority', '')} {labels.get('workload', '')}/{labels.get('service', '')}: {labels['alertname']}"
    )
    return f"{name} ({rest})" if rest else name


def changes(before: dict[str, str], after: dict[str, str]) -> Iterator[str]:
    """Yield a line for each alert whose state is another one now."""
    for name in sorted(before.keys() | after.keys()):
        if before.get(name) != after.get(name):
            yield f"{name} {after.get(name, 'is over')}"


def follow(rig: Rig, ended: threading.Event) -> None:
    """Print alerts and messages as they come, until the lab ends."""
    inboxes = (rig.http.pagerduty, rig.http.slack, rig.http.webhooks, rig.mail.inbox)
    shown, known, began = [0] * len(inboxes), states(rig), time.monotonic()
    while not ended.wait(POLL):
        now = states(rig)
        lines = list(changes(known, now))
        for n, inbox in enumerate(inboxes):
            messages = inbox.all()
            lines += [f"-> {describe(message)}" for message in messages[shown[n] :]]
            shown[n] = len(messages)
        known, minutes = now, (time.monotonic() - began) * rig.factor / 60
        for line in lines:
            print(f"  {minutes:5.1f} min  {line}", flush=True)


def play(rig: Rig, catalog: Catalog, incident: Incident) -> None:
    """Play an incident, heal it, wait for its end and say how it went."""
    print(f"{incident.workload}: {incident.incident}, for {incident.lasts} of production", flush=True)
    player = Player(rig, Inboxes(catalog, rig.http, rig.mail), incident.workload)
    for outcome in player.play([incident]):
        print("\n".join(incidents.report(outcome)), flush=True)


def run(chosen: Incident | None, table: Sequence[Incident]) -> None:
    """Start everything, play the chosen incidents, and prompt for more on a terminal."""
    catalog, ended = project_catalog(), threading.Event()
    everyone = [watched.name for watched in catalog]
    found, factor = programs(), scale.factor()
    print("Prometheus gets a past: this takes half a minute.", flush=True)
    with (
        tempfile.TemporaryDirectory(prefix="lab-") as folder,
        running(Path(folder), found, factor, *everyone, history=History()) as rig,
    ):
        addresses = {name: getattr(rig, name).address for name in ("prometheus", "alertmanager")}
        simulators = "\n                ".join(
            f"http://{each.address}/control ({name})" for name, each in rig.simulators.items()
        )
        rig.wait_quiet()
        print(GUIDE.format(factor=factor, simulators=simulators, **addresses), flush=True)
        follower = threading.Thread(target=follow, args=(rig, ended))
        follower.start()
        try:
            if chosen:
                play(rig, catalog, chosen)
            while sys.stdin.isatty():
                play(rig, catalog, prompt(table, input))
            threading.Event().wait()
        finally:
            ended.set()
            follower.join()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the lab until it is interrupted."""
    parser = argparse.ArgumentParser(description="Plays incidents on real servers, to watch.")
    parser.add_argument("--workload", help="whose incident to play first")
    parser.add_argument("--incident", help="which, as in tests/e2e/incidents.yaml")
    options = parser.parse_args(arguments)
    # However it is ended, the servers end with it; a shell starts what runs beside it deaf to Ctrl-C.
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, signal.default_int_handler)
    try:
        table = offered()
        chosen = pick(table, options.workload or "", options.incident or "") if any(vars(options).values()) else None
        run(chosen, table)
    except KeyboardInterrupt:
        return 0
    except (UserError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
