"""Segments of users, for metrics, so that no id becomes a label."""

SEGMENTS = ("young_professionals", "families", "travellers")
"""The first is the document's."""


def segment_of(user: str) -> str:
    """Return a user's segment: hashed from the id, since the users are generated."""
    return SEGMENTS[sum(user.encode()) % len(SEGMENTS)]
