"""The code of a Lambda function."""

from collections.abc import Mapping
from pathlib import Path

import pulumi

_LAMBDAS = Path(__file__).parents[2] / "lambdas"


def function_texts(package: str, data: Mapping[str, str]) -> dict[str, str]:
    """Return a package's files by name: its sources, and the compiled data that lies beside them.

    Args:
        package: the folder below `lambdas/`.
        data: texts by file name.
    """
    sources = {file.name: file.read_text(encoding="utf-8") for file in sorted((_LAMBDAS / package).glob("*.py"))}
    return {**sources, **data}


def function_archive(package: str, texts: Mapping[str, str]) -> pulumi.AssetArchive:
    """Return the files as an archive of texts: no path of this machine gets into the state."""
    return pulumi.AssetArchive({f"{package}/{name}": pulumi.StringAsset(text) for name, text in texts.items()})
