"""Mark what real programs judge, and print how many rules that were broken on purpose a case has noticed."""

from pathlib import Path

import pytest

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is in this folder: real programs judge it."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker("rules")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Count the mutants of this run, whichever workers tried them."""
    tried = {
        outcome: sum("test_cases_notice" in report.nodeid for report in terminalreporter.getreports(outcome))
        for outcome in ("passed", "failed")
    }
    total = sum(tried.values())
    if total:
        share = 100 * tried["passed"] / total
        terminalreporter.write_line(f"mutants: {tried['passed']} of {total} noticed ({share:.1f} %)")
