"""YAML that cannot be read is refused in one line that names the file."""

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from compiler.catalog.yaml_source import MAX_BYTES, MAX_DEPTH, Source, parse, read
from compiler.errors import UserError

DOCUMENT = """\
# a comment
alerts:
  - name: First
    thresholds:
      critical: {above: 1}
  - name: Second
"""


def test_a_part_is_found_by_its_line() -> None:
    source = parse(DOCUMENT, "alerts.yaml")
    assert source.line(("alerts",)) == 2
    assert source.line(("alerts", 0, "thresholds", "critical", "above")) == 5
    assert source.line(("alerts", 1, "name")) == 6


@pytest.mark.parametrize("path", [("alerts", 1, "missing"), ("alerts", 1, "missing", "below"), ("alerts", 1)])
def test_a_missing_part_is_told_by_the_nearest_part_above(path: tuple[str | int, ...]) -> None:
    assert parse(DOCUMENT, "alerts.yaml").line(path) == 6


def test_a_place_leaves_out_steps_that_are_not_in_the_document() -> None:
    source = parse("channels:\n  chat: {kind: slack}\n", "routing.yaml")
    assert source.place(("channels", "chat", "slack", "secret")) == "routing.yaml:2: channels.chat.secret"
    assert source.place(()) == "routing.yaml:1: the file"


def test_an_empty_file_has_no_data() -> None:
    assert parse("# nothing\n", "f.yaml") == Source("f.yaml", None, None)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: 1\nb: 2\na: 3\n", 3),
        ("outer:\n  - {x: 1, x: 2}\n", 2),
        ("first: &shared\n  y: 1\n  y: 2\nsecond: *shared\n", 3),
        ('1: a\n"1": b\n', 2),
    ],
)
def test_a_repeated_key_is_refused_with_its_line(text: str, line: int) -> None:
    with pytest.raises(UserError, match=rf"^f\.yaml:{line}: key '\w' stands twice: keep one$"):
        parse(text, "f.yaml")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: [1\nb: 2", r"^f\.yaml:2: expected YAML, found an error"),
        ("a: b: c", r"^f\.yaml:1: expected YAML"),
        ("a: 1\n---\nb: 2", r"^f\.yaml:2: expected YAML"),
        ("a: *unknown", r"^f\.yaml:1: expected YAML"),
        ("a: !!python/object:os.system {}", r"^f\.yaml:1: expected YAML"),
        ("day: 2026-99-99", r"^f\.yaml: expected YAML"),
        ("? [a]\n: b", r"^f\.yaml:1: expected a word as key, found a list or a mapping$"),
        ("x: 1\n? {a: 1}\n: b", r"^f\.yaml:2: expected a word as key"),
        ("\x00", r"^f\.yaml: expected YAML"),
        ("\ud800", r"^f\.yaml: expected YAML"),
        ("a: !!bool maybe", r"^f\.yaml: expected YAML"),
        ('a: !!int ""', r"^f\.yaml: expected YAML"),
        ("a: !!timestamp abc", r"^f\.yaml: expected YAML"),
    ],
)
def test_text_that_is_no_plain_yaml_is_refused(text: str, message: str) -> None:
    with pytest.raises(UserError, match=message) as refused:
        parse(text, "f.yaml")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("text", ["[" * 100_000, "\n\n" + "{a: " * 20_000, "[" * 60 + "]" * 60])
def test_nesting_that_would_overflow_the_stack_is_refused(text: str) -> None:
    with pytest.raises(UserError, match=rf"^f\.yaml:\d: expected at most {MAX_DEPTH} levels, found more"):
        parse(text, "f.yaml")


def test_many_parts_beside_each_other_are_no_depth() -> None:
    assert parse("- [1]\n" * (MAX_DEPTH + 10), "f.yaml").data == [[1]] * (MAX_DEPTH + 10)


def test_a_value_that_holds_itself_is_read_without_end_of_memory() -> None:
    data = parse("a: &a [*a]", "f.yaml").data
    assert isinstance(data, dict)
    assert data["a"][0] is data["a"]


def test_a_huge_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    file = tmp_path / "f.yaml"
    file.write_bytes(b"a: b\n" * 2_000_000)
    with pytest.raises(
        UserError, match=rf"^f\.yaml: expected at most {MAX_BYTES} bytes, found 10000000: split the file$"
    ):
        read(file, "f.yaml")


def test_a_binary_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "f.yaml"
    file.write_bytes(b"\x89PNG\r\n\x1a\n\xff\xfe")
    with pytest.raises(UserError, match=r"^f\.yaml: cannot be read: 'utf-8' codec"):
        read(file, "f.yaml")


def test_a_file_that_may_not_be_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "f.yaml"
    file.write_text("a: 1")

    def refuse(*_: object, **__: object) -> str:
        raise PermissionError(13, "Permission denied", "f.yaml")

    # Tests may run as root, whom no file mode keeps out.
    monkeypatch.setattr(Path, "read_text", refuse)
    with pytest.raises(UserError, match=r"^f\.yaml: cannot be read: \[Errno 13\] Permission denied"):
        read(file, "f.yaml")


def test_a_folder_or_nothing_in_the_place_of_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "f.yaml").mkdir()
    for name in ("f.yaml", "absent.yaml"):
        with pytest.raises(UserError, match=rf"^{name}: cannot be read"):
            read(tmp_path / name, name)


def _name_or_refusal(text: str) -> str:
    try:
        return parse(text, "f.yaml").name
    except UserError as error:
        return str(error)


@given(st.text(alphabet=st.characters(exclude_categories=())))
@example("!!set {a, b}")
@example("<<: {a: 1}")
def test_any_text_is_read_or_refused(text: str) -> None:
    assert _name_or_refusal(text).startswith("f.yaml")


@given(st.text(alphabet="ab:-[]{}\n &*!|>'\"#,?%@0.~<", max_size=60))
def test_any_punctuation_is_read_or_refused(text: str) -> None:
    assert _name_or_refusal(text).startswith("f.yaml")
