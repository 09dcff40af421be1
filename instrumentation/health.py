"""The three health pages: live, ready and deep; each part of the deep one is a gauge as well."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime

from instrumentation.checks import Call, Check, Result
from instrumentation.contract import Contract
from instrumentation.errors import Complaints
from instrumentation.registry import Metrics
from instrumentation.system import System

OK, UNAVAILABLE = 200, 503
_READINESS = "readiness_check"
_FRESH = 1.0
"""Seconds for which a result stands: a second probe within them costs the dependency nothing."""
_LATENCY = "{}_latency_ms"
Page = tuple[int, dict[str, object]]
"""Status and content."""
Change = Callable[[str, Result], None]


class Health:
    """The health checks of a service."""

    def __init__(self, contract: Contract, metrics: Metrics, complaints: Complaints, change: Change) -> None:
        self._contract = contract
        self._metrics = metrics
        self._complaints = complaints
        self._change = change
        self._checks = dict[str, Check]()
        self._numbers = dict[str, Callable[[], float | None]]()
        self._was = dict[str, bool]()
        self._system = System()

    def add(
        self, name: str, check: Call, timeout: float = 1.0, *, required: bool = True, fresh: float = _FRESH
    ) -> None:
        """Add a dependency.

        Args:
            name: as the catalog's `readiness_check` has it, where it has one.
            check: a function, or a coroutine function; it fails by an exception, or by answering False.
            timeout: seconds after which it has failed.
            required: whether the service is not ready, nor well, without it.
            fresh: seconds for which a result stands.

        Raises:
            ContractError: in development, for a dependency that the catalog does not have.
        """
        known = self._contract.dependencies
        if known and name not in known:
            message = f"health: {name}: expected a dependency of readiness_check, one of {list(known)}"
            self._complaints.report(f"health:{name}", message)
        self._checks[name] = Check(name, check, timeout, fresh=fresh, required=required)

    def number(self, name: str, value: Callable[[], float | None]) -> None:
        """Add a business figure to the deep page; `name` is its gauge's.

        Raises:
            ContractError: in development, for a gauge that the catalog does not have.
        """
        self._metrics.gauge(name)
        self._numbers[name] = value

    async def live(self) -> Page:
        """Answer liveness: no dependency is checked, so that no dependency's fault restarts the process."""
        return OK, {"status": "alive", "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds")}

    async def ready(self) -> Page:
        """Answer readiness: 503 while a required dependency fails."""
        results = await self._results()
        well = self._well(results)
        checks = {name: result.ok for name, result in results.items()}
        return (OK if well else UNAVAILABLE), {"status": "ready" if well else "not_ready", "checks": checks}

    async def deep(self) -> Page:
        """Answer the deep page: machine, dependencies and business. It is always 200; `status` gives the result.

        A probe checks only that the page answers (`page-answers` in `catalog/probes.yaml`); its results have gauges,
        and an alert on each.
        """
        results = await self._results()
        well = self._well(results)
        system, business = self._system.figures(), {name: self._read(name) for name in self._numbers}
        for name, value in (system | business).items():
            self._show(name, value)
        return OK, {
            "status": "healthy" if well else "unhealthy",
            "checks": {name: result.error or "ok" for name, result in results.items()},
            "system": system,
            "dependencies": {_LATENCY.format(name): result.milliseconds for name, result in results.items()},
            "business": business,
        }

    async def _results(self) -> dict[str, Result]:
        """Run all checks at once: together they take as long as the slowest."""
        checks = list(self._checks.values())
        found = await asyncio.gather(*(check.result() for check in checks))
        results = {check.name: result for check, result in zip(checks, found, strict=True)}
        for name, result in results.items():
            self._record(name, result)
        return results

    def _well(self, results: Mapping[str, Result]) -> bool:
        return all(results[name].ok for name, check in self._checks.items() if check.required)

    def _record(self, name: str, result: Result) -> None:
        self._show(_LATENCY.format(name), result.milliseconds)
        if self._metrics.declared(_READINESS):
            self._metrics.gauge(_READINESS).labels(dependency=name).set(int(result.ok))
        if self._was.get(name, True) != result.ok:
            self._change(name, result)
        self._was[name] = result.ok

    def _show(self, name: str, value: float | None) -> None:
        if value is not None and self._metrics.declared(name):
            self._metrics.gauge(name).set(value)

    def _read(self, name: str) -> float | None:
        """Read a number; None where that fails, which does not make the service unhealthy."""
        try:
            return self._numbers[name]()
        except Exception as error:
            self._complaints.report(
                f"number:{name}", f"health: {name}: expected a number, found {type(error).__name__}"
            )
            return None


PAGES: Mapping[str, Callable[[Health], Awaitable[Page]]] = {
    "/health/live": Health.live,
    "/health/ready": Health.ready,
    "/health/deep": Health.deep,
}
