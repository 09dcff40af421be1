"""What is computed of a stack without an engine: its artefacts, its monthly cost, its page."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from compiler.artefacts import compile_artefacts
from compiler.cloud.cost import CostReport, estimate
from compiler.load import load_catalog
from compiler.site.page import stack_page
from compiler.site.recorded import Recorded
from stacks.layers import layers
from stacks.loaded import loaded


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
    catalog, settings = loaded(project, stack, config)
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


def site(project: Path, stack: str, config: Mapping[str, str], recorded: Mapping[str, object]) -> str:
    """Return the page of a stack, `site/index.html`.

    Args:
        project: the project's folder.
        stack: the stack's name.
        config: its config by full key, defaults of `Pulumi.yaml` included.
        recorded: what `compiler.site.recorded.Recorded` holds, as plain data.

    Raises:
        UserError: when the catalog or the settings are wrong.
    """
    catalog, settings = loaded(project, stack, config)
    return stack_page(stack, Recorded.model_validate(recorded), layers(), catalog, settings.target)
