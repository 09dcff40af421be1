"""`python -m sandbox VERB`."""

import gc
import os
import sys

from sandbox.cli import main

_YOUNG, _MIDDLE, _OLD = 200_000, 50, 100
"""When the collector looks for garbage. The SDK's modules are millions of objects that live as long as the process: at
Python's own 700, 10, 10 it walks them so often that an update of 278 resources takes 14 s instead of 9."""

if __name__ == "__main__":
    gc.set_threshold(_YOUNG, _MIDDLE, _OLD)
    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    # Everything is on disk by now. To free the SDK's objects one by one, as Python would, takes two seconds more.
    os._exit(code)
