"""Deploy a stack's layers in their order."""

from pathlib import Path

import pulumi
from pulumi.runtime.config import CONFIG, get_config_env

from components.parts.waiting import waiting
from settings import PROJECT, Settings
from stacks import account, base, cloud, foundation, logs, metrics, traces
from stacks.context import Context, Versions
from stacks.loaded import loaded


def read(project: Path) -> Context:
    """Read the catalog, the stack's settings and the versions.

    Args:
        project: the project's folder.

    Raises:
        UserError: when the catalog or the settings are wrong; nothing is registered yet.
    """
    catalog, settings = loaded(project, pulumi.get_stack(), _config())
    return Context(settings, catalog, Versions.load(project / "versions.yaml"))


def _config() -> dict[str, str]:
    """Return every key that is set, so that a misspelt one is found, with the value that Pulumi gives to known ones."""
    config = pulumi.Config()
    known = {f"{PROJECT}:{key}": config.get(key) for key in Settings.config_keys()}
    # The engine passes the values in the environment; engines that run the program in their own process set CONFIG.
    return {**get_config_env(), **CONFIG.get(), **{key: value for key, value in known.items() if value is not None}}


def deploy(context: Context) -> None:
    """Deploy the layers that the settings name."""
    settings = context.settings
    # Before the first resource: a transformation applies only to later ones.
    pulumi.runtime.register_stack_transformation(waiting(settings.ready_timeout_seconds))
    if "account" in settings.layers:
        account.deploy(context)
        return
    below = base.deploy(context) if settings.has_own_base else base.referenced(context)
    if settings.has_own_base:
        for name, value in below.outputs.items():
            pulumi.export(name, value)
    if "foundation" not in settings.layers:
        return
    platform = foundation.deploy(context, below)
    if "metrics" in settings.layers:
        _deploy_on_metrics(context, platform)
    if "cloud" in settings.layers:
        cloud.deploy(context, platform)


def _deploy_on_metrics(context: Context, platform: foundation.Foundation) -> None:
    """Deploy metrics and the layers that need it, of which each needs the one before."""
    layers = context.settings.layers
    figures = metrics.deploy(context, platform)
    if "logs" in layers:
        search = logs.deploy(context, platform, figures.grafana)
        if "traces" in layers:
            traces.deploy(context, platform, figures, search)
