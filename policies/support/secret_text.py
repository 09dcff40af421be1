"""Recognize secrets in plain text: by their own format, or by the name of the property that holds them.

Both can be wrong in one direction only: a secret without a format of its own, under a name that says nothing, is not
recognised. What is found is never repeated, only its place and kind.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Final

import yaml

# Formats: the issuers' own documentation, and the lists that secret scanners share (gitleaks, GitHub secret scanning).
FORMATS: Final = {
    "an AWS access key id": r"(?<![A-Z0-9])(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Z0-9])",
    "a private key": r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----(?:\s|\\n)*(?:Proc-Type|[A-Za-z0-9+/]{16})",
    "a Slack webhook URL": r"hooks\.slack\.com/(?:services|workflows|triggers)/[A-Za-z0-9/_-]{8}",
    "a Slack token": r"\bxox[abeprs]-[A-Za-z0-9-]{10}",
    "a GitHub token": r"\b(?:gh[opsru]_[A-Za-z0-9]{36}|github_pat_\w{22})",
    "a Grafana token": r"\bglsa_\w{30}",
    "a JSON web token": r"\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10}",
    # A digit distinguishes a token from prose such as "bearer authentication".
    "a bearer token": r"(?i:\bbearer)\s+(?=[A-Za-z._~+/-]*\d)[A-Za-z0-9._~+/-]{16}",
    "a password in a URL": r"\b[a-z][a-z0-9+.-]*://[^\s:/@]*:(?![$*{<%])[^\s:/@]{3,}@",
    "a PagerDuty key": r"(?i:(?:routing|service|integration)[_-]?key)\W{1,4}[0-9a-f]{32}\b",
    "a password on a command line": r"--(?:[a-z]+-)*(?:password|passwd|token|secret|api-?key)=(?![$\"'{<(/])\S{3}",
    "a password in a setting": r"(?i:\bpassword)\s*=\s*[\"'](?![${<%])[^\"'\s]{3,}[\"']",
}
_FORMATS: Final = {kind: re.compile(pattern) for kind, pattern in FORMATS.items()}

_NAME: Final = re.compile(
    r"(?:^|_)(?:password|passwd|passphrase|token|api_?key|access_key|private_key|auth_key|routing_key|service_key"
    r"|integration_key|license_key|webhook_url|secret|secret_string|credentials)$"
)
# Names that end like a secret's and are not: idempotency and paging tokens, and references to Kubernetes objects.
_HARMLESS: Final = re.compile(
    r"(?:^|_)(?:(?:creation|request|client|idempotency|next|continue)_token|existing_secret)$"
)
# A value that stands for another: a placeholder, a path, an ARN or other reference, a mask, a switch.
_REFERENCE: Final = re.compile(
    r"\$[({]|\{\{|^[$%<]|^/|^arn:|^(?:file|env|ref|vault):|^\W*$|^(?:true|false|none|null)$", re.IGNORECASE
)
# What the load-balancing exporter of collectors calls that by which it spreads; source: its README, `routing_key`.
_ROUTED_BY: Final = frozenset({"traceID", "service", "resource", "metric", "streamID", "attributes"})
_OBJECT_NAME: Final = re.compile(r"[a-z0-9]+(?:[-.][a-z0-9]+)+")
_SETTING: Final = re.compile(r"^\s*([A-Za-z][\w.-]*)\s*[:=\s]\s*['\"]?([^\s'\"#]+)['\"]?\s*$", re.MULTILINE)

Place = tuple[str, ...]


def find(value: object, path: Place = ()) -> Iterator[tuple[Place, str]]:
    """Yield the path and the kind of every plain secret within; JSON, YAML and settings in text are parsed too.

    Args:
        value: Plain properties; what is neither an object, a list nor text is passed over.
        path: Where the value stands.
    """
    if isinstance(value, dict):
        yield from _in_object(value, path)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from find(item, (*path, str(index)))
    elif isinstance(value, str):
        yield from _in_text(value, path)


def names_a_secret(name: str, value: str) -> bool:
    """Return whether a property of this name holds a secret in this text, rather than a reference to one."""
    plain = re.sub(r"[\W_]+", "_", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)).lower()
    if not _NAME.search(plain) or _HARMLESS.search(plain) or _REFERENCE.search(value):
        return False
    if plain == "routing_key" and value in _ROUTED_BY:
        return False
    return not (plain.endswith("secret") and _OBJECT_NAME.fullmatch(value))


def _in_object(value: dict[str, object], path: Place) -> Iterator[tuple[Place, str]]:
    names = {"value": str(value["name"])} if isinstance(value.get("name"), str) else {}  # {name, value}, as in `env`
    for key, item in value.items():
        name = names.get(key, key)
        # Beside a `secretName`, the other fields name keys within that Kubernetes Secret.
        if isinstance(item, str) and "secretName" not in value and names_a_secret(name, item):
            yield (*path, key), f"a value for '{name}'"
        else:
            yield from find(item, (*path, key))


def _in_text(text: str, path: Place) -> Iterator[tuple[Place, str]]:
    found = [kind for kind, pattern in _FORMATS.items() if pattern.search(text)]
    if found:
        yield path, " and ".join(found)
        return
    inner = _document(text, path[-1] if path else "")
    if isinstance(inner, dict | list):
        yield from find(inner, path)
    elif "\n" in text.strip() or _is_settings_file(path):
        for name, value in _SETTING.findall(text):
            if _is_settings_file(path) and names_a_secret(name, value):
                yield (*path, name), f"a value for '{name}'"


def _document(text: str, name: str) -> object:
    """Parse the JSON or YAML in a text, or return None; YAML only where the name says so, since all text is YAML."""
    try:
        if name.endswith((".yaml", ".yml")):
            return list(yaml.load_all(text, Loader=yaml.CSafeLoader))
        return json.loads(text) if text.lstrip().startswith(("{", "[")) else None
    except (ValueError, yaml.YAMLError):
        return None


def _is_settings_file(path: Place) -> bool:
    return bool(path) and path[-1].endswith((".conf", ".cfg", ".ini", ".properties", ".toml", ".env", "_conf"))
