"""The text of notices: the same title and fields as Alertmanager's messages (compiler/routing/messages.py).

Facts that a hand-made alarm lacks are left out; plain text has none of them.
"""

from .model import Notice

_STATUS = {"firing": "[FIRING 1]", "resolved": "[RESOLVED]", "plain": "[NOTICE]"}


def title(notice: Notice, priority: str) -> str:
    """Return the title, which a phone shows first."""
    workload = notice.fact("workload")
    whose = f"{workload}/{notice.fact('service')}" if workload else ""
    return f"{' '.join(part for part in (_STATUS[notice.status], priority, whose) if part)}: {notice.name}"


def text(notice: Notice) -> str:
    """Return the message with its links."""
    links = [f"{name.capitalize()}: {notice.fact(name)}" for name in ("runbook", "dashboard") if notice.fact(name)]
    return "\n".join([notice.summary, notice.description, *links])
