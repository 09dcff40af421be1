"""The catalog and the settings of a stack, loaded together and held against each other."""

import difflib
from collections.abc import Mapping
from pathlib import Path

from compiler.catalog.catalog import Catalog
from compiler.errors import UserError
from compiler.load import load_catalog
from compiler.metrics.liveness import known
from settings import PROJECT, Settings, load_settings
from stacks.secrets import secret_names


def loaded(project: Path, stack: str, config: Mapping[str, str]) -> tuple[Catalog, Settings]:
    """Load the catalog and the settings of a stack.

    Args:
        project: the project's folder.
        stack: the stack's name.
        config: its config by full key, defaults of `Pulumi.yaml` included.

    Raises:
        UserError: when the catalog or the settings are wrong.
    """
    catalog = load_catalog(project / "catalog")
    return catalog, settings_for(catalog, stack, config)


def settings_for(catalog: Catalog, stack: str, config: Mapping[str, str]) -> Settings:
    """Load the settings of a stack of a catalog.

    Raises:
        UserError: when they are wrong, or name what the catalog does not have.
    """
    settings = load_settings(config, stack, secret_names(catalog))
    names = known(catalog)
    lines = []
    for n, name in enumerate(settings.live):
        if name not in names:
            near = difflib.get_close_matches(name, names, n=1)
            meant = f": did you mean {near[0]}?" if near else ""
            expected = "expected a workload of the catalog, or workload/service"
            lines.append(f"Pulumi.{stack}.yaml: {PROJECT}:live.{n}: {expected}, found '{name}'{meant}")
    if lines:
        raise UserError("\n".join(lines))
    return settings
