"""`python -m compiler schemas` writes the JSON Schemas of the catalog's files; `... docs` the site of the runbooks."""

import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from compiler.catalog.schema import schemas
from compiler.catalog.yaml_source import read
from compiler.errors import UserError
from compiler.load import load_catalog
from compiler.site.runbooks import runbook_site

_SITE = Path("build/runbooks-site")
_GRAFANA = "observability:grafanaUrl"


def main(arguments: list[str]) -> int:
    """Write the schemas or the site, as the arguments ask; return the exit code."""
    if arguments == ["schemas"]:
        files, folder = schemas(), Path("catalog/.schema")
    elif arguments == ["docs"]:
        try:
            files, folder = runbook_site(load_catalog(Path("catalog")), grafanas(Path())), _SITE
        except UserError as error:
            sys.stderr.write(f"{error}\n")
            return 1
        shutil.rmtree(folder, ignore_errors=True)
    else:
        sys.stderr.write("usage: python -m compiler schemas|docs\n")
        return 2
    _write(folder, files)
    sys.stdout.write(f"wrote {len(files)} {'pages' if folder == _SITE else 'schemas'} to {folder}/\n")
    return 0


def grafanas(project: Path) -> dict[str, str]:
    """Return the address of Grafana of each stack whose file sets one, by the stack's name.

    The default of `Pulumi.yaml` is an example that leads nowhere, so a stack without an address of its own has none.

    Raises:
        UserError: when a stack's file cannot be read.
    """
    found = dict[str, str]()
    for file in sorted(project.glob("Pulumi.*.yaml")):
        data = read(file, file.name).data
        config = data.get("config") if isinstance(data, dict) else None
        address = config.get(_GRAFANA) if isinstance(config, dict) else None
        if isinstance(address, str):
            found[file.stem.removeprefix("Pulumi.")] = address
    return found


def _write(folder: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
