"""What the installed SDKs say of a resource type."""

from __future__ import annotations

import importlib
import inspect
import keyword
import warnings
from functools import cache

with warnings.catch_warnings():
    # This module warns of its own contents on import; the warning is not about what the project uses.
    warnings.simplefilter("ignore", DeprecationWarning)
    S3_BUCKET: type = importlib.import_module("pulumi_aws.s3").Bucket


@cache
def resource_class(token: str) -> type | None:
    """Return the class of `aws:sns/topic:Topic` or `kubernetes:core/v1:Secret`; None where the SDK has none."""
    package, module, name = token.split(":")
    if package == "aws":
        folder = module.split("/")[0]
        # The SDK writes words of Python with an underscore: lambda_.
        path = f"pulumi_aws.{folder}_" if keyword.iskeyword(folder) else f"pulumi_aws.{folder}"
    else:
        group, version = module.split("/")
        path = f"pulumi_kubernetes.{group.split('.')[0]}.{version}"
    try:
        found = getattr(importlib.import_module(path), name, None)
    except ModuleNotFoundError:
        return None
    return found if inspect.isclass(found) else None


def arguments(token: str) -> set[str]:
    """Return the names of the constructor's arguments, as Python spells them."""
    return set(inspect.signature(vars(resource_class(token))["_internal_init"]).parameters)


def takes_tags(token: str) -> bool:
    """Return whether resources of this type carry AWS tags."""
    return token.startswith("aws:") and hasattr(resource_class(token), "tags_all")
