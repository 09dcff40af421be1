"""The program: it reads the stack's settings and deploys its layers, in order."""

from pathlib import Path

import pulumi

from compiler.errors import UserError
from stacks.program import deploy, read

try:
    deploy(read(Path(__file__).resolve().parent))
except UserError as error:
    # Pulumi prints a RunError without a traceback.
    raise pulumi.RunError(str(error)) from None
