"""A service's figures of its own latest requests."""

import pytest

from instrumentation.traffic import Traffic


def test_what_was_long_ago_counts_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1_000.0]
    monkeypatch.setattr("instrumentation.traffic.time.monotonic", lambda: now[0])
    traffic = Traffic()
    traffic.add(100, failed=True)
    now[0] += 299
    traffic.add(20, failed=False)
    assert (traffic.error_rate(), traffic.average_response_time()) == (50, 60)
    now[0] += 1
    assert (traffic.error_rate(), traffic.average_response_time()) == (0, 20)
    now[0] += 300
    assert traffic.error_rate() is traffic.average_response_time() is None
