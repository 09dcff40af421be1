"""The language model's stand-in: explains why an item is shown, slowly, and from a cache the second time."""

import asyncio

from starlette.types import ASGIApp

from .service import Answer, Call, Parts, application, set_attributes, text

MODEL = "template-1"
_DOLLARS_PER_TOKEN = 0.000_002
"""Two dollars a million: our choice, in the range of small models' prices."""
_MOST = 10_000
"""Answers that are remembered to have been given."""


def build(parts: Parts) -> ASGIApp:
    """Return the service."""
    watch = parts.watch
    given: set[tuple[str, str]] = set()
    requests, cached_answers = 0, 0
    token_counts, cost = watch.histogram("llm_response_tokens"), watch.counter("llm_cost_dollars_total")
    hit_rate = watch.gauge("llm_cache_hit_rate")

    async def reason(call: Call) -> Answer:
        nonlocal requests, cached_answers
        await call.faults.suffer("llm")
        key = (text(call, "item"), text(call, "user_segment"))
        cached = key in given and not call.fresh
        requests, cached_answers = requests + 1, cached_answers + cached
        hit_rate.set(cached_answers / requests)
        if not cached:
            await asyncio.sleep(parts.settings.llm_seconds)
            if len(given) < _MOST:
                given.add(key)
        answer = _explanation(*key)
        tokens = len(answer.split())
        set_attributes(tokens=tokens, cached=cached)
        token_counts.observe(tokens)
        cost.inc(0 if cached else tokens * _DOLLARS_PER_TOKEN)
        return {"reason": answer}

    return application(parts, "/reason", reason, model=MODEL, tokens=0, cached=False)


def _explanation(item: str, segment: str) -> str:
    return f"{item} is shown because {segment} visitors with a taste like yours came back to it"
