"""The traces' part of the cloud layer: X-Ray's rules and groups, for workloads whose traces go there."""

from compiler.catalog.catalog import Watched
from compiler.traces.xray import groups, sampling_rules
from components.traces.xray_sampling import XRaySampling, XRaySamplingArgs
from stacks.context import Context


def deploy(context: Context, watched: Watched) -> None:
    """Create a workload's resources in X-Ray, if it has any."""
    target = context.settings.target
    rules = sampling_rules(watched, target)
    if rules:
        XRaySampling(
            watched.name,
            XRaySamplingArgs(rules, groups(watched, target), context.workload_tags(watched)),
            context.in_aws,
        )
