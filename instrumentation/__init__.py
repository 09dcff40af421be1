"""The package that a watched service imports: logs, traces, metrics, health, errors and profiles by one call.

watch = instrumentation.start(workload=..., service=..., contract=..., environment=...)
"""

from instrumentation.errors import ContractError
from instrumentation.settings import Settings
from instrumentation.watch import Watch, start

__all__ = ["ContractError", "Settings", "Watch", "start"]
