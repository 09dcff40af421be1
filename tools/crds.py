#!/usr/bin/env python3
"""Write the structure of custom resources to `facts/crds/`, from where their operators publish it.

    python3 tools/crds.py --source "strimzi/strimzi-kafka-operator 1.2.0" strimzi-crds-1.2.0.yaml
    python3 tools/crds.py --source "grafana/grafana-operator 5.24.0" grafana-operator-5.24.0.tgz
    helm template cert-manager cert-manager-1.21.1.tgz --set crds.enabled=true > crds.yaml  # CRDs that are templates

Of each kind and version that is served: types, bounds, defaults and rules (`x-kubernetes-validations`), which an API
server needs to judge an object. Texts for people are left out.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tools.facts import FACTS, FactsError, Json, manifests, run, write

TEXTS = {"description", "title", "example", "externalDocs", "message", "messageExpression"}
"""What is written for people: in a schema, and beside a rule."""
NAMED = {"properties", "patternProperties", "definitions"}
"""What holds schemas by names, of which any may be called like a text."""
LITERAL = {"default", "enum"}
"""What holds values, no schemas."""
RULE = "rule"
"""A rule of several lines needs a message (apiextensions-apiserver, validateValidationRule): kept as one line."""


def structure(schema: Json) -> Json:
    """Return a schema without its texts."""
    if isinstance(schema, list):
        return [structure(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    return {key: _part(key, each) for key, each in schema.items() if key not in TEXTS}


def _part(key: str, value: Json) -> Json:
    if key in LITERAL:
        return value
    if key == RULE and isinstance(value, str):
        return " ".join(value.split()) if "\n" in value else value
    if key in NAMED and isinstance(value, dict):
        return {name: structure(each) for name, each in value.items()}
    return structure(value)


def kinds(definition: dict[str, Any], origin: str) -> Iterator[dict[str, Any]]:
    """Yield the kept part of a CustomResourceDefinition: one entry for each version that is served."""
    spec = definition["spec"]
    for version in spec["versions"]:
        if version["served"]:
            yield {
                "group": spec["group"],
                "kind": spec["names"]["kind"],
                "plural": spec["names"]["plural"],
                "scope": spec["scope"],
                "version": version["name"],
                "source": origin,
                "schema": structure(version["schema"]["openAPIV3Schema"]),
            }


def keep(sources: Sequence[Path], origin: str, folder: Path) -> list[str]:
    """Write every kind found in the sources to the folder, each with where it is from.

    Returns:
        The names of the files.

    Raises:
        FactsError: there is no CustomResourceDefinition in one of the sources.
    """
    written = []
    for source in sources:
        definitions = [each for each in manifests(source) if each["kind"] == "CustomResourceDefinition"]
        if not definitions:
            expected = "expected CustomResourceDefinitions, found none: render a chart that has them as templates first"
            raise FactsError(f"{source}: {expected} (`helm template`)")
        for kind in (each for definition in definitions for each in kinds(definition, origin)):
            name = f"{kind['group']}_{kind['version']}_{kind['kind']}.json"
            write(folder / name, kind)
            written.append(name)
    return written


def main(arguments: Sequence[str] | None = None, folder: Path = FACTS / "crds") -> int:
    """Write the facts of the CRDs; exit status 0, or 1 with one line on what is wrong."""
    parser = argparse.ArgumentParser(description="Write custom resources' structures to facts/crds/.")
    parser.add_argument("sources", nargs="+", type=Path, metavar="source", help="a YAML file, a folder, a .tgz archive")
    parser.add_argument("--source", required=True, dest="origin", help="repository and release that they are from")
    options = parser.parse_args(arguments)
    return run("tools/crds.py", lambda: "\n".join(keep(options.sources, options.origin, folder)))


if __name__ == "__main__":
    sys.exit(main())
