"""Imports what warns on import before the components do."""

import tests.program.sdk as _sdk

__all__ = ["_sdk"]
