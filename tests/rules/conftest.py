"""Prints the score of the mutations: how many rules that were broken on purpose a case has noticed."""

import pytest


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
