"""Runbook pages: the values of their placeholders, and what they copy from the catalog."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping

from compiler.catalog.catalog import Catalog, Watched
from compiler.model.base import Priority
from compiler.model.platform import Channel, Mail, PagerDuty, Slack
from compiler.texts.check import alarm_figures, alert_figures, amounts_in
from compiler.texts.placeholders import Facts, entry_facts, fill

HINT = "*When it fires, at which limits, and who hears of it: on the published page (`make docs` writes it).*"
"""The line of a source page that leads a reader to the published one, where it is left out."""
_CODE = re.compile(r"^( *)```.*?^\1```$", re.DOTALL | re.MULTILINE)
_PRIORITY = re.compile(r"\bP[0-4]\b")
_SERVICES = re.compile(r"\b(PagerDuty|Slack)\b")
_URGENT: Priority = "P0"


def channel_in_words(channel: Channel) -> str:
    """Return a channel in words."""
    if isinstance(channel, PagerDuty):
        return f"PagerDuty ({channel.urgency})"
    if isinstance(channel, Slack):
        return f"Slack {channel.channel}"
    return channel.to if isinstance(channel, Mail) else str(getattr(channel, "title", "weekly digest"))


def workload_facts(catalog: Catalog, watched: Watched) -> Facts:
    """Return the values of the placeholders that all pages of a workload share.

    They have those of `entry_facts`.
    """
    owner = watched.workload.owner
    return {
        **entry_facts(watched),
        "team": f"`{owner.team}`",
        "owner": f"the team `{owner.team}`, {owner.email}",
        "urgent": f"{_URGENT}: {_urgent_channels(catalog, watched)}",
        "urgent-chat": _chats(catalog, watched, [_URGENT]),
    }


def _priorities(watched: Watched, page: str) -> list[Priority]:
    """Return the priorities of the alerts that lead to a page, the most urgent first."""
    severities = [severity for alert in watched.alerts if alert.runbook == page for severity in alert.thresholds]
    severities += [each for slo in watched.slos if slo.runbook == page for each in slo.severities.model_dump().values()]
    severities += [
        each
        for slo in watched.thresholds
        if slo.runbook == page
        for each in slo.severities.model_dump(exclude_none=True).values()
    ]
    severities += [alarm.severity for alarm in watched.alarms.alarms if alarm.runbook == page]
    severities += [alarm.severity for alarm in watched.alarms.composites if alarm.runbook == page]
    return sorted({watched.severity(name).priority for name in severities})


def _chats(catalog: Catalog, watched: Watched, priorities: list[Priority]) -> str:
    """Return the chat channels of the first of the priorities that has one; else of the most urgent priority."""
    for priority in (*priorities, _URGENT):
        used = [catalog.routing.channels[name] for name in catalog.routing.route(watched.name, priority, "").channels]
        found = [channel.channel for channel in used if isinstance(channel, Slack)]
        if found:
            return " and ".join(found)
    return "the chat"


def _urgent_channels(catalog: Catalog, watched: Watched) -> str:
    route = catalog.routing.route(watched.name, _URGENT, "")
    return " and ".join(channel_in_words(catalog.routing.channels[name]) for name in route.channels)


def filled(catalog: Catalog, watched: Watched, page: str, source: str, shared: Facts) -> str:
    """Fill in the placeholders of a page's Markdown; code blocks stay as they are.

    Args:
        catalog: for routes and channels.
        watched: the page's workload.
        page: the page's name, without its workload.
        source: its Markdown.
        shared: the `workload_facts`.

    Raises:
        ValueError: for a placeholder that the workload does not have.
    """
    facts, parts, end = {**shared, "chat": _chats(catalog, watched, _priorities(watched, page))}, list[str](), 0
    for block in _CODE.finditer(source):
        parts += [fill(source[end : block.start()], facts), block[0]]
        end = block.end()
    return "".join([*parts, fill(source[end:], facts)])


def page_findings(catalog: Catalog) -> Iterator[str]:
    """Yield a line for each unknown placeholder of a page, and each name that belongs to routing."""
    pages = defaultdict[str, list[str]](list)
    for name in sorted(catalog.runbooks):
        pages[name.partition("/")[0]].append(name)
    for watched in catalog:
        shared, routed = workload_facts(catalog, watched), _routed(catalog, watched)
        for name in pages[watched.name]:
            source = catalog.runbooks[name]
            try:
                filled(catalog, watched, name.partition("/")[2], source, shared)
            except ValueError as error:
                yield f"docs/runbooks/{name}.md: {error}"
            prose = _CODE.sub(lambda block: "\n" * block[0].count("\n"), source)
            yield from _copied(watched, name, prose)
            yield from _decided_elsewhere(routed, name, prose)


def _decided_elsewhere(routed: Mapping[str, str], name: str, prose: str) -> Iterator[str]:
    """Yield a line for each name on a page that belongs to routing; a page without one is not read by lines."""
    copied = {text: instead for text, instead in routed.items() if text in prose}
    if not copied and not _PRIORITY.search(prose) and not _SERVICES.search(prose):
        return
    for number, line in enumerate(prose.splitlines(), start=1):
        for text, instead in copied.items():
            if text in line:
                yield f"docs/runbooks/{name}.md:{number}: expected {instead}, found '{text}', a copy of the catalog"
        for found in (*_PRIORITY.findall(line), *_SERVICES.findall(line)):
            message = f"expected a placeholder such as {{{{urgent}}}}, found '{found}': routing decides that"
            yield f"docs/runbooks/{name}.md:{number}: {message}"


def _copied(watched: Watched, name: str, prose: str) -> Iterator[str]:
    """Yield limits of the page's own alerts among its symptoms, which are what people see."""
    page = name.partition("/")[2]
    alerts = [alert for alert in watched.alerts if alert.runbook == page]
    alarms = [alarm for alarm in watched.alarms.alarms if alarm.runbook == page]
    own = {each for alert in alerts for each in alert_figures(alert)["limit"]}
    own |= {each for alarm in alarms for each in alarm_figures(watched, alarm)["limit"]}
    begins, ends = prose.find("\n## Symptoms\n"), prose.find("\n## Diagnosis\n")
    for figure, amounts in amounts_in(prose[begins:ends]) if 0 <= begins < ends else ():
        if amounts & own:
            place = f"docs/runbooks/{name}.md:{prose[: prose.find(figure, begins)].count(chr(10)) + 1}"
            yield f"{place}: Symptoms: expected no limit, found '{figure}': the published page has it"


def _routed(catalog: Catalog, watched: Watched) -> Mapping[str, str]:
    """Return the names that pages must not contain, each with its placeholder: channels, addresses, e-mail."""
    placeholders = {watched.workload.owner.email: "{{owner}}"}
    for name, channel in catalog.routing.channels.items():
        placeholders |= {f"`{name}`": "{{urgent}}"}
        if isinstance(channel, Slack):
            placeholders |= {channel.channel: "{{chat}} or {{urgent-chat}}"}
        if isinstance(channel, Mail):
            placeholders |= {channel.to: "{{owner}}"}
    return placeholders
