"""Continuous profiles for Pyroscope, where its address is given: processor time and memory.

For a process that is running already, py-spy needs nothing in here: docs/instrumentation.md.
"""

from collections.abc import Mapping

from instrumentation.extras import extra

_HZ = 100
"""Samples a second: Pyroscope's own default, about 1 % of a core."""


def start_profiling(address: str, facts: Mapping[str, str], upload_seconds: int = 10) -> None:
    """Start sending profiles; they end with the process.

    Args:
        address: of Pyroscope, as `http://host:4040`.
        facts: service, workload, environment and instance.
        upload_seconds: between two uploads.

    Raises:
        ContractError: where the extra `profiling` is not installed.
    """
    extra("pyroscope", "profiling", "PYROSCOPE_ADDRESS").configure(
        application_name=facts["service"],
        server_address=address,
        sample_rate=_HZ,
        tags={name: facts[name] for name in ("workload", "environment", "instance")},
        upload_interval=upload_seconds,
        mem_enabled=True,
    )
