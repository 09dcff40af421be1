"""The parts of the digest: each queries one server, and says so when that does not answer."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from .model import Criterion, Firing, Sample, Section, Settings, SourceError
from .sources import Alertmanager, Prometheus
from .wording import amount, duration, name_of, percent

LONGEST = 20
"""Lines of a part: nobody reads more of them on a phone."""


@dataclass(frozen=True)
class Report:
    """Queries the servers and writes the sections."""

    settings: Settings
    prometheus: Prometheus
    alertmanager: Alertmanager

    def sections(self) -> list[Section]:
        """Return every section, also those for which no server answered."""
        parts: list[tuple[str, str, Callable[[], list[str]]]] = [
            ("Alerts of the week that waited for this digest", "Prometheus", self._waited),
            ("Of these, now", "Alertmanager", self._now),
            ("Success criteria", "Prometheus", self._criteria),
            ("Error budgets left", "Prometheus", self._budgets),
            ("Alerts that began most often", "Prometheus", self._noisiest),
        ]
        return [_section(title, server, lines) for title, server, lines in parts]

    def _ask(self, query: str) -> list[Sample]:
        return self.prometheus.query(self.settings.queries[query])

    def _waited(self) -> list[str]:
        found = _from_most(self._ask("waited"))
        return [f"{name_of(each.labels)}: {duration(each.value)}" for each in found] or ["None."]

    def _now(self) -> list[str]:
        found = [each for matchers in self.settings.filters for each in self.alertmanager.firing(matchers)]
        return sorted({_now(each) for each in found}) or ["None fires."]

    def _criteria(self) -> list[str]:
        values, met = _by(self._ask("criteria"), "criterion"), _by(self._ask("met"), "criterion")
        return [_criterion(each, values.get(each.name), met.get(each.name)) for each in self.settings.criteria]

    def _budgets(self) -> list[str]:
        stances = {_key(each.labels): each.value for each in self._ask("stances")}
        found = sorted(self._ask("budgets"), key=lambda each: (each.value, _key(each.labels)))
        return [self._budget(each, stances.get(_key(each.labels))) for each in found] or [
            "No objective is recorded yet."
        ]

    def _budget(self, left: Sample, stance: float | None) -> str:
        known = stance is not None and 0 <= stance < len(self.settings.stances)
        does = f". {self.settings.stances[int(stance)]}" if known and stance is not None else ""
        return f"{' '.join(_key(left.labels))}: {percent(left.value)}{does}"

    def _noisiest(self) -> list[str]:
        found = _from_most(self._ask("noisiest"))
        return [f"{name_of(each.labels)}: {each.value:.0f} times" for each in found] or ["None began."]


def _section(title: str, server: str, ask: Callable[[], list[str]]) -> Section:
    try:
        lines = ask()
    except SourceError as error:
        return Section(title, [f"Not known: {server} did not answer ({error})."], failed=True)
    left = len(lines) - LONGEST
    return Section(title, [*lines[:LONGEST], *([f"... and {left} more."] if left > 0 else [])])


def _from_most(samples: Iterable[Sample]) -> list[Sample]:
    return sorted(samples, key=lambda each: (-each.value, sorted(each.labels.items())))


def _by(samples: Iterable[Sample], label: str) -> dict[str, float]:
    return {each.labels.get(label, ""): each.value for each in samples}


def _key(labels: Mapping[str, str]) -> Sequence[str]:
    """Return the label values that identify an objective, its workload first."""
    first = ("workload", "service", "slo")
    kept = {name: value for name, value in labels.items() if name not in (*first, "__name__")}
    return tuple([labels.get(name, "") for name in first] + [kept[name] for name in sorted(kept)])


def _now(alert: Firing) -> str:
    quiet = " (kept quiet)" if alert.quiet else ""
    return f"{name_of(alert.labels)}{quiet}: {alert.summary}".removesuffix(": ")


def _criterion(criterion: Criterion, value: float | None, met: float | None) -> str:
    target = f"target {criterion.side} {amount(criterion.limit, criterion.unit)}"
    if value is None:
        return f"{criterion.title}: nothing to measure ({target})"
    verdict = {1.0: "met", 0.0: "MISSED"}.get(met, "not judged") if met is not None else "not judged"
    return f"{criterion.title}: {amount(value, criterion.unit)}, {verdict} ({target})"
