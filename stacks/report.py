"""What can be said of a stack without running it on an engine: its compiled artefacts, and its monthly cost."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from compiler.artefacts import compile_artefacts
from compiler.cost import CostReport, estimate
from compiler.load import load_catalog
from settings import load_settings
from stacks.program import secret_names


def artefacts(project: Path, stack: str, config: Mapping[str, str]) -> dict[str, str]:
    """Compile every artefact of a stack.

    Args:
        project: the project's folder.
        stack: the stack's name.
        config: its config by full key, defaults of `Pulumi.yaml` included.

    Returns:
        The text of each artefact by its path under `build/<stack>/`.

    Raises:
        UserError: when the catalog or the settings are wrong.
    """
    catalog = load_catalog(project / "catalog")
    settings = load_settings(config, stack, secret_names(catalog))
    return compile_artefacts(catalog, settings.target)


def cost(project: Path, resources: Iterable[Mapping[str, object]]) -> CostReport:
    """Estimate what resources cost a month, by the catalog's price table.

    Args:
        project: the project's folder.
        resources: each with `type`, `name` and `inputs` as plain data.

    Raises:
        UserError: when the catalog is wrong.
    """
    return estimate(resources, load_catalog(project / "catalog").prices)
