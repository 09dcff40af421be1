#!/usr/bin/env python3
"""Write to `facts/charts/` what a chart makes with the values that the program gives it, CRDs apart.

    python3 tools/build.py helm
    .venv/bin/python tools/charts.py cert-manager-v1.21.1.tgz

The argument is a chart's archive or folder, of the version that `versions.yaml` pins. Release name, namespace and
values are those of the release in production, taken from the sandbox's preview; Helm renders without a cluster. Of each
object only what others refer to, and what is judged, is kept. A folder of a repository's sources may differ from the
released archive, in images' tags for one.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path, PurePath
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import yaml

from sandbox import api
from sandbox.values import has_unknown, reveal
from tools.facts import FACTS, ROOT, FactsError, manifests, run, write

ENVIRONMENT = "prod"
RELEASE = "kubernetes:helm.sh/v3:Release"
ANNOTATIONS = ("helm.sh/", "cert-manager.io/")
"""What decides how long an object lives, and which certificate it gets."""

_IN_TEXTS = re.compile(r"\$labels\.(\w+)")
_IN_LISTS = re.compile(r"\b(?:by|on)\s*\(([^)]*)\)")

ALWAYS = frozenset({"alerts", "jobLabel"})
"""What is kept even where it is empty: that there is none says something."""


def described(chart: Path) -> dict[str, Any]:
    """Read the `Chart.yaml` of a chart's folder or archive.

    Raises:
        FactsError: it is no chart.
    """
    text = None
    if chart.is_dir() and (chart / "Chart.yaml").is_file():
        text = (chart / "Chart.yaml").read_text(encoding="utf-8")
    elif chart.is_file() and tarfile.is_tarfile(chart):
        with tarfile.open(chart) as archive:
            found = [each for each in archive.getnames() if PurePath(each).name == "Chart.yaml"]
            opened = archive.extractfile(min(found, key=lambda each: each.count("/"))) if found else None
            text = opened.read().decode() if opened else None
    if text is None:
        raise FactsError(f"{chart}: expected a chart's folder or archive, found no Chart.yaml in it")
    return dict(yaml.safe_load(text))


def pinned(name: str, version: str, versions: Mapping[str, Mapping[str, str]]) -> str:
    """Return the release that installs this chart.

    Raises:
        FactsError: no release does, or one of another version.
    """
    for release, chart in versions.items():
        if chart["chart"].rpartition("/")[2] == name:
            if str(chart["version"]).removeprefix("v") != version.removeprefix("v"):
                expected = f"expected version {chart['version']} (versions.yaml)"
                raise FactsError(f"chart {name}: {expected}, found {version}: take that one, or change the pin first")
            return release
    raise FactsError(f"chart {name}: expected one of {', '.join(sorted(versions))} (versions.yaml)")


def release_inputs(release: str, project: Path = ROOT) -> dict[str, Any]:
    """Return what the program gives a release: name, namespace, values.

    Raises:
        FactsError: production has no such release, or its values are not known before an update.
    """
    with tempfile.TemporaryDirectory() as state:
        summary = api.run("preview", ENVIRONMENT, project=project, state=Path(state))
    for each in summary.resources:
        if each.type == RELEASE and each.inputs["name"] == release:
            if has_unknown(each.inputs):
                raise FactsError(f"release {release}: expected values that are known in a preview, found unknown ones")
            return dict(reveal(each.inputs))
    raise FactsError(f"release {release}: expected it in stack {ENVIRONMENT}, found none")


def rendered(chart: Path, release: Mapping[str, Any], kubernetes: str) -> list[dict[str, Any]]:
    """Render a chart by Helm.

    Raises:
        FactsError: there is no Helm, or it refuses the chart or the values.
    """
    helm = shutil.which("helm", path=f"{ROOT / '.tools' / 'bin'}{os.pathsep}{os.environ['PATH']}")
    if helm is None:
        raise FactsError("helm: expected it in .tools/bin or on PATH, found none: python3 tools/build.py helm")
    with tempfile.TemporaryDirectory() as folder:
        values, output = Path(folder) / "values.json", Path(folder) / "rendered.yaml"
        values.write_text(json.dumps(release["values"]), encoding="utf-8")
        command = [helm, "template", release["name"], str(chart), "--namespace", release["namespace"]]
        command += ["--values", str(values), "--kube-version", kubernetes]
        # A home of its own: Helm would else read the user's repositories and credentials.
        environment = {**os.environ, "HOME": folder, "HELM_DATA_HOME": folder}
        result = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
        if result.returncode != 0:
            raise FactsError(f"helm template {chart}: {' '.join(result.stderr.split())}")
        output.write_text(result.stdout, encoding="utf-8")
        return [each for each in manifests(output) if each["kind"] != "CustomResourceDefinition"]


def kept(manifest: Mapping[str, Any], namespace: str) -> dict[str, Any]:
    """Return what is kept of one object; `namespace` is the release's."""
    about, spec = manifest["metadata"], manifest.get("spec") or {}
    annotations = {key: each for key, each in (about.get("annotations") or {}).items() if key.startswith(ANNOTATIONS)}
    found = {
        "apiVersion": manifest["apiVersion"],
        "kind": manifest["kind"],
        "name": about["name"],
        "namespace": about.get("namespace") or (None if _clusterwide(manifest["kind"]) else namespace),
        "labels": about.get("labels"),
        "annotations": annotations,
        "rules": manifest.get("rules"),
        "webhooks": [_webhook(each) for each in manifest.get("webhooks") or []],
    }
    found |= _KINDS.get(manifest["kind"], _workload)(spec)
    return {key: each for key, each in found.items() if each not in (None, {}, []) or key in ALWAYS}


def _clusterwide(kind: str) -> bool:
    return kind.startswith(("Cluster", "Mutating", "Validating")) or kind in {
        "Namespace",
        "StorageClass",
        "PriorityClass",
    }


def _service(spec: Mapping[str, Any]) -> dict[str, Any]:
    names = ("name", "port", "protocol", "targetPort")
    return {"ports": [_some(each, *names) for each in spec.get("ports") or []], "selector": spec.get("selector")}


def _monitor(spec: Mapping[str, Any]) -> dict[str, Any]:
    endpoints = [_some(each, "interval", "path", "port", "scheme") for each in spec.get("endpoints") or []]
    return {"endpoints": endpoints, "jobLabel": spec.get("jobLabel"), "selector": spec.get("selector")}


def _alerts(spec: Mapping[str, Any]) -> dict[str, Any]:
    rules = [rule for group in spec.get("groups") or [] for rule in group.get("rules") or [] if "alert" in rule]
    labels = {name: sorted({*_told_apart(each for each in rules if each["alert"] == name)}) for name in _names(rules)}
    return {"alerts": _names(rules), "alertLabels": {name: each for name, each in labels.items() if each}}


def _names(rules: Iterable[Mapping[str, Any]]) -> list[str]:
    return sorted({rule["alert"] for rule in rules})


def _told_apart(rules: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Yield the labels by which an alert tells things apart: of its texts, and those that it aggregates or joins by.

    The labels of a bare series are its exporter's, which a chart does not list.
    """
    for rule in rules:
        yield from _IN_TEXTS.findall(" ".join((rule.get("annotations") or {}).values()))
        for listed in _IN_LISTS.findall(str(rule["expr"])):
            yield from (label.strip() for label in listed.split(",") if label.strip())


def _workload(spec: Mapping[str, Any]) -> dict[str, Any]:
    template = spec.get("template")
    if not isinstance(template, dict) or "spec" not in template:
        return {}
    pod = template["spec"]
    return {
        "containers": [_container(each) for each in pod["containers"]],
        "podLabels": template.get("metadata", {}).get("labels"),
        "podSecurityContext": pod.get("securityContext"),
        "replicas": spec.get("replicas", 1),
        "serviceAccount": pod.get("serviceAccountName"),
    }


def _container(found: Mapping[str, Any]) -> dict[str, Any]:
    ports = [_some(each, "containerPort", "name") for each in found.get("ports") or []]
    return {
        **_some(found, "args", "image", "name", "securityContext"),
        **_some(found.get("resources") or {}, "limits", "requests"),
        **({"ports": ports} if ports else {}),
    }


def _webhook(found: Mapping[str, Any]) -> dict[str, Any]:
    return {**_some(found, "failurePolicy", "name"), "service": found.get("clientConfig", {}).get("service")}


def _some(found: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: found[name] for name in names if found.get(name) not in (None, {}, [])}


_KINDS = {"Service": _service, "ServiceMonitor": _monitor, "PodMonitor": _monitor, "PrometheusRule": _alerts}


def keep(chart: Path, folder: Path, project: Path = ROOT) -> Path:
    """Write the list of a chart.

    Returns:
        The file.

    Raises:
        FactsError: what is missing or does not fit.
    """
    pins = yaml.safe_load((project / "versions.yaml").read_text(encoding="utf-8"))
    about = described(chart)
    name = pinned(about["name"], str(about["version"]), pins["charts"])
    release = release_inputs(name, project)
    objects = [kept(each, release["namespace"]) for each in rendered(chart, release, str(pins["kubernetes"]))]
    listed = {"chart": name, "version": release["version"], "namespace": release["namespace"], "objects": objects}
    write(folder / f"{name}.json", listed)
    return folder / f"{name}.json"


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the chart's facts; exit status 0, or 1 with one line on what is wrong."""
    parser = argparse.ArgumentParser(description="Write to facts/charts/ what a chart makes.")
    parser.add_argument("chart", type=Path, help="a chart's archive or folder")
    options = parser.parse_args(arguments)
    return run("tools/charts.py", lambda: str(keep(options.chart, FACTS / "charts")))


if __name__ == "__main__":
    sys.exit(main())
