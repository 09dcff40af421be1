"""The origin API: the visitor's context, candidates, their ranks, the bandit's choice and, where asked, the reason."""

from typing import Any

from starlette.types import ASGIApp

from .people import WIDTH, segment_of
from .service import Answer, Call, Parts, Stopwatch, application, set_attributes, text

_SHOWN = 10


def build(parts: Parts) -> ASGIApp:
    """Return the service."""
    return application(parts, "/personalize", _Api(parts).personalize, tier="origin", user_segment="none")


class _Api:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def personalize(self, call: Call) -> Answer:
        """Answer one request."""
        explain, segment = call.content.get("explain") is True, segment_of(text(call, "user_id"))
        set_attributes(tier="llm" if explain else "origin", user_segment=segment)
        await call.faults.suffer("api")
        return await self._answer(call, segment, explain=explain)

    async def _answer(self, call: Call, segment: str, *, explain: bool) -> Answer:
        user = text(call, "user_id")
        context = self._context(call, segment)
        found = await self._ask("retrieval", "/candidates", {"user_id": user}, call)
        ranked = await self._ask("ranking", "/score", {"candidates": found["candidates"]}, call)
        drawn = await self._ask("bandit", "/sample", {"ranked": ranked["ranked"]}, call)
        answer: Answer = {"items": drawn["chosen"][:_SHOWN], "tier": "origin", "context": context}
        if explain:
            question = {"item": answer["items"][0][0], "user_segment": segment}
            explained = await self._ask("llm", "/reason", question, call)
            answer |= {"tier": "llm", "reason": explained["reason"]}
        self._log(user, call, len(found["candidates"]), answer)
        return answer

    def _context(self, call: Call, segment: str) -> dict[str, str]:
        watched = Stopwatch()
        with self._parts.watch.span("context.build") as span:
            built = {"page_type": text(call, "page_type", "home"), "segment": segment}
            span.set_attributes({"feature_count": WIDTH + len(built), "latency": watched.milliseconds})
        return built

    async def _ask(self, peer: str, path: str, content: dict[str, Any], call: Call) -> Answer:
        headers = call.faults.headers | ({"cache-control": "no-cache"} if call.fresh else {})
        return await self._parts.peers[peer].ask(path, content, headers)

    def _log(self, user: str, call: Call, retrieved: int, answer: Answer) -> None:
        self._parts.watch.log.info(
            "personalization_complete",
            user_id=user,
            metrics={"candidates_retrieved": retrieved, "candidates_ranked": retrieved, "tier": answer["tier"]},
            context={"page_type": text(call, "page_type", "home")},
        )
