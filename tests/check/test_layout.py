"""A catalog file that its readers or editors cannot do with is found with its place."""

from pathlib import Path

import pytest

from tests.catalog_copy import ROOT
from tests.check.layout import LINES, WIDTH, layout_findings, long_lines

HEAD = "# yaml-language-server: $schema=../.schema/alerts.json\n"


def test_the_catalog_is_laid_out_for_its_readers_and_editors() -> None:
    assert [*layout_findings(ROOT)] == []


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("shop/alerts.yaml", "alerts: []\n", "1: expected the line '# yaml-language-server"),
        (
            "shop/alerts/odd.yaml",
            HEAD,
            "1: expected the line '# yaml-language-server: $schema=../../.sch",
        ),
        (
            "shop/alerts.yaml",
            HEAD + "#\n" * LINES,
            f"{LINES}: expected fewer than {LINES} lines, found {LINES + 1}",
        ),
        ("shop/alerts.yaml", f"{HEAD}#\n# {'x' * WIDTH}\n", f"3: expected at most {WIDTH} characters"),
        ("shop/Odd_name.yaml", "", "1: expected words in small letters"),
        ("odd.yaml", "", "1: expected words in small letters"),
    ],
)
def test_a_file_out_of_shape_is_found(tmp_path: Path, name: str, text: str, message: str) -> None:
    file = tmp_path / "catalog" / name
    file.parent.mkdir(parents=True)
    file.write_text(text, encoding="utf-8")
    assert next(layout_findings(tmp_path)).startswith(f"catalog/{name}:{message}")


def test_a_long_entry_is_found_and_a_long_expression_is_not() -> None:
    words = "x" * WIDTH
    assert [*long_lines(f"a: 1\nb: {{c: {words}}}\nd: >-\n  {words}\ne: {words}\n")] == [2, 5]
