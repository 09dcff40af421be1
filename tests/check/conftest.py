"""The SDK's own warnings are silenced before the checker imports the program."""

import tests.program.sdk as _sdk

__all__ = ["_sdk"]
