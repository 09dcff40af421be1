"""Serve the pack to the engine that started it; `PolicyPack` blocks until that engine ends it."""

import sys
from pathlib import Path

# The engine runs this folder as a script, so the package's own parent is not on the path.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from pulumi_policy import EnforcementLevel, PolicyPack

from policies.support.pack import PackError, discover, with_exemptions
from policies.support.parent import leave_with_parent
from policies.support.version import answer_with_version

leave_with_parent()
try:
    RULES = discover()
    POLICIES = with_exemptions(RULES)
except PackError as error:
    sys.exit(str(error))

answer_with_version()
PolicyPack("observability", POLICIES, enforcement_level=EnforcementLevel.MANDATORY)
