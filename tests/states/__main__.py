"""Keep the states of the sandbox as those of a release: `python -m tests.states RELEASE [FOLDER]`.

Deploy every stack first (`STACK=prod make up`, and so on).
"""

import sys
from pathlib import Path

from tests.states.kept import ROOT, keep

release, *given = sys.argv[1:]
print(f"{release}: kept {', '.join(keep(Path(given[0]) if given else ROOT / '.sandbox', release))}")
