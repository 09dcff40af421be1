"""Settings from environment variables, each checked as it is read."""

from collections.abc import Mapping

_LAST_PORT = 65_535
_SWITCH = {"yes": True, "no": False}


class SettingsError(Exception):
    """A variable holds what it may not: its name, what was expected, what was found."""


def number(variables: Mapping[str, str], name: str, default: float, least: float = 0) -> float:
    """Return a number, the default where there is none.

    Raises:
        SettingsError: it is no number, or less than `least`.
    """
    text = variables.get(name)
    try:
        found = float(text) if text else default
    except ValueError:
        found = float("nan")
    # Not "less than": NaN would pass that.
    if not least <= found < float("inf"):
        raise SettingsError(f"{name}: expected a number from {least:g} on, found {text!r}")
    return found


def switch(variables: Mapping[str, str], name: str) -> bool:
    """Return whether a switch is on; it is off by default.

    Raises:
        SettingsError: neither yes nor no.
    """
    text = variables.get(name) or "no"
    if text not in _SWITCH:
        raise SettingsError(f"{name}: expected yes or no, found {text!r}")
    return _SWITCH[text]


def address(variables: Mapping[str, str], name: str) -> tuple[str, int] | None:
    """Return a host and a port, None where there is none.

    Raises:
        SettingsError: it is not host:port.
    """
    text = variables.get(name)
    if not text:
        return None
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) <= _LAST_PORT:
        raise SettingsError(f"{name}: expected host:port, found {text!r}")
    return host.strip("[]"), int(port)
