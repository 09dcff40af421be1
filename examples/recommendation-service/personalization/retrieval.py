"""Retrieval: candidates from the visitor's nearest neighbours, and from what is popular."""

from starlette.types import ASGIApp

from .ann import NAME, Index
from .people import embedding_of, items
from .service import Answer, Call, Parts, Stopwatch, application, set_attributes, text

TOP = 50
_POPULAR = 10
_SOURCES = "ann,popular"


def build(parts: Parts) -> ASGIApp:
    """Return the service."""
    watch = parts.watch
    known = items(parts.settings.items)
    index = Index(known)
    popular = sorted(known, key=lambda item: (-item.quality, item.id))[:_POPULAR]

    async def candidates(call: Call) -> Answer:
        await call.faults.suffer("retrieval")
        user = text(call, "user_id")
        watched = Stopwatch()
        with watch.span("retrieval.ann_search", index=NAME, top_k=TOP) as span:
            near = index.search(embedding_of(user), TOP)
            span.set_attribute("latency", watched.milliseconds)
        found = {item.id: (item, cosine) for item, cosine in near}
        for item in popular:
            found.setdefault(item.id, (item, 0.0))
        set_attributes(candidate_count=len(found))
        return {"candidates": [[item.id, cosine, item.quality] for item, cosine in found.values()]}

    return application(parts, "/candidates", candidates, sources=_SOURCES, candidate_count=0)
