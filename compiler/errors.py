"""The error for a mistake that a user can mend."""


class UserError(Exception):
    """A user's mistake: each line of the message names the place, what was expected and found, and what to do.

    Command lines print the message without a traceback and exit with 1.
    """
