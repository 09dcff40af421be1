"""`python -m compiler schemas`: writes the JSON Schemas of the catalog's files to `catalog/.schema/`."""

import sys
from pathlib import Path

from compiler.schema import schemas


def main(arguments: list[str]) -> int:
    """Write the schemas; return the exit code."""
    if arguments != ["schemas"]:
        sys.stderr.write("usage: python -m compiler schemas\n")
        return 2
    folder = Path("catalog/.schema")
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in schemas().items():
        (folder / name).write_text(text, encoding="utf-8")
    sys.stdout.write(f"wrote {len(schemas())} schemas to {folder}/\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
