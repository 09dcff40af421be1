"""Spans, their attributes, and sampling rules, as documents ask for them."""

from collections.abc import Iterator

from compiler.model.traces import SamplingRule, Span, When
from compiler.traces.sampling import in_words
from tests.coverage.findings import Finding, Held, Status, first, same
from tests.coverage.model import ROOT_SPAN, SamplingRow, Seed, SpanRow


def spans(seed: Seed, held: Held) -> Iterator[Finding]:
    """Yield whether each span is declared where it stands, with each of its attributes."""
    declared = {span.name: span for span in held.watched.traces.spans}
    for row in seed.spans:
        span = declared.get(row.name)
        elsewhere = row.held is not None and (row.held.parent or row.held.service)
        gap = _span(row, span) if span else f"no span is called {row.name}"
        yield Finding("spans", row.name, "corrected" if elsewhere else "held", gap)
        for name in row.attributes:
            yield _attribute(row, name, span)


def _span(row: SpanRow, span: Span) -> str | None:
    parent = (row.held and row.held.parent) or row.parent
    service = (row.held and row.held.service) or row.service
    return first(
        same("parent", parent, span.parent or ROOT_SPAN),
        same("service", service, span.service),
    )


def _attribute(row: SpanRow, asked: str, span: Span | None) -> Finding:
    withheld = row.held is not None and asked in row.held.withheld
    name = row.held.attributes.get(asked, asked) if row.held else asked
    status: Status = "corrected" if withheld or name != asked else "held"
    kept = span.attributes if span else ()
    out = span.withheld if span else {}
    gap = (
        None
        if (name in out and name not in kept if withheld else name in kept)
        else f"it has no such attribute: {name}"
    )
    return Finding("span attributes", f"{row.name}: {asked}", status, gap)


def sampling(seed: Seed, held: Held) -> Iterator[Finding]:
    """Yield whether each rule is there with its share, and holds for what the document says."""
    rules = {rule.name: rule for rule in held.watched.traces.sampling}
    for row in seed.sampling:
        rule = rules.get(row.rule)
        gap = _rule(row, rule) if rule else f"no sampling rule is called {row.rule}"
        yield Finding("sampling rules", f"{row.asked} ({row.rule})", "corrected" if row.because else "held", gap)


def _rule(row: SamplingRow, rule: SamplingRule) -> str | None:
    asked = When(
        error=row.error or None,
        longer_than=row.longer_than,
        services=row.services,
        only_services=row.only_services,
    )
    return first(same("percent", row.keep, rule.keep), same("holds for", in_words(asked), in_words(rule.when)))
