"""What a runbook asks one to type exists: shell blocks parse, and AWS has the operations with these options.

That its queries mean something and its sections are in order, loading the catalog sees to: `compiler/site/check.py`.
"""

import re

import pytest

from tests.check.commands import command_findings
from tests.workloads import project_catalog

PAGES = project_catalog().runbooks


@pytest.mark.parametrize("page", sorted(PAGES))
def test_commands_of_a_page_exist(page: str) -> None:
    assert [*command_findings(page, PAGES[page])] == []


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("if true", "expected a block that bash can parse"),
        ("aws sqss list-queues", "aws sqss list-queues: expected a service of AWS"),
        ("aws sqs list-cues", "aws sqs list-cues: expected an operation of the service"),
        ("aws sqs list-queues --prefix a", "expected one of the options .*, found --prefix"),
    ],
)
def test_a_command_that_does_not_exist_is_found_with_its_place(command: str, message: str) -> None:
    (line,) = command_findings("shop/slow", f"# Slow\n\n```sh\n{command}\n```\n")
    assert line.startswith("docs/runbooks/shop/slow.md:3: ")
    assert re.search(message, line)


def test_what_the_cli_makes_itself_is_known() -> None:
    assert [*command_findings("shop/slow", "```sh\naws s3 ls s3://x --output json\n```\n")] == []
