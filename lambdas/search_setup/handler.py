"""The Lambda handler that puts every document into the domain; called once a deployment, and idempotent.

The documents lie beside this file; what only the stack knows (ARNs, the bucket) comes with the event and is filled in.
"""

import json
import logging
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from string import Template

import boto3
from botocore.credentials import Credentials

from .client import Answer, Domain, SetupError

FILE = Path(__file__).with_name("documents.json")
_LOG = logging.getLogger(__name__)
_NOT_FOUND, _MULTIPLE_CHOICES = 404, 300
_REASON_CHARS = 300


def put(domain: Domain, document: Mapping[str, object]) -> str | None:
    """Put one document; return the error, or None.

    A document is `{"method", "path", "body", "headers"}`. One with `"versioned": true` is a policy: the domain takes a
    new version of what it has only from those who name the version that they have seen. `"create"` is the method where
    it has none.
    """
    method, path = str(document.get("method", "PUT")), str(document["path"])
    headers = document.get("headers")
    given = dict(headers) if isinstance(headers, Mapping) else {}
    try:
        version = _version(domain, path) if document.get("versioned") else ""
        if document.get("versioned") and not version:
            method = str(document.get("create", method))
        answer = domain.ask(method, f"{path}{version}", document.get("body"), given)
    except SetupError as error:
        return str(error)
    if answer.status >= _MULTIPLE_CHOICES:
        return f"{method} {path}: HTTP {answer.status}: {_reason(answer)}"
    refused = _refused(answer)
    return f"{method} {path}: {refused}" if refused else None


def _version(domain: Domain, path: str) -> str:
    known = domain.ask("GET", path)
    if known.status == _NOT_FOUND or not isinstance(known.content, Mapping):
        return ""
    return f"?if_seq_no={known.content.get('_seq_no')}&if_primary_term={known.content.get('_primary_term')}"


def _reason(answer: Answer) -> str:
    error = answer.content.get("error") if isinstance(answer.content, Mapping) else None
    reason = error.get("reason") if isinstance(error, Mapping) else error
    return str(reason or "no reason given")[:_REASON_CHARS]


def _refused(answer: Answer) -> str:
    """Return the errors of a bulk request to Dashboards, which answers 200 even when single objects fail."""
    objects = answer.content.get("saved_objects") if isinstance(answer.content, Mapping) else None
    found = [each for each in objects if isinstance(each, Mapping)] if isinstance(objects, list) else []
    problems = []
    for each in found:
        error = each.get("error")
        if isinstance(error, Mapping):
            problems.append(f"{each.get('type')} {each.get('id')}: {error.get('message') or 'no reason given'}")
    return "; ".join(problems)[:_REASON_CHARS]


def filled(text: str, values: Mapping[str, str]) -> list[Mapping[str, object]]:
    """Return the documents with `${name}` filled in.

    Raises:
        SetupError: when a name has no value, or the text is no list.
    """
    quoted = {name: json.dumps(value)[1:-1] for name, value in values.items()}
    try:
        documents = json.loads(Template(text).substitute(quoted))
    except (KeyError, ValueError) as error:
        raise SetupError(f"documents: {type(error).__name__}: {error}") from None
    if not isinstance(documents, list):
        raise SetupError("documents: expected a list")
    return documents


def apply(domain: Domain, documents: Sequence[Mapping[str, object]]) -> dict[str, int]:
    """Put all documents in order; a failed one does not stop the others.

    Raises:
        SetupError: with a line for each that failed.
    """
    problems = [problem for document in documents if (problem := put(domain, document))]
    if problems:
        raise SetupError("\n".join(problems))
    return {"applied": len(documents)}


def handle(event: Mapping[str, object], _context: object) -> dict[str, int]:
    """Handle an invocation: `{"endpoint", "values": {name: text}}`; a digest in it invokes it for each version.

    Raises:
        SetupError: as `apply` and `filled` do.
    """
    session = boto3.Session()

    def credentials() -> Credentials:
        found = session.get_credentials()
        if found is None:
            raise SetupError("expected the credentials of the function's role, found none")
        return found

    values = event.get("values")
    known = {str(name): str(value) for name, value in values.items()} if isinstance(values, Mapping) else {}
    domain = Domain(str(event["endpoint"]), os.environ["AWS_REGION"], credentials)
    done = apply(domain, filled(FILE.read_text(encoding="utf-8"), known))
    _LOG.info("applied %d documents", done["applied"])
    return done
