"""The language model's stand-in: explains why an item is shown, slowly, and from a cache the second time."""

import asyncio

from starlette.types import ASGIApp

from .service import Answer, Call, Parts, application, tell, text

MODEL = "template-1"
_DOLLARS_PER_TOKEN = 0.000_002
"""Two dollars a million: our choice, in the range of small models' prices."""
_MOST = 10_000
"""Answers that are remembered to have been given."""


def build(parts: Parts) -> ASGIApp:
    """Return the service."""
    watch = parts.watch
    said: set[tuple[str, str]] = set()
    asked, cached_answers = 0, 0
    tokens_told, cost = watch.histogram("llm_response_tokens"), watch.counter("llm_cost_dollars_total")
    hit_rate = watch.gauge("llm_cache_hit_rate")

    async def reason(call: Call) -> Answer:
        nonlocal asked, cached_answers
        await call.faults.suffer("llm")
        key = (text(call, "item"), text(call, "user_segment"))
        cached = key in said and not call.fresh
        asked, cached_answers = asked + 1, cached_answers + cached
        hit_rate.set(cached_answers / asked)
        if not cached:
            await asyncio.sleep(parts.settings.llm_seconds)
            if len(said) < _MOST:
                said.add(key)
        answer = _explanation(*key)
        tokens = len(answer.split())
        tell(tokens=tokens, cached=cached)
        tokens_told.observe(tokens)
        cost.inc(0 if cached else tokens * _DOLLARS_PER_TOKEN)
        return {"reason": answer}

    return application(parts, "/reason", reason, model=MODEL, tokens=0, cached=False)


def _explanation(item: str, segment: str) -> str:
    return f"{item} is shown because {segment} visitors with a taste like yours came back to it"
