"""Scrub error reports by the rules of lines and spans."""

from collections.abc import Mapping
from typing import Any

from instrumentation.attributes import Cleaner

_TEXTS = ("message", "logentry", "exception", "threads", "spans", "transaction", "fingerprint")
"""Sections that the SDK builds: their keys are Sentry's own, their strings may hold anything."""
_SERVICES_OWN = ("extra", "contexts", "tags")
"""Sections whose keys a service chooses."""
_REQUEST = ("method", "url")
_DEEPEST = 20
REMOVED = "[removed]"


class Scrubber:
    """Cleans reports of errors, of transactions, and their breadcrumbs."""

    def __init__(self, cleaner: Cleaner) -> None:
        self._cleaner = cleaner

    def event(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """Return the report scrubbed: no address, no cookie, no local variable; the user by its hash alone."""
        kept = dict(event)
        kept.update({name: self._text(kept[name]) for name in _TEXTS if name in kept})
        kept.update({name: self.cleaned(kept[name]) for name in _SERVICES_OWN if name in kept})
        if "request" in kept:
            request = {name: kept["request"][name] for name in _REQUEST if name in kept["request"]}
            kept["request"] = self._text({**request, "url": str(request.get("url", "")).partition("?")[0]})
        if "breadcrumbs" in kept:
            kept["breadcrumbs"] = {"values": [self.crumb(one) for one in kept["breadcrumbs"].get("values", ())]}
        user = self._user(kept.pop("user", None))
        return kept | ({"user": user} if user else {})

    def crumb(self, crumb: Mapping[str, Any]) -> dict[str, Any]:
        """Return a breadcrumb scrubbed."""
        kept = self._texts(crumb)
        return kept | ({"data": self.cleaned(crumb["data"])} if isinstance(crumb.get("data"), Mapping) else {})

    def cleaned(self, value: object, above: str = "", depth: int = 0) -> object:
        """Return data without forbidden names at any depth, ids as their hash."""
        if depth > _DEEPEST:
            return REMOVED
        if isinstance(value, Mapping):
            return self._named(value, above, depth)
        if isinstance(value, (list, tuple, set)):
            return [self.cleaned(one, above, depth + 1) for one in value]
        return self._text(value)

    def _named(self, values: Mapping[str, Any], above: str, depth: int) -> dict[str, Any]:
        kept = dict[str, Any]()
        for name, value in values.items():
            dotted = f"{above}.{name}" if above else str(name)
            if self._cleaner.withholds(dotted) or self._cleaner.withholds(str(name)):
                continue
            if isinstance(value, (Mapping, list, tuple, set)):
                kept[name] = self.cleaned(value, str(name), depth + 1)
            elif found := self._cleaner.kept(str(name), value):
                kept[found[0]] = found[1]
        return kept

    def _text(self, value: object) -> object:
        """Return a value with its strings redacted and its keys as they are."""
        if isinstance(value, str):
            return self._cleaner.redact(value)
        if isinstance(value, Mapping):
            return self._texts(value)
        if isinstance(value, (list, tuple)):
            return [self._text(one) for one in value]
        return value

    def _texts(self, values: Mapping[str, Any]) -> dict[str, Any]:
        return {name: self._text(one) for name, one in values.items()}

    def _user(self, user: Mapping[str, Any] | None) -> dict[str, Any] | None:
        found = self._cleaner.kept("user_id", user["id"]) if user and user.get("id") else None
        return {"id": found[1]} if found else None
