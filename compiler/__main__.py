"""`python -m compiler schemas` writes the JSON Schemas of the catalog's files; `... docs` the site of the runbooks."""

import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from compiler.catalog.schema import schemas
from compiler.errors import UserError
from compiler.load import load_catalog
from compiler.site.runbooks import runbook_site

_SITE = Path("build/runbooks-site")


def main(arguments: list[str]) -> int:
    """Write the schemas or the site, as the arguments ask; return the exit code."""
    if arguments == ["schemas"]:
        files, folder = schemas(), Path("catalog/.schema")
    elif arguments == ["docs"]:
        try:
            files, folder = runbook_site(load_catalog(Path("catalog"))), _SITE
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


def _write(folder: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
