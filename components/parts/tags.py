"""The tags that every AWS resource carries."""

from collections.abc import Mapping
from dataclasses import dataclass

# Source: the cost allocation tags of engagement-prediction write "production"; bills need one spelling.
_ENVIRONMENT_TAGS = {"prod": "production", "dev": "development", "dr": "disaster-recovery"}

KEYS = ("Project", "Environment", "Team", "CostCenter", "Workload", "Model")
"""Every key that a bill can be split by."""


@dataclass(frozen=True)
class Tags:
    """Whose cost a resource is; Model only where a resource serves one model."""

    project: str
    team: str
    cost_center: str
    workload: str
    environment: str

    def to_dict(self, model: str | None = None) -> Mapping[str, str]:
        """Return the tags as AWS takes them."""
        tags = {
            "Project": self.project,
            "Environment": _ENVIRONMENT_TAGS.get(self.environment, self.environment),
            "Team": self.team,
            "CostCenter": self.cost_center,
            "Workload": self.workload,
        }
        return tags if model is None else {**tags, "Model": model}
