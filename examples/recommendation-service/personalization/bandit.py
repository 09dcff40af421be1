"""The bandit: Thompson sampling over the best few, so that an item that is not yet known gets its chance."""

import random

from starlette.types import ASGIApp

from .service import Answer, Call, Parts, RefusedError, application, set_attributes

ALGORITHM = "thompson"
_ARMS = 10
_BELIEF = 20.0
"""How many clicks and misses a score is worth: the more, the less is explored."""


def build(parts: Parts) -> ASGIApp:
    """Return the service."""
    chosen = random.Random()
    decisions, explored = 0, 0
    rate = parts.watch.gauge("bandit_exploration_rate")

    async def sample(call: Call) -> Answer:
        nonlocal decisions, explored
        await call.faults.suffer("bandit")
        ranked = call.content.get("ranked")
        if not isinstance(ranked, list) or not ranked:
            raise RefusedError("ranked: expected a list that is not empty")
        arms = ranked[:_ARMS]
        drawn = [(_draw(chosen, float(score)), item, score) for item, score in arms]
        drawn.sort(key=lambda arm: -arm[0])
        exploration = drawn[0][1] != arms[0][0]
        set_attributes(exploration=exploration)
        decisions, explored = decisions + 1, explored + exploration
        rate.set(explored / decisions)
        return {"chosen": [[item, score] for _, item, score in drawn]}

    return application(parts, "/sample", sample, algorithm=ALGORITHM, exploration=False)


def _draw(chosen: random.Random, score: float) -> float:
    """Sample the item's worth from the beta distribution around its score, which is clamped to lie inside 0 to 1."""
    believed = min(0.99, max(0.01, score))
    return chosen.betavariate(_BELIEF * believed, _BELIEF * (1 - believed))
