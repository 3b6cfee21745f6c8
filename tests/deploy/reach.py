"""Who may talk to whom, as the NetworkPolicy specification says, for pods that are given by their labels.

Labels of a peer's namespace stand beside its own: none of them has the name of another. Who has no component of ours is
in another namespace.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.deploy.manifests import Manifest

COMPONENT = "app.kubernetes.io/component"
Labels = dict[str, str]


def may_talk(documents: Sequence[Manifest], source: Labels, target: Labels, port: int) -> bool:
    """Whether the policies among `documents` let a connection be made."""
    return _passes(documents, "Ingress", target, source, port) and _passes(documents, "Egress", source, target, port)


def _passes(documents: Sequence[Manifest], direction: str, pod: Labels, peer: Labels, port: int) -> bool:
    if not _ours(pod):
        return True  # another namespace has policies of its own
    rules_key, peers_key = ("ingress", "from") if direction == "Ingress" else ("egress", "to")
    policies = [
        manifest["spec"]
        for manifest in documents
        if manifest["kind"] == "NetworkPolicy"
        and direction in manifest["spec"]["policyTypes"]
        and _matches(manifest["spec"]["podSelector"], pod)
    ]
    assert policies, "default-deny is missing"
    for policy in policies:
        for rule in policy.get(rules_key, []):
            ports = [entry["port"] for entry in rule.get("ports", [])]
            if ports and port not in ports:
                continue
            if peers_key not in rule or any(_selects(selector, peer) for selector in rule[peers_key]):
                return True
    return False


def _selects(selector: Manifest, peer: Labels) -> bool:
    pods = selector.get("podSelector", {})
    if "namespaceSelector" not in selector:
        return _ours(peer) and _matches(pods, peer)
    return not _ours(peer) and _matches(pods, peer) and _matches(selector["namespaceSelector"], peer)


def _matches(selector: Manifest, labels: Labels) -> bool:
    def holds(expression: dict[str, Any]) -> bool:
        assert expression["operator"] == "In"
        return labels.get(expression["key"]) in expression["values"]

    assert selector.keys() <= {"matchLabels", "matchExpressions"}
    wanted = selector.get("matchLabels", {})
    return wanted.items() <= labels.items() and all(map(holds, selector.get("matchExpressions", [])))


def _ours(labels: Labels) -> bool:
    return COMPONENT in labels
