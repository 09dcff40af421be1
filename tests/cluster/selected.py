"""What the real Prometheus operator made: its configuration, its rule files, its objects."""

from __future__ import annotations

import base64
import gzip
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.e2e.apiserver import ApiServer

_MADE = Path(__file__).resolve().parents[2] / "facts" / "operators" / "prometheus.json"
_PLURALS = {"ServiceMonitor": "servicemonitors", "Probe": "probes", "PrometheusRule": "prometheusrules"}
_API = "/apis/monitoring.coreos.com/v1"
# Source: prometheus-operator, pkg/prometheus/promcfg.go (job names) and rules.go (names of files).
_JOB = re.compile(r"job_name: (serviceMonitor|probe)/([^/\s]+)/([^/\s]+)")
_RULES = "prometheus-platform-rulefiles-"

Object = Mapping[str, Any]


def unselected(server: ApiServer, namespace: str) -> list[str]:
    """Return every monitor, probe and rule of the cluster that Prometheus has not got."""
    secret = server.call("GET", f"/api/v1/namespaces/{namespace}/secrets/prometheus-platform")[1]
    text = gzip.decompress(base64.b64decode(secret["data"]["prometheus.yaml.gz"])).decode()
    jobs = {(kind.lower(), space, name) for kind, space, name in _JOB.findall(text)}
    files = {
        file
        for each in server.items(f"/api/v1/namespaces/{namespace}/configmaps")
        if each["metadata"]["name"].startswith(_RULES)
        for file in each.get("data", {})
    }
    found = []
    for kind, plural in _PLURALS.items():
        for each in server.items(f"{_API}/{plural}"):
            meta = each["metadata"]
            known = (kind.lower(), meta["namespace"], meta["name"]) in jobs
            if kind == "PrometheusRule":
                known = f"{meta['namespace']}-{meta['name']}-{meta['uid']}.yaml" in files
            if not known:
                found.append(f"{kind}/{meta['name']}")
    return found


def unlike_facts(server: ApiServer, namespace: str) -> list[str]:
    """Return in what the operator's objects are unlike those that `facts/operators/prometheus.json` lists."""
    paths = {"Service": "/api/v1", "StatefulSet": "/apis/apps/v1"}
    found = []
    for listed in json.loads(_MADE.read_text("utf-8"))["objects"]:
        path = f"{paths[listed['kind']]}/namespaces/{namespace}/{listed['kind'].lower()}s/{listed['name']}"
        status, made = server.call("GET", path)
        if status != 200:
            found.append(f"{listed['kind']}/{listed['name']}: not there")
            continue
        found += [f"{listed['kind']}/{listed['name']}: {each}" for each in _differences(listed, made)]
    return found


def _differences(listed: Object, made: Object) -> Iterator[str]:
    if listed["kind"] == "Service":
        yield from _lacks("labels", listed["labels"], made["metadata"]["labels"])
        yield from _lacks("selector", listed["selector"], made["spec"]["selector"])
        ports = {(each["name"], each["port"], each["protocol"]) for each in made["spec"]["ports"]}
        yield from (f"port {each['name']}" for each in listed["ports"] if _port(each, "port") not in ports)
        return
    template = made["spec"]["template"]
    yield from _lacks("podLabels", listed["podLabels"], template["metadata"]["labels"])
    containers = {each["name"]: each for each in template["spec"]["containers"]}
    for container in listed["pod"]["containers"]:
        if container["name"] not in containers:
            yield f"container {container['name']}"
            continue
        ports = {_port(each, "containerPort") for each in containers[container["name"]].get("ports", ())}
        wanted = {_port(each, "containerPort") for each in container["ports"]}
        yield from (f"port {name} of {container['name']}" for name, _, _ in wanted - ports)


def _port(port: Object, key: str) -> tuple[str, int, str]:
    return port["name"], port[key], port.get("protocol", "TCP")


def _lacks(what: str, listed: Object, made: Object) -> Iterator[str]:
    yield from (f"{what}: {key}: {made.get(key)!r}" for key, value in listed.items() if made.get(key) != value)
