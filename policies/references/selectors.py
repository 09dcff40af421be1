"""Check that selectors match pods, and that the ports beside them are those of the pods."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.references.inventory import Pods, Rendered
from policies.references.stack import Dangling, Stack, port_text
from policies.support.values import UNKNOWN, at

_SPREAD: Final = "topologySpreadConstraints[].labelSelector"


def check(stack: Stack) -> Iterator[Dangling]:
    """Report every selector that matches no pod, and every port that the selected pods do not have."""
    for each in stack.rendered:
        yield from _KINDS.get(each.kind, _other)(stack, each)


def _service(stack: Stack, service: Rendered) -> Iterator[Dangling]:
    selector = at(service.properties, "spec.selector")[0][1]
    if selector in (None, UNKNOWN):  # without a selector its endpoints are written by hand
        return
    pods = stack.found.selected(service.namespace, selector)
    if not pods:
        yield _none(service, "spec.selector", selector)
        return
    for where, port in at(service.properties, "spec.ports[]"):
        if isinstance(port, dict):
            yield from _port(service, where, port.get("targetPort", port.get("port")), pods)


def _budget(stack: Stack, budget: Rendered) -> Iterator[Dangling]:
    yield from _some(stack, budget, "spec.selector", budget.namespace)


def _network(stack: Stack, policy: Rendered) -> Iterator[Dangling]:
    yield from _some(stack, policy, "spec.podSelector", policy.namespace)
    own = stack.found.selected(policy.namespace, at(policy.properties, "spec.podSelector")[0][1])
    for where, rule in at(policy.properties, "spec.ingress[]"):
        yield from _peers(stack, policy, f"{where}.from", at(rule, "from[]"))
        for number, (_, port) in enumerate(at(rule, "ports[].port")):
            yield from _port(policy, f"{where}.ports[{number}].port", port, own)
    for where, rule in at(policy.properties, "spec.egress[]"):
        peers = at(rule, "to[]")
        yield from _peers(stack, policy, f"{where}.to", peers)
        reached = [pods for _, peer in peers for pods in _of_peer(stack, policy, peer)]
        for number, (_, port) in enumerate(at(rule, "ports[].port") if reached else []):
            yield from _port(policy, f"{where}.ports[{number}].port", port, reached)


def _peers(stack: Stack, policy: Rendered, where: str, peers: list[tuple[str, object]]) -> Iterator[Dangling]:
    for number, (_, peer) in enumerate(peers):
        selector = at(peer, "podSelector")[0][1]
        # A namespace that is selected by its labels may exist outside of the stack.
        if selector is not None and at(peer, "namespaceSelector")[0][1] is None and not _of_peer(stack, policy, peer):
            yield _none(policy, f"{where}[{number}].podSelector", selector)


def _of_peer(stack: Stack, policy: Rendered, peer: object) -> list[Pods]:
    selector = at(peer, "podSelector")[0][1]
    if selector is None or at(peer, "namespaceSelector")[0][1] is not None:
        return []
    return stack.found.selected(policy.namespace, selector)


def _kafka(stack: Stack, kafka: Rendered) -> Iterator[Dangling]:
    for where, listener in at(kafka.properties, "spec.kafka.listeners[]"):
        peers = at(listener, "networkPolicyPeers[]")
        yield from _peers(stack, kafka, f"{where}.networkPolicyPeers", peers)


def _other(stack: Stack, each: Rendered) -> Iterator[Dangling]:
    """Yield spread constraints that match no pods, wherever the kind describes its pods."""
    for place in ("spec", "spec.template.spec", "spec.jobTemplate.spec.template.spec"):
        yield from _some(stack, each, f"{place}.{_SPREAD}", each.namespace)


def _some(stack: Stack, each: Rendered, place: str, namespace: object) -> Iterator[Dangling]:
    for where, selector in at(each.properties, place):
        if isinstance(selector, dict) and not stack.found.selected(namespace, selector):
            yield _none(each, where, selector)


def _none(each: Rendered, place: str, selector: object) -> Dangling:
    return Dangling(each, place, f"expected pods with the labels {_labels(selector)} in {each.namespace}, found none")


def _port(each: Rendered, place: str, port: object, pods: list[Pods]) -> Iterator[Dangling]:
    known = frozenset(value for listed in pods for value in listed.ports)
    if pods and port not in (None, UNKNOWN) and not known & {port, UNKNOWN}:
        listed = ", ".join(sorted(map(port_text, known))) or "none"
        yield Dangling(each, place, f"expected a port of the selected pods ({listed}), found {port_text(port)}")


def _labels(selector: object) -> str:
    if not isinstance(selector, dict):
        return str(selector)
    labels = selector.get("matchLabels", {} if "matchExpressions" in selector else selector)
    requirements = [f"{key}={value}" for key, value in labels.items()]
    for each in selector.get("matchExpressions") or []:
        requirements.append(f"{each.get('key')} {each.get('operator')} {each.get('values')}")
    return ", ".join(requirements)


_KINDS: Final = {"Service": _service, "PodDisruptionBudget": _budget, "NetworkPolicy": _network, "Kafka": _kafka}
