"""Values: markers through the wire, masking, differences."""

from pathlib import Path

import pytest
from google.protobuf import struct_pb2

from sandbox.values import (
    UNKNOWN,
    Secret,
    changes,
    covers,
    from_struct,
    has_secret,
    hash_assets,
    masked,
    reveal,
    to_struct,
)


def test_the_wire_keeps_markers_and_integers() -> None:
    data = {"a": [1, 1.5, True, {"s": Secret({"x": "y"})}], "u": UNKNOWN, "t": "text"}
    assert from_struct(to_struct(data)) == data


def test_nulls_are_left_out_at_the_top() -> None:
    struct = struct_pb2.Struct()
    struct.update({"a": None, "b": {"c": None}})
    assert from_struct(struct) == {"b": {"c": None}}


def test_masking_hides_and_revealing_unwraps() -> None:
    data = {"a": Secret({"b": Secret("c")}), "u": UNKNOWN}
    assert masked(data) == {"a": "<secret>", "u": "<computed>"}
    assert reveal(data) == {"a": {"b": "c"}, "u": UNKNOWN}
    assert has_secret(data)


def test_changes_name_the_leaf_and_hide_secrets() -> None:
    old = {"a": {"b": 1, "c": [1, 2]}, "s": Secret("one"), "same": "x"}
    new = {"a": {"b": 2, "c": [1, 3]}, "s": Secret("two"), "same": "x", "n": UNKNOWN}
    assert [str(change) for change in changes(old, new)] == [
        "a.b: 1 => 2",
        "a.c[1]: 2 => 3",
        'n: null => "<computed>"',
        's: "<secret>" => "<secret>"',
    ]


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("*", "a", True),
        ("a", "a.b[0]", True),
        ("a.b", "a", False),
        ("a[*].c", "a[3].c", True),
        ("a[0]", "a[1]", False),
        ("ab", "a", False),
    ],
)
def test_paths_of_options(pattern: str, path: str, expected: object) -> None:
    assert covers(pattern, path) is expected


def test_an_asset_changes_with_its_content(tmp_path: Path) -> None:
    asset = {"code": {"4dabf18193072939515e22adb298388d": "0def7320c3a5731c473e5ecbe6d01bc7", "path": "src"}}
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "a.py").write_text("1")
    before = hash_assets(asset, tmp_path)
    (tmp_path / "src" / "a.py").write_text("2")
    assert before["code"]["hash"] != hash_assets(asset, tmp_path)["code"]["hash"]
