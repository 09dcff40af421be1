"""The prediction of kept traces agrees with the gateways: by Go's own arithmetic, and each workload's rules."""

from pathlib import Path
from random import Random

import pytest
from opentelemetry.trace import SpanContext, TraceFlags

from compiler.conventions import TRACE_SALT
from instrumentation.contract import read_contract
from instrumentation.sampling import Keeping, Share, head_percent, kept, threshold

# Of Go 1.26: big.NewFloat(percent/100) times math.MaxUint64, as the tail_sampling processor's calculateThreshold.
THRESHOLDS = {
    0: 0,
    0.001: 184467440737095,
    0.1: 18446744073709551,
    0.3: 55340232221128655,
    1: 184467440737095519,
    5: 922337203685477631,
    10: 1844674407370955263,
    33.3: 6142765776545279999,
    50: 9223372036854775807,
    66.6: 12285531553090559999,
    99.9: 18428297329635844095,
    99.99999999999999: 18446744073709549567,
    100: 18446744073709551615,
}
# Of Go's hash/fnv, New64a, over "observability" and the id's sixteen bytes.
HASHES = {
    0x4BF92F3577B34DA6A3CE929D0E0E4736: 8036519274065363386,
    0x1: 9008687033965767545,
    0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF: 17228737479422625718,
}


@pytest.mark.parametrize("percent", THRESHOLDS)
def test_thresholds_are_those_of_the_processor(percent: float) -> None:
    assert threshold(percent) == THRESHOLDS[percent]


@pytest.mark.parametrize("trace_id", HASHES)
def test_a_trace_is_kept_from_the_share_on_that_its_hash_says(trace_id: int) -> None:
    share = HASHES[trace_id] / 0xFFFFFFFFFFFFFFFF * 100
    assert kept(trace_id, share + 1e-9, "observability")
    assert not kept(trace_id, share - 1e-9, "observability")


def test_a_smaller_share_is_a_part_of_a_larger_one_and_about_as_large_as_it_says() -> None:
    random = Random(7)
    ids = [random.getrandbits(128) for _ in range(50_000)]
    found = {percent: {one for one in ids if Share(percent, TRACE_SALT).keeps(one)} for percent in (0.1, 1, 5)}
    assert found[0.1] < found[1] < found[5]
    for percent, some in found.items():
        expected = len(ids) * percent / 100
        assert abs(len(some) - expected) < 4 * expected**0.5


def context(trace_id: int, *, sampled: bool = True) -> SpanContext:
    return SpanContext(trace_id, 1, is_remote=False, trace_flags=TraceFlags(int(sampled)))


IN_NORMAL = next(
    n for n in range(1, 10**9, 7919) if kept(n << 64 | n, 1, TRACE_SALT) and not kept(n << 64 | n, 0.1, TRACE_SALT)
)
NORMAL = context(IN_NORMAL << 64 | IN_NORMAL)
DROPPED = context(0x1)


@pytest.mark.parametrize(
    ("workload", "service", "facts", "keeps"),
    [
        ("recommendation-service", "recommendation-service", {}, (True, False)),
        ("recommendation-service", "recommendation-service", {"failed": True}, (True, True)),
        ("recommendation-service", "recommendation-service", {"seconds": 0.26}, (True, True)),
        ("recommendation-service", "recommendation-service", {"seconds": 0.25}, (True, False)),
        ("personalization", "personalization-api", {}, (True, False)),
        ("personalization", "personalization-llm", {}, (True, True)),
        # The edge cannot know whether another service follows: it counts on the smaller share.
        ("personalization", "personalization-edge", {}, (False, False)),
        # A limit for traces of one service alone is no promise here: another may have asked.
        ("bighead", "feature-api", {"seconds": 0.02}, (True, False)),
        ("bighead", "zipline-batch", {}, (True, True)),
        ("engagement-prediction", "engagement-predictor", {}, (True, True)),
    ],
)
def test_a_service_knows_what_will_be_kept(
    contracts: Path, workload: str, service: str, facts: dict[str, float], keeps: tuple[bool, bool]
) -> None:
    keeping = Keeping(read_contract(contracts / f"{workload}.json", workload), service)
    seconds, failed = facts.get("seconds", 0.0), bool(facts.get("failed"))
    found = [keeping.keeps(one, name="x", failed=failed, seconds=seconds) for one in (NORMAL, DROPPED)]
    assert tuple(found) == keeps


def test_what_is_not_recorded_is_not_kept(contracts: Path) -> None:
    keeping = Keeping(read_contract(contracts / "recsys-saas.json", "recsys-saas"), "backend-api")
    unsampled = context(NORMAL.trace_id, sampled=False)
    assert not keeping.keeps(unsampled, name="x", failed=True, seconds=9)
    assert not keeping.keeps(context(0), name="x", failed=True, seconds=9)


@pytest.mark.parametrize(
    ("workload", "service", "percent"),
    [
        ("personalization", "personalization-edge", 100),
        ("bighead", "deep-thought", 100),
        ("recommendation-service", "recommendation-service", 100),
        ("recsys-saas", "ml-engine", 100),
        ("engagement-prediction", "engagement-predictor", 5),
        ("engagement-prediction", "engagement-training", 100),
    ],
)
def test_the_head_keeps_all_that_a_tail_may_keep(contracts: Path, workload: str, service: str, percent: float) -> None:
    assert head_percent(read_contract(contracts / f"{workload}.json", workload), service) == percent
