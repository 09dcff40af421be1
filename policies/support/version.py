"""The pack's version, from `PulumiPolicy.yaml`."""

from pathlib import Path

import yaml
from pulumi_policy import policy

FILE = Path(__file__).resolve().parents[1] / "PulumiPolicy.yaml"
_SERVICER = "_PolicyAnalyzerServicer"


def answer_with_version(file: Path = FILE) -> str:
    """Set the version of findings and of the pack's description to the one in `PulumiPolicy.yaml`.

    The library answers 0.0.1 whatever the file says (pulumi_policy 1.21, `PolicyPack.__init__`) and leaves it to the
    engine to put the file's version in its place; an engine that starts the pack by itself does not.

    Returns:
        The version.
    """
    version = str(yaml.safe_load(file.read_text(encoding="utf-8"))["version"])

    names = vars(policy)
    servicer_class = names[_SERVICER]

    def start(servicer: object, name: str, _fixed: str, *rest: object) -> None:
        servicer_class.__init__(servicer, name, version, *rest)

    names[_SERVICER] = type(_SERVICER, (servicer_class,), {"__init__": start})
    return version
