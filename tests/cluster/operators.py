"""A loop that simulates unavailable operators: it writes the status that a resource waits for.

It stands for Strimzi, Flink's, Grafana's and the OpenTelemetry operator. Those make pods, services and Secrets and look
at what becomes of them; this writes at once what `components/parts/waiting.py` waits for, in the words of the
operator's own source, which that module names. So a green `up` proves that we wait and for what, and nothing of what
these operators would do. Of Strimzi's Secrets it makes those that pods mount. Prometheus and Alertmanager are the real
operator's.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from tests.e2e.apiserver import ApiServer

_PERIOD = 0.5
_KINDS = {
    "grafanas": ("grafana.integreatly.org/v1beta1", "GrafanaReady"),
    "grafanadatasources": ("grafana.integreatly.org/v1beta1", "DatasourceSynchronized"),
    "grafanafolders": ("grafana.integreatly.org/v1beta1", "FolderSynchronized"),
    "grafanadashboards": ("grafana.integreatly.org/v1beta1", "DashboardSynchronized"),
    "kafkas": ("kafka.strimzi.io/v1", "Ready"),
    "kafkatopics": ("kafka.strimzi.io/v1", "Ready"),
    "kafkausers": ("kafka.strimzi.io/v1", "Ready"),
    "flinkdeployments": ("flink.apache.org/v1beta1", ""),
    "opentelemetrycollectors": ("opentelemetry.io/v1beta1", "Ready"),
}
PROMETHEUS = {
    "prometheuses": ("monitoring.coreos.com/v1", "Available"),
    "alertmanagers": ("monitoring.coreos.com/v1", "Available"),
}
"""Played only where the real operator does not run."""
_NODES = 3

Object = dict[str, Any]


class Operators:
    """Every operator but the real ones.

    Args:
        server: the API server.
        failing: resources that fail, by `plural/name`, with their operator's words; may be changed while it runs.
        absent: groups whose operator is not there: nobody answers.
        others: further kinds to answer for.
    """

    def __init__(
        self,
        server: ApiServer,
        failing: dict[str, str],
        absent: set[str],
        others: Mapping[str, tuple[str, str]] | None = None,
    ) -> None:
        self._server = server
        self.failing = failing
        self.absent = absent
        self._kinds = _KINDS | dict(others or {})
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="operators")
        self._thread.start()

    def _run(self) -> None:
        while not self._ended.wait(_PERIOD):
            for plural, (api, kind) in self._kinds.items():
                if api.partition("/")[0] not in self.absent:
                    with suppress(OSError):  # too busy to answer: the next look finds the same
                        self._look(plural, api, kind)

    def _look(self, plural: str, api: str, kind: str) -> None:
        for each in self._server.items(f"/apis/{api}/{plural}"):
            name = each["metadata"]["name"]
            words = self.failing.get(f"{plural}/{name}", "")
            status = self._status(plural, each, kind, words)
            if each["metadata"].get("deletionTimestamp") or _compared(each) == _compared({**each, "status": status}):
                continue
            if plural in {"kafkas", "kafkausers"} and not words:
                self._secrets(plural, each)
            path = f"/apis/{api}/namespaces/{each['metadata']['namespace']}/{plural}/{name}/status"
            self._server.call("PATCH", path, {"status": status})

    def _status(self, plural: str, found: Object, kind: str, words: str) -> Object:
        generation = found["metadata"]["generation"]
        if plural == "flinkdeployments":
            state = {"lifecycleState": "FAILED" if words else "STABLE", "error": words or None}
            return {**state, "observedGeneration": generation}
        status: Object = {"conditions": _conditions(plural, kind, generation, words)}
        if plural == "grafanas":
            status |= {"stage": "complete", "stageStatus": "failed" if words else "success", "lastMessage": words}
        if plural.startswith("kafka"):
            status["observedGeneration"] = generation
        if plural == "opentelemetrycollectors":
            replicas = found["spec"].get("replicas") or _NODES
            status["scale"] = {"replicas": replicas, "statusReplicas": f"{0 if words else replicas}/{replicas}"}
        return status

    def _secrets(self, plural: str, found: Object) -> None:
        """Write Strimzi's secrets: the clients' authority of a cluster, and a password for each user."""
        name, space = found["metadata"]["name"], found["metadata"]["namespace"]
        named = f"{name}-cluster-ca-cert" if plural == "kafkas" else name
        keys = ("ca.crt", "ca.p12", "ca.password") if plural == "kafkas" else ("password", "sasl.jaas.config")
        self._secret(space, named, keys)

    def _secret(self, space: str, name: str, keys: tuple[str, ...]) -> None:
        """Make a secret unless it is there."""
        path = f"/api/v1/namespaces/{space}/secrets"
        if self._server.call("GET", f"{path}/{name}")[0] == 404:
            secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}}
            self._server.call("POST", path, {**secret, "stringData": dict.fromkeys(keys, "x")})

    def close(self) -> None:
        """End it."""
        self._ended.set()
        self._thread.join()


def _conditions(plural: str, kind: str, generation: int, words: str) -> list[Object]:
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    condition = {"lastTransitionTime": now, "message": words or "as asked"}
    if plural.startswith("kafka"):
        return [{**condition, "type": "NotReady" if words else "Ready", "status": "True", "reason": "Played"}]
    if plural == "grafanas" and words:
        return []
    kinds = ("Reconciled", "Available") if plural in PROMETHEUS else (kind,)
    verdict = {"status": "False" if words else "True", "reason": "Played", "observedGeneration": generation}
    return [{**condition, **verdict, "type": each} for each in kinds]


def _compared(found: Object) -> Any:
    """Return what a status says, apart from when."""
    status = dict(found.get("status") or {})
    conditions = [{**each, "lastTransitionTime": ""} for each in status.pop("conditions", None) or ()]
    return {key: value for key, value in status.items() if value not in (None, "")}, conditions
