"""Ranking: a linear model of how near an item is and how good."""

from starlette.types import ASGIApp

from .service import Answer, Call, Parts, RefusedError, application, set_attributes

MODEL = "linear-1"
_NEARNESS, _QUALITY = 0.7, 0.3
"""Weights that add up to one, so that a score is at most one."""


def build(parts: Parts) -> ASGIApp:
    """Return the service."""

    async def score(call: Call) -> Answer:
        await call.faults.suffer("ranking")
        candidates = call.content.get("candidates")
        if not isinstance(candidates, list) or not candidates:
            raise RefusedError("candidates: expected a list that is not empty")
        set_attributes(batch_size=len(candidates))
        scored = [[item, _NEARNESS * nearness + _QUALITY * quality] for item, nearness, quality in candidates]
        return {"ranked": sorted(scored, key=lambda pair: (-pair[1], pair[0]))}

    return application(parts, "/score", score, model=MODEL, batch_size=0)
