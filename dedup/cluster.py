"""Matches -> clusters that do not chain: every member has a match of its own with the reference copy.

Reprints form clusters first; partial reuse then joins the cluster whose reference copy it shares most with.
Quotation-only and formula links never join anything.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

Edge = tuple[int, int]
Choose = Callable[[Sequence[int]], int]
Strength = Callable[[int, int], int]


@dataclass(slots=True)
class Group:
    """A cluster in the making: positions of its reference copy, its members and its further versions."""

    reference: int
    members: list[int] = field(default_factory=list)
    revisions: list[int] = field(default_factory=list)

    def __iter__(self) -> Iterator[int]:
        yield self.reference
        yield from self.members


def groups(
    reprints: Iterable[Edge], partials: Iterable[Edge], choose: Choose, reprint: Strength, reuse: Strength
) -> list[Group]:
    """Clusters of article positions from proved matches between different outlets.

    ``choose`` picks the reference copy among positions; ``reprint(reference, article)`` and ``reuse(...)``
    give the tokens shared if the two match as reprint (as reprint or partial reuse), else 0.
    """
    partials = list(partials)
    found = list(_peeled(reprints, choose, reprint))
    clustered = {at for group in found for at in group}
    neighbours = _neighbours(partials)
    home = {at: group for group in found for at in group}
    for article in sorted(set(neighbours) - clustered):
        near = {id(home[other]): home[other] for other in neighbours[article] if other in home}
        options = [(reuse(group.reference, article), -group.reference, group) for group in near.values()]
        best = max(options, key=lambda option: option[:2], default=None)
        if best and best[0]:
            best[2].members.append(article)
            clustered.add(article)
    rest = [(a, b) for a, b in partials if a not in clustered and b not in clustered]
    return found + list(_peeled(rest, choose, reuse))


def _peeled(edges: Iterable[Edge], choose: Choose, match: Strength) -> Iterator[Group]:
    """Components, each reduced to the articles that match its reference copy; the rest is tried again."""
    neighbours = _neighbours(edges)
    pending = components(neighbours, neighbours)
    while pending:
        component = pending.pop()
        if len(component) < 2:
            continue
        reference = choose(component)
        members = [at for at in component if at != reference and match(reference, at)]
        if members:
            yield Group(reference, members)
        left = set(component) - {reference, *members}
        pending += components(left, neighbours)


def _neighbours(edges: Iterable[Edge]) -> dict[int, set[int]]:
    neighbours: dict[int, set[int]] = defaultdict(set)
    for a, b in edges:
        neighbours[a].add(b)
        neighbours[b].add(a)
    return neighbours


def components(nodes: Iterable[int], neighbours: dict[int, set[int]]) -> list[list[int]]:
    """Connected components within ``nodes``, each sorted, by their first position."""
    left, found = set(nodes), []
    for start in sorted(left):
        if start not in left:
            continue
        left.discard(start)
        component, stack = [], [start]
        while stack:
            at = stack.pop()
            component.append(at)
            new = neighbours[at] & left
            left -= new
            stack += new
        found.append(sorted(component))
    return found


def one_per_outlet(group: Group, outlets: Sequence[str], strength: Strength) -> Group:
    """The group with one member an outlet, the one that shares most with the reference; others are revisions.

    Articles of unknown outlet ("") each count for themselves.
    """
    best: dict[str, int] = {outlets[group.reference]: group.reference} if outlets[group.reference] else {}
    members, revisions = [], list(group.revisions)
    ranked = sorted(group.members, key=lambda at: (-strength(group.reference, at), at))
    for at in ranked:
        outlet = outlets[at]
        if outlet and outlet in best:
            revisions.append(at)
            continue
        if outlet:
            best[outlet] = at
        members.append(at)
    return Group(group.reference, members, revisions)
