"""A copy of the project that a test may break, and the way to take production down."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from shutil import copy2, copytree, ignore_patterns

import yaml

ROOT = Path(__file__).resolve().parents[2]
_PROGRAM = ("catalog", "compiler", "components", "docs/runbooks", "jobs", "lambdas", "stacks")
_FOLDERS = (*_PROGRAM, "facts", "policies", "sandbox")
_FILES = ("__main__.py", "settings.py", "versions.yaml", "Pulumi*.yaml")


def linked(folder: Path) -> Path:
    """Return the project seen through links, without its policies: what is previewed there is judged by nobody."""
    folder.mkdir(parents=True)
    for path in ROOT.iterdir():
        if path.name not in {".git", ".sandbox", "policies"}:
            (folder / path.name).symlink_to(path)
    return folder


def copied(folder: Path, *, judged: bool = True) -> Path:
    """Return a copy of what runs: program, catalog, settings, sandbox, and the policies where it is to be judged."""
    folder.mkdir(parents=True)
    for name in _FOLDERS if judged else [each for each in _FOLDERS if each != "policies"]:
        copy_folder(ROOT / name, folder / name)
    for pattern in _FILES:
        for file in ROOT.glob(pattern):
            copy2(file, folder)
    return folder


def copy_folder(source: Path, target: Path) -> Path:
    """Copy a folder with its bytecode, which holds for each file that is not changed since: compiling takes seconds.

    What another process is writing there just now (`name.cpython-311.pyc.1234`, as importlib names it) stays behind.
    """
    return Path(copytree(source, target, ignore=ignore_patterns("*.pyc.*")))


def unprotected(folder: Path, environment: str) -> Path:
    """Return a copy as docs/policies.md asks for before production is taken down."""
    return release(copied(folder), environment)


def release(project: Path, environment: str) -> Path:
    """Take an environment's protection off in a copy, as docs/policies.md says: by a setting and an exemption."""
    for config in (project / f"Pulumi.{stack}.yaml" for stack in (f"{environment}-base", environment)):
        if config.exists():
            document = yaml.safe_load(config.read_text(encoding="utf-8"))
            document["config"]["observability:protect"] = False
            config.write_text(yaml.safe_dump(document), encoding="utf-8")
    exemptions = project / "policies" / "exemptions.yaml"
    known = yaml.safe_load(exemptions.read_text(encoding="utf-8"))["exemptions"]
    about = {"reason": "the environment is taken down", "owner": "platform", "expires": date(2999, 12, 31)}
    entry = {"rule": "production-protected", "resource": "*::*", **about}
    exemptions.write_text(yaml.safe_dump({"exemptions": [*known, entry]}), encoding="utf-8")
    return project
