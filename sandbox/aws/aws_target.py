"""The AWS target: interprets the rows, against moto or against botocore's service model alone."""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

from compiler.errors import UserError
from sandbox.aws import functions, shapes
from sandbox.aws.cloud import Cloud
from sandbox.aws.expressions import MISSING, apply_filter, evaluate
from sandbox.aws.rows import Row, row, rows
from sandbox.conditions import ALWAYS
from sandbox.faults import AWS, ThrottledError
from sandbox.guard import ACCOUNT
from sandbox.model import Resource
from sandbox.targets import Invoked, Settings
from sandbox.values import UNKNOWN, Change, Secret, UnknownType, Value, has_unknown, reveal

_GONE = re.compile(r"NotFound|NoSuch|DoesNotExist|NonExistent|^404$")
# aws-sdk-go-v2 aws/retry/retryable_error.go, DefaultThrottleErrorCodes.
_THROTTLED = re.compile(r"Throttl|TooManyRequests|RequestLimitExceeded|BandwidthLimitExceeded|SlowDown|PriorRequestNot")
_RECORDED_SPACE = uuid.UUID("0d3f2b53-6f0b-4b38-8f5e-6f1c2a7f9f1d")

Scope = dict[str, Any]


class AwsTarget:
    """Implements `sandbox.targets.Target` for package `aws`."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def check(self, goal: Resource, old: Resource | None, settings: Settings) -> None:
        """Set the mode; add the generated name and the tags with the provider's defaults."""
        known = row(goal.type)
        goal.mode = known.mode
        inputs = goal.inputs
        if known.name and inputs.get(known.name) is None:
            inputs[known.name] = old.inputs[known.name] if old and known.name in old.inputs else _new_name(known, goal)
        defaults = settings.get("defaultTags", {})
        defaults = json.loads(defaults) if isinstance(defaults, str) else defaults
        tags = inputs.get("tags")
        if known.tags and (tags or defaults):
            given = tags.value if isinstance(tags, Secret) else tags or {}
            merged = UNKNOWN if isinstance(given, UnknownType) else {**(defaults.get("tags") or {}), **given}
            inputs["tagsAll"] = Secret(merged) if isinstance(tags, Secret) else merged

    def validate(self, goal: Resource, settings: Settings) -> None:
        """Build the creation's calls and checks each against its operation's input."""
        known = row(goal.type)
        scope = self._scope(known, goal, settings)
        for call in known.create:
            if _wanted(call, scope):
                self._arguments(known, call, scope, goal.urn)
            scope.update(dict.fromkeys(call.get("take", {}), UNKNOWN))

    def replaces(self, resource: Resource, settings: Settings) -> Mapping[str, str]:
        """Return the properties that the provider cannot change in place."""
        del settings
        known = row(resource.type)
        return dict.fromkeys([*known.replace, "region"], ALWAYS) | dict(known.replace_when)

    def refuses(self, goal: Resource, found: Sequence[Change]) -> str:
        """Return nothing: AWS refuses an update in the call itself."""
        del goal, found
        return ""

    def identity(self, resource: Resource, settings: Settings) -> str:
        """Return the id, where it follows from the inputs."""
        known = row(resource.type)
        evaluated = evaluate(known.id, self._scope(known, resource, settings))
        return "" if evaluated is MISSING or evaluated is UNKNOWN else str(evaluated)

    def create(self, goal: Resource, settings: Settings) -> None:
        """Call the creation's operations, or check them for a recorded type."""
        known = row(goal.type)
        scope = self._scope(known, goal, settings)
        if known.applied:
            for call in known.create:
                self._take(known, call, self._call(known, call, scope, goal.urn), scope)
        else:
            for name in [name for call in known.create for name in call.get("take", {})]:
                scope[name] = str(uuid.uuid5(_RECORDED_SPACE, f"{goal.urn}#{goal.generation}#{name}"))
        self._finish(known, goal, scope)

    def update(self, old: Resource, goal: Resource, settings: Settings) -> None:
        """Call the update's operations."""
        known = row(goal.type)
        before, goal.id = reveal(old.inputs), old.id
        scope = self._scope(known, goal, settings)
        taken = {name for call in known.create for name in call.get("take", {})}
        scope.update({name: reveal(old.outputs.get(name)) for name in taken if name in old.outputs})
        scope["old"] = before
        removed = sorted(set(before.get("tagsAll") or {}) - set(scope.get("tagsAll") or {}))
        scope["removedTags"] = removed or None
        if known.applied:
            for call in known.updates():
                self._take(known, call, self._call(known, call, scope, goal.urn), scope)
        self._finish(known, goal, scope)

    def read(self, resource: Resource, settings: Settings) -> dict[str, Any] | None:
        """Call the reading operations; return None when one of them says that the resource is gone."""
        known = row(resource.type)
        if not known.applied:
            return {}
        scope = {**self._scope(known, resource, settings), "id": resource.id}
        found: dict[str, Any] = {}
        for call in known.read:
            answer = self._call(known, call, scope, resource.urn, reading=True)
            if answer is None and not call.get("optional"):
                return None
            if answer is not None and "exists" in call and not _search(evaluate(call["exists"], scope), answer, scope):
                return None
            values = {
                name: _search(evaluate(path, scope), answer or {}, scope) for name, path in call.get("take", {}).items()
            }
            found.update({name: value for name, value in values.items() if value is not None})
        return found

    def adopt(self, goal: Resource, settings: Settings) -> None:
        """Fill in the outputs of an existing resource."""
        known = row(goal.type)
        scope = {**self._scope(known, goal, settings), **(self.read(goal, settings) or {}), "id": goal.id}
        self._finish(known, goal, scope)

    def delete(self, resource: Resource, settings: Settings) -> None:
        """Call the deleting operations; a resource that is gone already is fine."""
        known = row(resource.type)
        if known.applied:
            scope = {**self._scope(known, resource, settings), "id": resource.id}
            for call in known.delete:
                self._call(known, call, scope, resource.urn, reading=True)

    def find(self, goal: Resource, taken: set[str], settings: Settings) -> str:
        """Find what an announced creation may have left: by id, or by properties among ids that no state has."""
        known = row(goal.type)
        if not known.applied:
            return ""
        if identity := self.identity(goal, settings):
            return identity if self.read(_with_id(goal, identity), settings) is not None else ""
        wanted = reveal(goal.inputs)
        for candidate in self.listing(known, settings):
            live = None if candidate in taken else self.read(_with_id(goal, candidate), settings)
            if live is not None and all(same(wanted.get(key), live.get(key)) for key in known.find):
                return candidate
        return ""

    def listing(self, known: Row, settings: Settings) -> list[str]:
        """Return the ids of everything of a type in the cloud."""
        if not known.list:
            return []
        scope = {"account": ACCOUNT, "region": settings.get("region"), "tag_form": known.tags}
        answer = self._call(known, known.list, scope, known.type)
        found = sorted(str(each) for each in _search(evaluate(known.list["items"], scope), answer, scope) or [])
        if known.list.get("living"):
            found = [each for each in found if self.read(Resource("", known.type, "", id=each), settings) is not None]
        return found

    def everything(self, region: str) -> dict[str, list[str]]:
        """Return the ids of everything in the cloud, by type."""
        listed = {token: self.listing(each, {"region": region}) for token, each in rows().items() if each.applied}
        return {token: ids for token, ids in listed.items() if ids}

    def invoke(self, token: str, arguments: Mapping[str, Any], settings: Settings) -> Invoked:
        """Answer a data source from the state."""
        return functions.invoke(token, arguments, str(settings.get("region", "us-east-1")))

    def _scope(self, known: Row, resource: Resource, settings: Settings) -> Scope:
        inputs = reveal(resource.inputs)
        region = inputs.get("region") or settings.get("region")
        if not region:
            raise UserError(f"{resource.urn}: no region: set aws:region or give a provider")
        return {
            **inputs,
            "id": resource.id or None,
            "account": ACCOUNT,
            "partition": "aws",
            "region": region,
            "tag_form": known.tags,
        }

    def _arguments(self, known: Row, call: Mapping[str, Any], scope: Scope, urn: str) -> dict[str, Any]:
        place = f"{urn}: {known.service}.{call['op']}"
        try:
            filled = evaluate(call.get("args", {}), scope)
        except (ValueError, TypeError, KeyError) as error:
            raise UserError(f"{place}: {error}") from error
        shape = self._cloud.shape(known.service, call["op"])
        arguments = shapes.conform({} if filled is MISSING else filled, shape, place) if shape else {}
        if shape:
            shapes.check(arguments, shape, place)
        return dict(arguments)

    def _call(self, known: Row, call: Mapping[str, Any], scope: Scope, urn: str, *, reading: bool = False) -> Value:
        """Make one call; return {} when its condition is not met, None when `reading` and it is gone."""
        if not _wanted(call, scope):
            return {}
        client = self._cloud.client(known.service, scope["region"])
        if call["op"] == "empty_bucket":
            return _empty_bucket(client, str(scope["id"]))
        place = f"{urn}: {known.service}.{call['op']}"
        arguments = self._arguments(known, call, scope, urn)
        return self._cloud.faults.call(place, lambda: _made(client, call["op"], arguments, place, reading=reading), AWS)

    @staticmethod
    def _take(known: Row, call: Mapping[str, Any], answer: Value, scope: Scope) -> None:
        for name, path in call.get("take", {}).items():
            if (value := _search(path, answer or {}, {"tag_form": known.tags})) is not None:
                scope[name] = value

    @staticmethod
    def _finish(known: Row, goal: Resource, scope: Scope) -> None:
        if not goal.id:
            goal.id = str(evaluate(known.id, scope))
        scope["id"] = goal.id
        evaluated = {name: evaluate(template, scope) for name, template in known.outputs.items()}
        taken = {name: scope.get(name) for call in known.create for name in call.get("take", {})}
        extra = {"region": scope["region"], **({"tagsAll": scope.get("tagsAll") or {}} if known.tags else {})}
        outputs = {**extra, **reveal(goal.inputs), **taken, **evaluated}
        goal.outputs = {name: value for name, value in outputs.items() if value is not MISSING and value is not None}


def same(expected: Value, found: Value) -> bool:
    """Return whether a property has its expected value: JSON text by meaning, ids also as the end of an ARN."""
    if isinstance(expected, str) and isinstance(found, str) and expected != found:
        if expected.endswith((f"/{found}", f":{found}")):
            return True
        try:
            return bool(json.loads(expected) == json.loads(found))
        except ValueError:
            return False
    if isinstance(expected, Mapping) and isinstance(found, Mapping):
        return all(same(item, found.get(key)) for key, item in expected.items())
    if isinstance(expected, list) and isinstance(found, list):
        return len(expected) == len(found) and all(same(*pair) for pair in zip(expected, found, strict=True))
    return bool(expected == found or (str(expected) == str(found)))


def _wanted(call: Mapping[str, Any], scope: Scope) -> bool:
    given = evaluate(call.get("if", True), scope)
    refused = evaluate(call.get("unless", False), scope)
    return given is not MISSING and bool(given) and (refused is MISSING or not refused)


def _search(path: Value, answer: Value, scope: Scope) -> Value:
    text, *filters = re.split(r"\|(?=\w)", str(path))
    value = import_module("jmespath").search(text, answer)
    for each in filters:
        value = apply_filter(each, value, scope)
    return value


def _new_name(known: Row, goal: Resource) -> Value:
    prefix = goal.inputs.get(f"{known.name}Prefix")
    if has_unknown(prefix):
        return UNKNOWN
    digest = hashlib.sha256(f"{goal.urn}#{goal.generation}".encode()).hexdigest()[:7]
    name = f"{prefix}{digest}" if prefix else known.name_format.format(f"{goal.name}-{digest}")
    return name.lower() if known.service == "s3" else name


def _with_id(goal: Resource, identity: str) -> Resource:
    return Resource(goal.urn, goal.type, goal.name, id=identity, inputs=goal.inputs)


def _made(client: Value, operation: str, arguments: Mapping[str, Any], place: str, *, reading: bool) -> Value:
    botocore = import_module("botocore.exceptions")
    try:
        if client.can_paginate(operation) and not reading:
            return client.get_paginator(operation).paginate(**arguments).build_full_result()
        return getattr(client, operation)(**arguments)
    except botocore.ClientError as error:
        code = str(error.response.get("Error", {}).get("Code"))
        if reading and _GONE.search(code):
            return None
        kind = ThrottledError if _THROTTLED.search(code) else UserError
        raise kind(f"{place}: {error}") from error
    except (botocore.BotoCoreError, OSError) as error:
        raise UserError(f"{place}: {error}") from error


def _empty_bucket(client: Value, bucket: str) -> Value:
    try:
        pages: Sequence[Any] = list(client.get_paginator("list_object_versions").paginate(Bucket=bucket))
    except client.exceptions.NoSuchBucket:
        return None
    for page in pages:
        for item in [*page.get("Versions", []), *page.get("DeleteMarkers", [])]:
            client.delete_object(Bucket=bucket, Key=item["Key"], VersionId=item["VersionId"])
    return {}
