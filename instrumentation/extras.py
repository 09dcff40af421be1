"""Import the optional packages of a service, at first use."""

from importlib import import_module
from types import ModuleType

from instrumentation.errors import ContractError


def extra(module: str, name: str, wanted_by: str) -> ModuleType:
    """Return a module of one of this package's extras.

    Args:
        module: to import.
        name: of the extra, as in `pyproject.toml`.
        wanted_by: the environment variable that asks for it.

    Raises:
        ContractError: where it is not installed.
    """
    try:
        return import_module(module)
    except ImportError:
        wanted = f"pip install observability-instrumentation[{name}]"
        raise ContractError(f"{wanted_by}: expected the package {module}, found none: {wanted}") from None
