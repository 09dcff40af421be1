"""Turn the retention table into the settings of each store."""

from compiler.errors import UserError
from compiler.model.platform import RetentionClass

# Source: CloudWatch Logs API reference, PutRetentionPolicy, retentionInDays.
CLOUDWATCH_DAYS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545),
    *(731, 1096, 1827, 2192, 2557, 2922, 3288, 3653),
)


def cloudwatch_days(name: str, retention: RetentionClass) -> tuple[int, str | None]:
    """Return the days a log group keeps its events, and a note when the figure had to be rounded up.

    Raises:
        UserError: when the class says nothing of CloudWatch, or more than CloudWatch can keep.
    """
    wanted = retention.cloudwatch_days
    if wanted is None:
        raise UserError(f"catalog/retention.yaml: classes.{name}: expected cloudwatch_days, since a log group uses it")
    allowed = next((days for days in CLOUDWATCH_DAYS if days >= wanted), None)
    if allowed is None:
        longest = CLOUDWATCH_DAYS[-1]
        raise UserError(
            f"catalog/retention.yaml: classes.{name}: CloudWatch keeps {longest} days at most, not {wanted}"
        )
    note = None if allowed == wanted else f"{wanted} days rounded up to {allowed}, the next that CloudWatch allows"
    return allowed, note
