"""What people read: the same title and fields as Alertmanager's messages (compiler/messages.py)."""

from .model import Notice


def title(notice: Notice, priority: str) -> str:
    """Return what a phone shows first."""
    if notice.status == "plain":
        return f"[NOTICE] {priority}: {notice.name}" if priority else f"[NOTICE] {notice.name}"
    status = "FIRING 1" if notice.status == "firing" else "RESOLVED"
    return f"[{status}] {priority} {notice.fact('workload')}/{notice.fact('service')}: {notice.name}"


def text(notice: Notice) -> str:
    """Return the message; plain text has no links."""
    lines = [notice.summary, notice.description]
    if notice.status != "plain":
        lines += [f"Runbook: {notice.fact('runbook')}", f"Dashboard: {notice.fact('dashboard')}"]
    return "\n".join(lines)
