"""A loop that simulates the nodes of a cluster: scheduler, kubelet, volumes and load balancers.

It stands for kube-scheduler, the kubelet, a CSI driver and a cloud's controller. What those do otherwise: no image is
fetched and no container runs, so a pod is ready because it is there; mounts are only looked for by name; requests,
taints, affinities and spread are not looked at; a volume has no bytes. Their words here are those of the real ones:
`ErrImagePull` (kubernetes, pkg/kubelet/images/types.go), `FailedMount` (pkg/kubelet/kubelet.go).
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from itertools import count
from typing import Any

from tests.e2e.apiserver import ApiServer

ZONES = ("a", "b", "c")
_PERIOD = 0.5
_VOLUMES = "/api/v1/persistentvolumes"

Object = dict[str, Any]


class Kubelet:
    """Nodes in three zones, and what happens on them.

    Args:
        server: the API server.
        failing: parts of the names of pods whose image cannot be fetched; may be changed while it runs.
    """

    def __init__(self, server: ApiServer, failing: set[str]) -> None:
        self._server = server
        self.failing = failing
        self._addresses = count(2)
        self._ended = threading.Event()
        for zone in ZONES:
            self._node(f"node-{zone}", zone)
        self._thread = threading.Thread(target=self._run, name="kubelet")
        self._thread.start()

    def _node(self, name: str, zone: str) -> None:
        labels = {
            "kubernetes.io/hostname": name,
            "kubernetes.io/os": "linux",
            "topology.kubernetes.io/zone": f"us-east-1{zone}",
        }
        node = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name, "labels": labels}}
        status, answer = self._server.call("POST", "/api/v1/nodes", node)
        assert status in {201, 409}, answer

    def _run(self) -> None:
        while not self._ended.wait(_PERIOD):
            with suppress(OSError):  # too busy to answer: the next look finds the same
                self._look()

    def _look(self) -> None:
        self._keep_nodes()
        claims = {_key(each): each for each in self._server.items("/api/v1/persistentvolumeclaims")}
        for claim in claims.values():
            self._provision(claim)
        self._reclaim()
        for pod in self._server.items("/api/v1/pods"):
            self._pod(pod, claims)
        for service in self._server.items("/api/v1/services"):
            if service["spec"].get("type") == "LoadBalancer" and not service["status"].get("loadBalancer"):
                balancer = {"ingress": [{"hostname": f"{service['metadata']['name']}.elb.example.com"}]}
                self._status(service, "services", {"loadBalancer": balancer})

    def _keep_nodes(self) -> None:
        """Without a sign of life the controller manager would evict every pod."""
        now = _now()
        for node in self._server.items("/api/v1/nodes"):
            ready = {"type": "Ready", "status": "True", "reason": "KubeletReady", "lastHeartbeatTime": now}
            self._status(node, "nodes", {"conditions": [{**ready, "lastTransitionTime": now}]})
            if node["spec"].get("taints"):
                self._server.call("PATCH", f"/api/v1/nodes/{node['metadata']['name']}", {"spec": {"taints": None}})

    def _provision(self, claim: Object) -> None:
        """Make the volume of a claim whose class is there; the controller manager binds the two."""
        wanted = claim["spec"].get("storageClassName")
        if claim["status"].get("phase") == "Bound" or not wanted:
            return
        if self._server.call("GET", f"/apis/storage.k8s.io/v1/storageclasses/{wanted}")[0] != 200:
            return
        space, name = _key(claim)
        spec = {
            "storageClassName": wanted,
            "capacity": claim["spec"]["resources"]["requests"],
            "accessModes": claim["spec"]["accessModes"],
            "persistentVolumeReclaimPolicy": "Retain",
            "claimRef": {"namespace": space, "name": name, "uid": claim["metadata"]["uid"]},
            "csi": {"driver": "example.com", "volumeHandle": name},
        }
        metadata = {"name": f"pv-{claim['metadata']['uid']}"}
        volume = {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": metadata, "spec": spec}
        self._server.call("POST", _VOLUMES, volume)

    def _reclaim(self) -> None:
        for volume in self._server.items(_VOLUMES):
            if volume["status"].get("phase") == "Released":
                self._server.call("DELETE", f"{_VOLUMES}/{volume['metadata']['name']}")

    def _pod(self, pod: Object, claims: dict[tuple[str, str], Object]) -> None:
        space, name = _key(pod)
        path = f"/api/v1/namespaces/{space}/pods/{name}"
        if pod["metadata"].get("deletionTimestamp"):
            self._server.call("DELETE", path, {"gracePeriodSeconds": 0})
            return
        if pod["status"].get("phase") in {"Succeeded", "Failed"}:
            return
        if pod["spec"].get("nodeName"):
            self._start(pod)
        else:
            self._schedule(pod, path, claims)

    def _schedule(self, pod: Object, path: str, claims: dict[tuple[str, str], Object]) -> None:
        space, name = _key(pod)
        wanted = [
            (space, each["persistentVolumeClaim"]["claimName"]) for each in _volumes(pod, "persistentVolumeClaim")
        ]
        unbound = [each[1] for each in wanted if claims.get(each, {}).get("status", {}).get("phase") != "Bound"]
        if unbound:
            words = f"pod has unbound immediate PersistentVolumeClaims: {', '.join(unbound)}"
            self._condition(pod, {"type": "PodScheduled", "status": "False", "reason": "Unschedulable"}, words)
            return
        node = _wanted_node(pod) or f"node-{ZONES[next(self._addresses) % len(ZONES)]}"
        target = {"apiVersion": "v1", "kind": "Node", "name": node}
        binding = {"apiVersion": "v1", "kind": "Binding", "metadata": {"name": name}, "target": target}
        self._server.call("POST", f"{path}/binding", binding)

    def _start(self, pod: Object) -> None:
        name = pod["metadata"]["name"]
        if any(part in name for part in self.failing):
            words = f'failed to pull image "{pod["spec"]["containers"][0]["image"]}": not found'
            state: Object = {"waiting": {"reason": "ErrImagePull", "message": words}}
            self._report(pod, "Pending", state, ready=False)
            return
        missing = [each for each in self._mounted(pod) if self._server.call("GET", each)[0] == 404]
        if missing:
            words = f"MountVolume.SetUp failed: {missing[0].rpartition('/')[2]!r} not found"
            state = {"waiting": {"reason": "ContainerCreating", "message": words}}
            self._report(pod, "Pending", state, ready=False)
            return
        if any(owner["kind"] == "Job" for owner in pod["metadata"].get("ownerReferences", ())):
            state = {"terminated": {"exitCode": 0, "reason": "Completed", "finishedAt": _now()}}
            self._report(pod, "Succeeded", state, ready=False)
            return
        if not _is_ready(pod):
            self._report(pod, "Running", {"running": {"startedAt": _now()}}, ready=True)

    def _mounted(self, pod: Object) -> Iterator[str]:
        space = pod["metadata"]["namespace"]
        for each in _volumes(pod, "secret"):
            if not each["secret"].get("optional"):
                yield f"/api/v1/namespaces/{space}/secrets/{each['secret']['secretName']}"
        for each in _volumes(pod, "configMap"):
            if not each["configMap"].get("optional"):
                yield f"/api/v1/namespaces/{space}/configmaps/{each['configMap']['name']}"

    def _report(self, pod: Object, phase: str, state: Object, *, ready: bool) -> None:
        containers = [
            {
                "name": each["name"],
                "image": each["image"],
                "imageID": "",
                "ready": ready,
                "restartCount": 0,
                "started": ready,
                "state": state,
            }
            for each in pod["spec"]["containers"]
        ]
        now = _now()
        base: Object = {"lastTransitionTime": now, "status": "True"}
        always = [{**base, "type": kind} for kind in ("PodScheduled", "Initialized")]
        if not ready:
            words = next(iter(state.values())).get("message", "")
            base |= {"status": "False", "reason": "ContainersNotReady", "message": words}
        conditions = [{**base, "type": kind} for kind in ("ContainersReady", "Ready")]
        address = pod["status"].get("podIP") or f"10.1.{next(self._addresses) % 250}.{next(self._addresses) % 250}"
        status = {
            "phase": phase,
            "podIP": address,
            "podIPs": [{"ip": address}],
            "hostIP": "10.2.0.1",
            "conditions": [*always, *conditions],
            "containerStatuses": containers,
        }
        if not _same(pod["status"], status):
            self._status(pod, "pods", status)

    def _condition(self, pod: Object, condition: Object, words: str) -> None:
        full = {**condition, "message": words, "lastTransitionTime": _now()}
        if [each.get("message") for each in pod["status"].get("conditions", ())] != [words]:
            self._status(pod, "pods", {"phase": "Pending", "conditions": [full]})

    def _status(self, found: Object, plural: str, status: Object) -> None:
        space = found["metadata"].get("namespace")
        folder = f"/api/v1/namespaces/{space}/{plural}" if space else f"/api/v1/{plural}"
        self._server.call("PATCH", f"{folder}/{found['metadata']['name']}/status", {"status": status})

    def close(self) -> None:
        """End it."""
        self._ended.set()
        self._thread.join()


def _key(found: Object) -> tuple[str, str]:
    return found["metadata"]["namespace"], found["metadata"]["name"]


def _volumes(pod: Object, kind: str) -> list[Object]:
    return [each for each in pod["spec"].get("volumes", ()) if kind in each]


def _wanted_node(pod: Object) -> str:
    """Return the node that a DaemonSet's pod is for, which its controller writes into the pod's affinity."""
    affinity = pod["spec"].get("affinity", {}).get("nodeAffinity", {})
    for term in affinity.get("requiredDuringSchedulingIgnoredDuringExecution", {}).get("nodeSelectorTerms", ()):
        for field in term.get("matchFields", ()):
            return str(field["values"][0])
    return ""


def _is_ready(pod: Object) -> bool:
    return any(each["type"] == "Ready" and each["status"] == "True" for each in pod["status"].get("conditions", ()))


def _same(before: Object, after: Object) -> bool:
    """Return whether a pod already reports this: a status that is written again and again wakes every controller."""
    reported = [(each["state"].keys(), each["ready"]) for each in before.get("containerStatuses", ())]
    to_report = [(each["state"].keys(), each["ready"]) for each in after["containerStatuses"]]
    return before.get("phase") == after["phase"] and reported == to_report


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
