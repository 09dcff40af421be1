"""Reports of code that breaks its contract: an error in development, a warning in production."""

from collections.abc import Callable

DEVELOPMENT = frozenset({"development", "local", "dev", "test"})
"""Environments where a mistake is an error: nobody is served there, and its author is looking."""


class ContractError(Exception):
    """A mistake of the service's code, in one line: what was expected, what was found, and what to do."""


class Complaints:
    """Reports each mistake: raised in development, else logged once as a warning.

    Attributes:
        strict: whether a mistake is an error.
        reported: the reported mistakes, as keys.
    """

    _MOST = 1_000
    """Kept keys: a mistake whose key is made of data must not fill the memory."""

    def __init__(self, warn: Callable[[str], None], *, strict: bool) -> None:
        self.strict = strict
        self.reported = set[str]()
        self._warn = warn

    def report(self, key: str, message: str) -> None:
        """Report a mistake.

        Args:
            key: identifies the mistake, which is reported once.
            message: one line: place, expected, found, what to do.

        Raises:
            ContractError: in development.
        """
        if self.strict:
            raise ContractError(message)
        if key not in self.reported and len(self.reported) < self._MOST:
            self.reported.add(key)
            self._warn(message)
