"""The small language of rows.yaml: `$input`, `$input|filter`, `text ${input}`, over nested templates."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from sandbox.values import UNKNOWN, Value

MISSING: Final = object()
_INNER = re.compile(r"\$\{([^}]+)\}")


def lookup(path: str, scope: Mapping[str, Any]) -> Value:
    """Follow a dotted path; MISSING when there is nothing, UNKNOWN when a part is not known yet."""
    value: Value = scope
    for part in path.split("."):
        if value is UNKNOWN:
            return UNKNOWN
        value = value.get(part) if isinstance(value, Mapping) else None
    return MISSING if value is None else value


def evaluate(template: Value, scope: Mapping[str, Any]) -> Value:
    """Fill in a template; arguments and members whose value is missing are left out.

    Args:
        template: nested data whose texts may be expressions.
        scope: inputs and everything else that an expression may name.
    """
    if isinstance(template, Mapping):
        filled = {key: evaluate(item, scope) for key, item in template.items()}
        kept = {key: item for key, item in filled.items() if item is not MISSING}
        return kept if kept or not template else MISSING
    if isinstance(template, list):
        return [item for item in (evaluate(each, scope) for each in template) if item is not MISSING]
    if not isinstance(template, str):
        return template
    if "${" in template:
        return _filled_text(template, scope)
    return _expression(template[1:], scope) if template.startswith("$") else template


def _filled_text(template: str, scope: Mapping[str, Any]) -> Value:
    parts = {name: lookup(name, scope) for name in _INNER.findall(template)}
    if any(value is MISSING for value in parts.values()):
        return MISSING
    if any(value is UNKNOWN for value in parts.values()):
        return UNKNOWN
    return _INNER.sub(lambda match: str(parts[match.group(1)]), template)


def _expression(text: str, scope: Mapping[str, Any]) -> Value:
    path, *filters = text.split("|")
    value = lookup(path, scope)
    for each in filters:
        value = apply_filter(each, value, scope)
    return value


def apply_filter(text: str, value: Value, scope: Mapping[str, Any]) -> Value:
    """Apply one filter, `name` or `name argument`; missing and unknown values pass untouched (but see `or`)."""
    name, _, argument = text.strip().partition(" ")
    if name == "or":
        return _literal(argument) if value is MISSING else value
    if value is MISSING or value is None or value is UNKNOWN:
        return value
    return _FILTERS[name](value, argument, scope)


def _literal(text: str) -> Value:
    return {"true": True, "false": False}.get(text, text)


def _tags(value: Value, _argument: str, scope: Mapping[str, Any]) -> Value:
    key, item = str(scope["tag_form"]).split("/")
    return [{key: name, item: text} for name, text in sorted(value.items())]


def _untag(value: Value, _argument: str, scope: Mapping[str, Any]) -> Value:
    key, item = str(scope["tag_form"]).split("/")
    return {each[key]: each[item] for each in value}


def _tag_specifications(value: Value, _argument: str, scope: Mapping[str, Any]) -> Value:
    return [{**item, "tags": _tags(item["tags"], "", scope)} if "tags" in item else item for item in value]


def _json(value: Value, _argument: str, _scope: Mapping[str, Any]) -> Value:
    """Parse JSON; refuse other text, as the provider does before it calls."""
    if isinstance(value, str):
        try:
            json.loads(value)
        except ValueError as error:
            raise ValueError(f"expected JSON, found {value[:60]!r}: {error}") from error
        return value
    return json.dumps(value, sort_keys=True)


def _camel(value: Value, _argument: str, _scope: Mapping[str, Any]) -> Value:
    if isinstance(value, Mapping):
        return {_camel_name(key): _camel(item, "", {}) for key, item in value.items()}
    return [_camel(item, "", {}) for item in value] if isinstance(value, list) else value


def _camel_name(name: str) -> str:
    match = re.match(r"([A-Z]+)(?=[A-Z][a-z]|$)|[A-Z]", name)
    text = name if match is None else match.group(0).lower() + name[match.end() :]
    return re.sub("ID$", "Id", text)


def _metric_queries(value: Value, _argument: str, _scope: Mapping[str, Any]) -> Value:
    queries = []
    for query in value:
        built = {key: item for key, item in query.items() if key != "metric"}
        if metric := query.get("metric"):
            named = {key: metric[key] for key in ("metricName", "namespace") if key in metric}
            named["dimensions"] = _dimensions(metric.get("dimensions", {}), "", {})
            built["metricStat"] = {
                "metric": named,
                **{key: metric[key] for key in ("period", "stat", "unit") if key in metric},
            }
        queries.append(built)
    return queries


def _dimensions(value: Value, _argument: str, _scope: Mapping[str, Any]) -> Value:
    return [{"Name": name, "Value": item} for name, item in sorted(value.items())]


def _notifications(value: Value, _argument: str, _scope: Mapping[str, Any]) -> Value:
    """Nest a notification's subscribers as the API does; pulumi-aws keeps them beside its other fields."""
    built = []
    for item in value:
        people = [("EMAIL", each) for each in item.get("subscriberEmailAddresses", [])]
        people += [("SNS", each) for each in item.get("subscriberSnsTopicArns", [])]
        fields = {key: each for key, each in item.items() if not key.startswith("subscriber")}
        subscribers = [{"subscriptionType": kind, "address": address} for kind, address in people]
        built.append({"notification": fields, "subscribers": subscribers})
    return built


def _filtered(value: Value, _argument: str, _scope: Mapping[str, Any]) -> Value:
    """Add the empty filter to a lifecycle rule that has none: the API wants it spelled out."""
    return [rule if "filter" in rule or "prefix" in rule else {**rule, "filter": {"prefix": ""}} for rule in value]


def _budget_time(value: Value, _argument: str, _scope: Mapping[str, Any]) -> Value:
    return datetime.strptime(value, "%Y-%m-%d_%H:%M").replace(tzinfo=UTC)


_FILTERS: Final[dict[str, Callable[[Any, str, Mapping[str, Any]], Any]]] = {
    "after": lambda value, argument, _: value.partition(argument)[2],
    "budgettime": _budget_time,
    "camel": _camel,
    "costfilters": lambda value, _argument, _scope: {item["name"]: item["values"] for item in value},
    "dimensions": _dimensions,
    "filtered": _filtered,
    "json": _json,
    "logpublishing": lambda value, _argument, _scope: {
        item["logType"]: {"cloudWatchLogsLogGroupArn": item["cloudwatchLogGroupArn"], "enabled": True} for item in value
    },
    "metricqueries": _metric_queries,
    "notifications": _notifications,
    "tagkeys": lambda value, _argument, _scope: [{"Key": name} for name in value],
    "tags": _tags,
    "tagspecs": _tag_specifications,
    "undimension": lambda value, _argument, _scope: {item["Name"]: item["Value"] for item in value},
    "unless": lambda value, argument, _: MISSING if value == argument else value,
    "untag": _untag,
}
