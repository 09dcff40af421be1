"""Index templates: every stored field can be searched, every service by its alias, and no address in an open index."""

from dataclasses import replace
from fnmatch import fnmatch
from typing import Any

import pytest

from compiler.catalog.catalog import Catalog
from compiler.logs.stored import document_schema
from compiler.logs.streams import all_streams
from compiler.logs.templates import index_templates
from compiler.target import Target
from tests.compiler.logs.documents import leaves


@pytest.fixture(scope="module")
def templates(catalog: Catalog, target: Target) -> dict[str, Any]:
    return dict(index_templates(catalog, target))


def flat(properties: dict[str, Any], below: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, mapping in properties.items():
        inner = (
            flat(mapping["properties"], f"{below}{name}.") if "properties" in mapping else {f"{below}{name}": mapping}
        )
        found |= inner
    return found


def fields(template: dict[str, Any]) -> dict[str, Any]:
    return flat(template["template"]["mappings"]["properties"])


def test_each_stream_has_one_template_that_fits_its_daily_indices(catalog: Catalog, templates: dict[str, Any]) -> None:
    patterns = [each["index_patterns"] for each in templates.values()]
    for stream in all_streams(catalog):
        today = f"{stream.index}-2026.11.22"
        assert [names for names in patterns if fnmatch(today, names[0])] == [[f"{stream.index}-*"]]


def test_every_stored_field_is_mapped_and_no_other(catalog: Catalog, templates: dict[str, Any]) -> None:
    schema: Any = document_schema(catalog)
    stored: dict[str, set[str]] = {}
    for stream in all_streams(catalog):
        stored.setdefault(stream.index, {"timestamp"}).update(leaves(schema["$defs"][stream.name]))
    assert {index: set(fields(template)) for index, template in templates.items()} == stored


def test_a_field_has_the_type_by_which_it_is_searched(templates: dict[str, Any]) -> None:
    found = fields(templates["logs-shop-7d"])
    types = {name: mapping["type"] for name, mapping in found.items()}
    assert (types["@timestamp"], types["received_at"], types["message"]) == ("date", "date", "text")
    assert (types["metrics.latency_ms"], types["metrics.cache_hit"]) == ("double", "boolean")
    assert (types["metrics.candidates_ranked"], types["user_id_hash"]) == ("long", "keyword")
    assert found["timestamp"] == {"type": "alias", "path": "@timestamp"}
    # 32,766 bytes are the most that a term may have, and a character has four at most.
    assert all(mapping["ignore_above"] * 4 <= 32_766 for mapping in found.values() if mapping["type"] == "keyword")


def test_new_fields_do_not_stop_an_index_of_today(templates: dict[str, Any]) -> None:
    for template in templates.values():
        assert template["template"]["mappings"]["dynamic"] is False
        assert template["template"]["settings"]["index"]["mapping.ignore_malformed"] is True


def test_only_restricted_indices_know_addresses(templates: dict[str, Any]) -> None:
    with_addresses = {
        index for index, each in templates.items() if any(field["type"] == "ip" for field in fields(each).values())
    }
    assert with_addresses == {"restricted-warehouse-log-ins-14d"}


def test_the_documents_own_index_patterns_find_their_lines(catalog: Catalog, templates: dict[str, Any]) -> None:
    for stream in all_streams(catalog):
        aliases = templates[stream.index]["template"]["aliases"]
        if stream.declared.restricted:
            assert aliases == {}
            continue
        for service in stream.declared.services:
            (alias,) = (name for name in aliases if fnmatch(name, f"logs-{service}-*"))
            assert aliases[alias] == {"filter": {"term": {"service": service}}}
    former = templates["logs-library-14d"]["template"]["aliases"]["loans-all"]
    assert former == {"filter": {"terms": {"stream": ["library-application"]}}}
    assert fnmatch("loans-all", "loans-*")


def test_an_alias_is_no_name_of_an_index(templates: dict[str, Any]) -> None:
    aliases = {name for template in templates.values() for name in template["template"]["aliases"]}
    patterns = [template["index_patterns"][0] for template in templates.values()]
    assert len(aliases) > 10
    assert not [alias for alias in aliases if any(fnmatch(alias, pattern) for pattern in patterns)]


def test_shards_follow_the_declared_rate(catalog: Catalog, target: Target, templates: dict[str, Any]) -> None:
    def shards(found: dict[str, Any], index: str) -> int:
        return int(found[index]["template"]["settings"]["index"]["number_of_shards"])

    # 2.0 MB/s are 163 GiB a day; an index takes a tenth more, and a shard 40.
    assert shards(templates, "logs-shop-7d") == 5
    assert shards(templates, "logs-library-14d") == 1
    dev: dict[str, Any] = dict(index_templates(catalog, replace(target, environment="dev")))
    assert shards(dev, "logs-shop-7d") == 1


def test_a_single_node_is_asked_for_no_second_copy(templates: dict[str, Any]) -> None:
    for template in templates.values():
        assert template["template"]["settings"]["index"]["auto_expand_replicas"] == "0-1"
