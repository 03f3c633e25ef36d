"""Groups -> clusters: the reference copy, rebuilt where nobody printed all of it, and every member held against it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise

import numpy as np
import xxhash

from dedup import pipeline, wire
from dedup.background import Background
from dedup.cluster import Edge
from dedup.collate import MINIMUM, Collation, collate, pairs_of
from dedup.comparer import Comparer
from dedup.compose import compose
from dedup.config import Config
from dedup.kernels import Texts
from dedup.records import REUSE, Passage, Prepared
from dedup.results import Cluster, Comparison, Once, Reference


@dataclass(frozen=True, slots=True)
class Parts:
    """Positions of a group's members, the printed reference copy first, of those that share quotations, and of
    further versions by a member's outlet."""

    members: tuple[int, ...]
    quoting: tuple[int, ...] = ()
    revisions: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Copy:
    """A reference copy, and the collation of the members, ``texts[k]`` being the k-th member's place in it."""

    reference: Reference
    collation: Collation
    texts: tuple[int, ...]


class Booker:
    """Makes clusters of groups of articles."""

    def __init__(
        self, articles: Sequence[Prepared], background: Background, comparer: Comparer, config: Config
    ) -> None:
        self._articles = articles
        self._background = background
        self._comparer = comparer
        self._config = config

    def clusters(self, groups: Sequence[Parts]) -> list[Cluster]:
        """The groups with every member compared in full."""
        copies = [reference_copy(self._of(parts), self._config) for parts in groups]
        rebuilt = self._against_rebuilt(groups, copies)
        printed = [parts for at, parts in enumerate(groups) if at not in rebuilt]
        compared = _compared(self._comparer, [(parts.members[0], at) for parts in printed for at in _others(parts)])
        out = []
        for at, (parts, copy) in enumerate(zip(groups, copies, strict=True)):
            if at in rebuilt:
                out.append(self._cluster(parts, copy, rebuilt[at]))
                continue
            found = {other: compared[parts.members[0], other] for other in _others(parts)}
            reference = copy.reference
            if reference.representative:  # rebuilt, but a member does not match it
                reference = _printed(self._of(parts), copy.collation)
            out.append(self._cluster(parts, replace(copy, reference=reference), found))
        return out

    def _of(self, parts: Parts) -> list[Prepared]:
        return [self._articles[at] for at in parts.members]

    def _against_rebuilt(self, groups: Sequence[Parts], copies: Sequence[Copy]) -> dict[int, dict[int, Comparison]]:
        """By group the comparisons with its rebuilt copy, where every member still matches it."""
        chosen = [at for at, copy in enumerate(copies) if copy.reference.representative]
        used = sorted({other for at in chosen for other in _others(groups[at])})
        place = {other: k for k, other in enumerate(used)}
        texts = [self._articles[at] for at in used] + [copies[at].reference.prepared for at in chosen]
        comparer = Comparer(texts, self._background, self._config)
        pairs = [(len(used) + k, place[other]) for k, at in enumerate(chosen) for other in _others(groups[at])]
        compared = _compared(comparer, pairs)
        found = {}
        for k, at in enumerate(chosen):
            own = {other: compared[len(used) + k, place[other]] for other in _others(groups[at])}
            if all(own[member].verdict in REUSE for member in groups[at].members):
                found[at] = own
        return found

    def _cluster(self, parts: Parts, copy: Copy, found: dict[int, Comparison]) -> Cluster:
        versions = [at for at in parts.revisions if wire.is_version(self._articles[at], copy.reference)]
        versions = versions if len(parts.members) > 1 else []  # nobody's edits to be told from the agency's own
        best = self._nearest_versions(parts.members[1:], versions, found)
        members = [
            _with_witnesses(best.get(at, found[at]), copy.collation, text)
            for at, text in zip(parts.members, copy.texts, strict=True)
        ]
        members.sort(key=lambda member: member.article is not copy.reference.printed)  # its own entry first
        names = "\n".join(sorted(self._articles[at].article.id for at in parts.members))
        return Cluster(
            id=xxhash.xxh3_64_hexdigest(names.encode("utf-8", "backslashreplace")),
            reference=copy.reference,
            members=tuple(members),
            quote_only=tuple(found[at] for at in parts.quoting),
            revisions=tuple(found[at] for at in parts.revisions if at not in versions),
            versions=tuple(found[at] for at in versions),
        )

    def _nearest_versions(
        self, members: Sequence[int], versions: Sequence[int], found: dict[int, Comparison]
    ) -> dict[int, Comparison]:
        """Each member's comparison with the agency's version that it shares most with, where that is not the first."""
        compared = _compared(self._comparer, [(version, member) for version in versions for member in members])
        best = {}
        for member in members:
            options = [c for version in versions if (c := compared[version, member]).verdict in REUSE]
            nearest = max([found[member], *options], key=_dice)
            if nearest is not found[member]:
                best[member] = nearest
        return best


def _others(parts: Parts) -> Iterable[int]:
    return (*parts.members, *parts.quoting, *parts.revisions)


def _compared(comparer: Comparer, pairs: Sequence[Edge]) -> dict[Edge, Comparison]:
    return dict(zip(pairs, comparer.comparisons(np.array(pairs, np.int64).reshape(-1, 2)), strict=True))


def _dice(comparison: Comparison) -> float:
    ledger = comparison.ledger
    return (ledger.kept + ledger.moved) / (ledger.reference_tokens + ledger.article_tokens)


def reference_copy(members: Sequence[Prepared], config: Config, threads: int = 1) -> Copy:
    """The reference copy of a cluster whose ``members`` have one article an outlet, the printed reference first."""
    order = _order(members, threads)
    ordered = [members[at] for at in order]
    texts = Texts([a.tokens for a in ordered], [a.sentence for a in ordered], [a.units for a in ordered])
    collation = collate([a.tokens for a in ordered], texts.tiles(pairs_of(len(ordered)), MINIMUM, threads))
    place = {at: k for k, at in enumerate(order)}
    printed = Copy(_printed(members, collation), collation, tuple(place[at] for at in range(len(members))))
    kept = collation.kept()
    if printed.reference.status == "credited":
        kept[collation.places[0]] = True  # all of it is the agency's, by its own word
    alike = [collation.dice(text, kept) for text in printed.texts]
    if not kept.any() or not wire.is_to_be_rebuilt(printed.reference, len(members), alike[0]):
        return printed
    nearest = max(range(len(members)), key=lambda at: alike[at])
    columns = collation.in_order(kept)
    article = replace(members[0].article, text=compose(ordered, collation.places, columns), place="", replaced=0)
    by = members[nearest].article.outlet or members[nearest].article.id
    who = f"{by} printed nearly all of it" if alike[nearest] >= wire.SAME else "none of them printed all of it"
    reason = f"rebuilt from {len(members)} outlets: {who}"
    text = pipeline.prepare_text(article, members[0].headline, reason, config)
    return replace(
        printed, reference=Reference(text, "consensus", reason, collation.support[columns], members[nearest])
    )


def _printed(members: Sequence[Prepared], collation: Collation) -> Reference:
    """The printed reference, with how many outlets have each of its tokens."""
    return replace(wire.reference(members[0], members), support=collation.support[collation.places[0]])


def _order(members: Sequence[Prepared], threads: int) -> list[int]:
    """The first member, then those that share most with it; equal ones by length, content and name."""
    pairs = np.array([(0, at) for at in range(len(members))], np.int64)
    texts = Texts([a.tokens for a in members], [a.sentence for a in members], [a.units for a in members])
    runs = texts.tiles(pairs, MINIMUM, threads)
    shared = [int(runs.rows[a:b, 2].sum()) for a, b in pairwise(runs.offsets.tolist())]
    return [0, *sorted(range(1, len(members)), key=lambda at: (-shared[at], wire.tie(members[at])))]


def _with_witnesses(comparison: Comparison, collation: Collation, text: int) -> Comparison:
    """A member with, in each added passage, the outlets that speak against it."""
    return replace(comparison, find_passages=Once(partial(_witnessed, comparison.find_passages, collation, text)))


def _witnessed(find: Callable[[], tuple[Passage, ...]], collation: Collation, text: int) -> tuple[Passage, ...]:
    return tuple(
        replace(passage, witnesses_against=collation.against(text, passage.article))
        if passage.kind == "added" and passage.article
        else passage
        for passage in find()
    )
