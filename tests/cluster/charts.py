"""Charts with the objects that `facts/charts` lists of the real ones, so that Helm installs their names and shapes.

They stand for the charts of `versions.yaml`, which no package registry has. What the real ones make besides:

- configurations of webhooks: no operator would answer them here, and the API server would refuse what they judge;
- certificates and issuers, whose kinds come with cert-manager's own chart, and CRDs, which are installed beforehand;
- who is bound to which role, probes, volumes and environment of their pods, data of their ConfigMaps and Secrets, and
  expressions of their rules: the lists leave these out.
"""

from __future__ import annotations

import json
import tarfile
from collections.abc import Callable, Iterator, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
LISTS = ROOT / "facts" / "charts"
_LEFT_OUT = {
    "MutatingWebhookConfiguration",
    "ValidatingWebhookConfiguration",
    "Certificate",
    "Issuer",
    "CustomResourceDefinition",
}
_TEST_HOOK = "test"
_NAMESPACE = "__namespace__"
_MONITOR = ("endpoints", "selector", "jobLabel")

Object = Mapping[str, Any]


def put_into(project: Path, folder: Path) -> None:
    """Let a copy of the project take its charts from archives in a folder, made from the lists."""
    folder.mkdir(parents=True)
    file = project / "versions.yaml"
    document = yaml.safe_load(file.read_text("utf-8"))
    for name, chart in document["charts"].items():
        chart["chart"] = str(_archive(name, str(chart["version"]), folder))
        chart.pop("repo", None)
    file.write_text(yaml.safe_dump(document, sort_keys=False), "utf-8")


def _archive(name: str, version: str, folder: Path) -> Path:
    listed = LISTS / f"{name}.json"
    objects = json.loads(listed.read_text("utf-8"))["objects"] if listed.exists() else []
    made = "---\n".join(json.dumps(each) + "\n" for each in _manifests(objects))
    chart = {"apiVersion": "v2", "name": name, "version": version}
    files = {"Chart.yaml": yaml.safe_dump(chart), "values.yaml": "{}\n", "templates/objects.yaml": _template(made)}
    target = folder / f"{name}-{version}.tgz"
    with tarfile.open(target, "w:gz") as archive:
        for path, text in files.items():
            content = text.encode()
            entry = tarfile.TarInfo(f"{name}/{path}")
            entry.size = len(content)
            archive.addfile(entry, BytesIO(content))
    return target


def _template(text: str) -> str:
    """Keep braces of the text from Helm, and name the release's namespace."""
    escaped = text.replace("{{", "{{`{{`}}")
    return escaped.replace(_NAMESPACE, "{{ .Release.Namespace }}")


def _manifests(objects: list[Object]) -> Iterator[dict[str, Any]]:
    for each in objects:
        if each["kind"] in _LEFT_OUT or each.get("annotations", {}).get("helm.sh/hook") == _TEST_HOOK:
            continue
        meta = {key: each[key] for key in ("name", "labels", "annotations") if key in each}
        if "namespace" in each:
            # What a chart puts elsewhere, into kube-system, stays there.
            meta["namespace"] = _NAMESPACE if each["namespace"] == "observability" else each["namespace"]
        yield {"apiVersion": each["apiVersion"], "kind": each["kind"], "metadata": meta, **_body(each)}


def _body(each: Object) -> dict[str, Any]:
    """Return what a kind has beside its metadata; nothing for accounts, ConfigMaps and Secrets."""
    of_kind: dict[str, Callable[[], dict[str, Any]]] = {
        **dict.fromkeys(("Deployment", "DaemonSet", "Job"), lambda: {"spec": _workload(each)}),
        **dict.fromkeys(("Role", "ClusterRole"), lambda: {"rules": each.get("rules", [])}),
        **dict.fromkeys(("RoleBinding", "ClusterRoleBinding"), lambda: {"roleRef": _role(each)}),
        "Service": lambda: {"spec": {"ports": each["ports"], "selector": each.get("selector")}},
        "ServiceMonitor": lambda: {"spec": {key: each[key] for key in _MONITOR if key in each}},
        "PrometheusRule": lambda: {"spec": {"groups": [_group(each)]}},
    }
    return of_kind.get(each["kind"], dict)()


def _role(each: Object) -> Object:
    return {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": each["name"]}


def _group(each: Object) -> Object:
    return {"name": each["name"], "rules": [_rule(alert) for alert in each["alerts"]]}


def _rule(alert: str) -> Object:
    return {"alert": alert, "expr": "vector(0) > 0"}


def _workload(each: Object) -> dict[str, Any]:
    containers = [
        {
            "name": container["name"],
            "image": container["image"],
            "args": container.get("args", []),
            "ports": container.get("ports", []),
            "resources": {key: container[key] for key in ("requests", "limits") if container.get(key)},
            "securityContext": container.get("securityContext", {}),
        }
        for container in each["containers"]
    ]
    pod = {
        "containers": containers,
        "serviceAccountName": each["serviceAccount"],
        "securityContext": each.get("podSecurityContext") or {},
    }
    template = {"metadata": {"labels": each["podLabels"]}, "spec": pod}
    if each["kind"] == "Job":
        return {"template": {**template, "spec": {**pod, "restartPolicy": "Never"}}}
    spec: dict[str, Any] = {"selector": {"matchLabels": each["podLabels"]}, "template": template}
    return {**spec, "replicas": each["replicas"]} if each["kind"] == "Deployment" else spec
