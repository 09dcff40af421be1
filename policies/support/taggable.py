"""Which resource types take tags, asked of the installed provider SDK rather than kept in a list."""

from __future__ import annotations

import importlib
import inspect
import keyword
import warnings
from functools import cache


@cache
def resource_class(token: str) -> type | None:
    """The class of `pulumi_aws` for a type token such as `aws:sns/topic:Topic`; None for what it does not have.

    Imports one module of the SDK at the first question about it (0.05 s for most, 0.4 s for ec2 and wafv2).
    """
    package, _, rest = token.partition(":")
    module, _, name = rest.partition(":")
    folder = module.split("/")[0]
    if package != "aws" or not name:
        return None
    name_in_python = f"{folder}_" if keyword.iskeyword(folder) else folder
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # some modules warn of their own contents on import
        try:
            found = importlib.import_module(f"pulumi_aws.{name_in_python}")
        except ModuleNotFoundError:
            return None
        return getattr(found, name, None)  # a lazy module, which runs here


@cache
def is_taggable(token: str) -> bool:
    """Whether resources of this type take AWS tags, as a map or (auto-scaling groups) as a list.

    A type with an argument `tags` that is neither has tags of another meaning (DevOps Guru selects by them).
    """
    found = resource_class(token)
    arguments = inspect.signature(getattr(found, "_internal_init", lambda: None)).parameters
    return "tags" in arguments and (hasattr(found, "tags_all") or "TagArgs" in str(arguments["tags"].annotation))
