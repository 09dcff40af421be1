"""Format numbers and names for readers, and the message for Slack."""

from collections.abc import Mapping, Sequence

from .model import Section, Settings

_DAY, _HOUR, _MINUTE = 86_400, 3_600, 60
_COLOR = {True: "danger", False: "good"}
# Source: Slack, "Formatting text for app surfaces", escaping: a channel's link or mention in foreign text stays text.
_ESCAPED = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def duration(seconds: float) -> str:
    """Format a duration in its two largest units, short ones in seconds."""
    whole = round(seconds)
    if whole < _MINUTE:
        return f"{seconds:.3g} s"
    sizes = [("d", _DAY), ("h", _HOUR), ("min", _MINUTE), ("s", 1)]
    parts = []
    for unit, size in sizes:
        count, whole = divmod(whole, size)
        parts.append((count, unit))
    # The largest that counts, and what comes after it.
    first = next(n for n, (count, _) in enumerate(parts) if count)
    return " ".join(f"{count} {unit}" for count, unit in parts[first : first + 2] if count)


def percent(ratio: float) -> str:
    """Format a ratio in percent."""
    return f"{ratio * 100:.4g} %"


def amount(value: float, unit: str) -> str:
    """Format a value with its unit."""
    if unit == "seconds":
        return duration(value)
    return percent(value) if unit == "ratio" else f"{value:.4g} {unit}"


def name_of(labels: Mapping[str, str]) -> str:
    """Return the name of an alert and its workload."""
    whose = "/".join(labels[name] for name in ("workload", "service") if labels.get(name))
    severity = f" ({labels['severity']})" if labels.get("severity") else ""
    return f"{labels.get('alertname', 'an alert without a name')}{f' of {whose}' if whose else ''}{severity}"


def message(settings: Settings, sections: Sequence[Section]) -> dict[str, object]:
    """Return the post: a section is an attachment, red where a server did not answer."""
    failed = any(section.failed for section in sections)
    title = f"{settings.title}{', not complete' if failed else ''}"
    return {
        "channel": settings.room,
        "text": f"*{escape(title)}*\n<{settings.dashboard}|Success criteria>",
        "attachments": [
            {
                "color": _COLOR[section.failed],
                "title": escape(section.title),
                "text": escape("\n".join(section.lines)),
                "fallback": escape(section.title),
            }
            for section in sections
        ],
    }


def escape(text: str) -> str:
    """Escape text for Slack."""
    return "".join(_ESCAPED.get(letter, letter) for letter in text)
