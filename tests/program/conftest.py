"""The runs of the program that tests look at."""

import tests.program.sdk as _sdk
from tests.program.previews import preview, up

__all__ = ["_sdk", "preview", "up"]
