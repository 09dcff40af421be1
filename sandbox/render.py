"""Write the artefacts of a stack under build/<stack>/, the same bytes each time."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from compiler.errors import UserError
from compiler.text import to_yaml
from sandbox.model import Resource
from sandbox.program import ask
from sandbox.project import Project, load_config
from sandbox.summary import Summary, plain
from sandbox.values import Value, masked, reveal


def write(project: Project, stack: str, summary: Summary) -> Path:
    """Write every file anew and replace the old folder.

    Returns:
        The folder.

    Raises:
        UserError: it cannot be written.
    """
    files = {
        **_artefacts(project, stack),
        **_manifests(summary.resources),
        "aws/resources.json": _json(
            [plain(each) for each in _sorted(summary.resources) if each.package == "aws" and _real(each)]
        ),
        "graph.mmd": graph(summary.resources),
        "cost.json": _json(summary.cost.to_json() if summary.cost else {"estimated": False}),
        "policy.json": _json(
            sorted((asdict(finding) for finding in summary.findings), key=lambda item: json.dumps(item, sort_keys=True))
        ),
    }
    files |= _site(project, stack, summary, sorted(files))
    target = project.folder / "build" / stack
    draft, old = (target.with_name(f".{stack}.{kind}-{os.getpid()}") for kind in ("new", "old"))
    try:
        for name, text in files.items():
            path = draft / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text if text.endswith("\n") else f"{text}\n", encoding="utf-8")
        if target.exists():
            target.rename(old)
        draft.rename(target)
    except OSError as error:
        shutil.rmtree(draft, ignore_errors=True)
        raise UserError(f"{target}: cannot be written: {error.strerror}") from error
    shutil.rmtree(old, ignore_errors=True)
    return target


def _artefacts(project: Project, stack: str) -> Mapping[str, str]:
    return dict(ask(project, "artefacts", project.folder, stack, load_config(project, stack).values) or {})


def _site(project: Project, stack: str, summary: Summary, names: list[str]) -> dict[str, str]:
    config = load_config(project, stack).values
    page = ask(project, "site", project.folder, stack, config, recorded(summary, names))
    return {"site/index.html": page} if page else {}


def recorded(summary: Summary, names: list[str]) -> dict[str, Value]:
    """Return the data of a stack's page; `names` are the files beside it."""
    keys = ("urn", "type", "name", "parent", "mode")
    return {
        "resources": [
            {**{key: getattr(each, key) for key in keys}, "dependencies": sorted(set(reveal(each.dependencies)))}
            for each in summary.resources
        ],
        "findings": [asdict(finding) for finding in summary.findings],
        "cost": json.loads(str(summary.cost.to_json())) if summary.cost else None,
        "files": names,
    }


def _sorted(resources: list[Resource]) -> list[Resource]:
    return sorted(resources, key=lambda each: (each.type, each.urn))


def _real(resource: Resource) -> bool:
    return resource.custom and not resource.is_provider


def _json(data: Value) -> str:
    return json.dumps(
        data if isinstance(data, dict | list) else json.loads(str(data)), indent=2, sort_keys=True, default=str
    )


def _manifests(resources: list[Resource]) -> dict[str, str]:
    rendered = {}
    for each in resources:
        if each.package == "kubernetes" and _real(each):
            inputs = masked(each.inputs)
            if "metadata" in inputs:
                names = (inputs["kind"], inputs["metadata"].get("namespace"), inputs["metadata"]["name"])
            else:
                names = ("release", inputs.get("namespace"), inputs["name"])
            file = "-".join(str(name) for name in names if name).lower().replace("/", "_")
            rendered[f"kubernetes/{file}.yaml"] = to_yaml(_ordered(inputs))
    return rendered


def _ordered(data: Value) -> Value:
    """Return the same data with keys in order, so that equal resources give equal bytes."""
    if isinstance(data, dict):
        return {key: _ordered(data[key]) for key in sorted(data)}
    return [_ordered(each) for each in data] if isinstance(data, list) else data


def graph(resources: list[Resource]) -> str:
    """Return components, resources and dependencies as a Mermaid flowchart."""
    ordered = sorted((each for each in resources if not each.is_provider), key=lambda each: each.urn)
    names = {each.urn: f"n{index}" for index, each in enumerate(ordered)}
    children: dict[str, list[Resource]] = {}
    for each in ordered:
        children.setdefault(each.parent if each.parent in names else "", []).append(each)
    lines = ["flowchart LR"]

    def walk(parent: str, depth: int) -> None:
        for each in children.get(parent, []):
            pad, kind = "  " * depth, each.type.rpartition(":")[2]
            label = f'{names[each.urn]}["{kind}<br/>{each.name}"]'
            if each.urn in children:
                lines.append(f"{pad}subgraph {label}")
                walk(each.urn, depth + 1)
                lines.append(f"{pad}end")
            else:
                lines.append(f"{pad}{label}")

    walk("", 1)
    for each in ordered:
        lines += [
            f"  {names[urn]} --> {names[each.urn]}" for urn in sorted(set(reveal(each.dependencies))) if urn in names
        ]
    return "\n".join(lines)
