"""`python -m digest --settings FILE --prometheus URL --alertmanager URL --address FILE` sends one digest.

It ends with 1 when a server did not answer or Slack refused the message, so that its Job fails: the message is sent in
any case, and says what is missing.
"""

import argparse
import logging
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from .model import Settings, SourceError
from .report import Report
from .sources import Alertmanager, Prometheus
from .web import Pause, post
from .wording import message

_LOG = logging.getLogger("digest")


def main(arguments: Sequence[str], pause: Pause = time.sleep) -> int:
    """Query, write and send; return the exit code."""
    options = _options(arguments)
    settings = Settings.parse(options.settings.read_text(encoding="utf-8"))
    report = Report(settings, Prometheus(options.prometheus, pause), Alertmanager(options.alertmanager, pause))
    sections = report.sections()
    for section in sections:
        _LOG.log(logging.ERROR if section.failed else logging.INFO, "%s: %s", section.title, "; ".join(section.lines))
    try:
        post(options.address.read_text(encoding="utf-8").strip(), message(settings, sections), pause=pause)
    except (SourceError, OSError) as error:
        # The address is a secret: neither it nor an exception's text, which may hold it, is logged.
        _LOG.error("%s did not take the digest: %s", settings.room, _reason(error))
        return 1
    _LOG.info("%s has the digest", settings.room)
    return 1 if any(section.failed for section in sections) else 0


def _reason(error: Exception) -> str:
    return str(error) if isinstance(error, SourceError) else type(error).__name__


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="digest", description="Sends one digest.")
    parser.add_argument("--settings", type=Path, required=True, help="what the compiler wrote")
    parser.add_argument("--prometheus", required=True, help="the address of Prometheus")
    parser.add_argument("--alertmanager", required=True, help="the address of Alertmanager")
    parser.add_argument("--address", type=Path, required=True, help="the file that holds where the message goes")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")
    sys.exit(main(sys.argv[1:]))
