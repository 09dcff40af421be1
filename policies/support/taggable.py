"""Find the resource types that take tags, by the installed provider SDK rather than a list.

The SDK's sources are read as text: to import `pulumi_aws` takes half a second, and each run of the pack is a process.
"""

from __future__ import annotations

import importlib.util
import keyword
import re
from functools import cache
from pathlib import Path

_TAGS = re.compile(r"^ +tags: (.*)", re.MULTILINE)


@cache
def is_taggable(token: str) -> bool:
    """Return whether resources of this type take AWS tags, as a map or (auto-scaling groups) as a list.

    A type with an argument `tags` that is neither has tags of another meaning (DevOps Guru selects by them).
    What is no type of `pulumi_aws` takes none.

    Args:
        token: a type token such as `aws:sns/topic:Topic`.
    """
    source = _class_source(token)
    tags = _TAGS.search(source)
    return tags is not None and ("def tags_all(self)" in source or "TagArgs" in tags[1])


def _class_source(token: str) -> str:
    """Return the source from the resource's class on; empty where the SDK has no such class."""
    package, _, rest = token.partition(":")
    module, _, name = rest.partition(":")
    folder, _, stem = module.partition("/")
    # File names spell a type with underscores, in more ways than one rule gives (mLTransform is ml_transform).
    file = _files(f"{folder}_" if keyword.iskeyword(folder) else folder).get(stem.lower())
    if package != "aws" or not name or file is None:
        return ""
    return file.read_text(encoding="utf-8").partition(f"class {name}(pulumi.CustomResource)")[2]


@cache
def _files(folder: str) -> dict[str, Path]:
    """Return the SDK's files of one module, by their names without underscores."""
    spec = importlib.util.find_spec("pulumi_aws")
    roots = (spec and spec.submodule_search_locations) or []
    return {path.stem.replace("_", ""): path for root in roots for path in Path(root, folder).glob("*.py")}
