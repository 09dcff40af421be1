"""A page out of order, or one that names what there is not, is refused with its line."""

import pytest

from compiler.site.check import blocks
from tests.catalog_copy import CatalogCopy

PAGE = "shop/high-error-rate"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("# ", "", "1: expected a title such as"),
        ("# ", "# HighErrorRate: ", "1: expected a title that says what is wrong, found the name 'HighErrorRate'"),
        ("*When it fires", "*It fires", "3: expected the line"),
        ("## Resolution", "## Repair", "expected the sections Symptoms, Diagnosis, Resolution, Escalation, found"),
        ("- Roll back what was released last.", "", "Resolution: expected a text, found none"),
        ("## Resolution", "2. Think.\n\n## Resolution", "Diagnosis: expected a command in each step, found none"),
        ("```promql", "```text", "expected a block `promql` on the page of an alert, found none"),
        ("up == 0", "up ==", "does not parse"),
        ("up == 0", "requests_of_nobody == 0", "requests_of_nobody"),
        ("up == 0", 'up{workload="nobody"} == 0', "up: workload: unknown 'nobody': expected one of"),
        ("up == 0", 'up{service=~"api|nobody"} == 0', "up: service: unknown 'nobody': expected one of"),
        (
            "## Escalation\n",
            "## Escalation\n\n[x](gone.md)\n",
            "a link to a page that there is, found 'gone.md'",
        ),
        ("## Symptoms", "On its dashboard: *Nothing*.\n\n## Symptoms", "expected what a dashboard of shop shows"),
    ],
)
def test_a_page_that_breaks_a_rule_is_refused(copy: CatalogCopy, old: str, new: str, message: str) -> None:
    path = copy.runbooks / f"{PAGE}.md"
    before = path.read_text(encoding="utf-8")
    assert old in before
    path.write_text(before.replace(old, new, 1), encoding="utf-8")
    mistakes = copy.mistakes()
    assert all(line.startswith(f"docs/runbooks/{PAGE}.md:") for line in mistakes)
    assert any(message in line for line in mistakes), mistakes


def test_a_link_to_another_workloads_page_is_followed(copy: CatalogCopy) -> None:
    path = copy.runbooks / f"{PAGE}.md"
    path.write_text(path.read_text(encoding="utf-8") + "\n[x](../platform/watchdog.md#symptoms)\n", encoding="utf-8")
    assert copy.load()


def test_a_page_that_no_entry_names_is_refused(copy: CatalogCopy) -> None:
    text = (copy.runbooks / f"{PAGE}.md").read_text(encoding="utf-8")
    (copy.runbooks / "shop" / "orphan.md").write_text(text, encoding="utf-8")
    (copy.runbooks / "nobody").mkdir()
    (copy.runbooks / "nobody" / "slow.md").write_text(text, encoding="utf-8")
    expected = ":1: expected an entry of the catalog that names this page, found none: remove the page"
    assert copy.mistakes() == [f"docs/runbooks/{name}.md{expected}" for name in ("nobody/slow", "shop/orphan")]


def test_blocks_have_their_lines_and_no_indentation() -> None:
    source = "# A\n\n1. Ask.\n\n   ```sh\n   one\n     two\n   ```\n\n```promql\nup\n```\n"
    assert [*blocks(source, "sh")] == [(5, "one\n  two\n")]
    assert [*blocks(source, "promql")] == [(10, "up\n")]
