"""Matches -> clusters that do not chain: every member has a match of its own with the reference copy.

Reprints form clusters first; partial reuse then joins every cluster whose reference copy it matches; what is left
forms clusters of its own. Quotation-only and formula links never join anything.
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
    reprints: Iterable[Edge],
    partials: Iterable[Edge],
    choose: Choose,
    reprint: Strength,
    reuse: Strength,
    ask: Callable[[Sequence[Edge]], None] = lambda edges: None,
) -> list[Group]:
    """Clusters of article positions from proved matches between different outlets.

    ``choose`` picks the reference copy among positions; ``reprint(reference, article)`` and ``reuse(...)``
    give the tokens shared if the two match as reprint (as reprint or partial reuse), else 0; ``ask`` hears which
    pairs will be asked next. An article may share copy with several reference copies and is then in several
    clusters; both ends of every match are in one.
    """
    reprints = list(reprints)
    edges = [*reprints, *partials]
    found = list(_peeled(reprints, choose, reprint))
    _join(found, _neighbours(edges), reuse, ask)
    while more := list(_peeled(_apart(edges, found), choose, reuse)):
        found += more
    return found


def _join(
    found: Sequence[Group], neighbours: dict[int, set[int]], reuse: Strength, ask: Callable[[Sequence[Edge]], None]
) -> None:
    """Add to each cluster what matches one of its members and its reference copy too."""
    near = [sorted({other for at in group for other in neighbours[at]} - set(group)) for group in found]
    ask([(group.reference, at) for group, others in zip(found, near, strict=True) for at in others])
    for group, others in zip(found, near, strict=True):
        group.members += [at for at in others if reuse(group.reference, at)]


def _apart(edges: Iterable[Edge], found: Iterable[Group]) -> list[Edge]:
    """The matches whose ends are in no cluster together."""
    homes: dict[int, set[int]] = defaultdict(set)
    for number, group in enumerate(found):
        for at in group:
            homes[at].add(number)
    return [(a, b) for a, b in edges if not homes[a] & homes[b]]


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
