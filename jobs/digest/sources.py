"""Clients of Prometheus and Alertmanager."""

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from .model import Firing, Sample, SourceError
from .web import Pause, ask


@dataclass(frozen=True)
class Prometheus:
    """Prometheus' query API, by POST since queries may be long."""

    url: str
    pause: Pause = time.sleep

    def query(self, expression: str) -> list[Sample]:
        """Return the elements of a result, without those that are NaN or infinite.

        Raises:
            SourceError: when it does not answer, or refuses the query.
        """
        answer = _mapping(ask(f"{self.url}/api/v1/query", urlencode({"query": expression}), pause=self.pause))
        found = _mapping(answer.get("data")).get("result")
        if answer.get("status") != "success" or not isinstance(found, list):
            raise SourceError("no result")
        samples = [_sample(_mapping(each)) for each in found]
        return [sample for sample in samples if math.isfinite(sample.value)]


@dataclass(frozen=True)
class Alertmanager:
    """Alertmanager's alerts."""

    url: str
    pause: Pause = time.sleep

    def firing(self, matchers: Sequence[str]) -> list[Firing]:
        """Return the firing alerts that match all matchers, also silenced and inhibited ones.

        Raises:
            SourceError: when it does not answer.
        """
        chosen = urlencode([("filter", matcher) for matcher in matchers])
        found = ask(f"{self.url}/api/v2/alerts?{chosen}", pause=self.pause)
        if not isinstance(found, list):
            raise SourceError("no alerts")
        return [_firing(_mapping(each)) for each in found]


def _sample(found: Mapping[str, object]) -> Sample:
    pair = found.get("value")
    try:
        value = float(pair[1]) if isinstance(pair, list) else math.nan
    except (IndexError, TypeError, ValueError):
        value = math.nan
    return Sample(_texts(found.get("metric")), value)


def _firing(found: Mapping[str, object]) -> Firing:
    state = _mapping(found.get("status")).get("state")
    return Firing(_texts(found.get("labels")), _texts(found.get("annotations")).get("summary", ""), state != "active")


def _mapping(found: object) -> Mapping[str, object]:
    return found if isinstance(found, dict) else {}


def _texts(found: object) -> dict[str, str]:
    return {name: str(value) for name, value in _mapping(found).items()}
