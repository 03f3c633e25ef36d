"""Prepared articles -> proved pairs -> groups -> clusters: each candidate pair is compared once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise

import numpy as np

from dedup import cluster, wire
from dedup.background import Background
from dedup.booking import Booker, Parts
from dedup.candidates import candidates
from dedup.cluster import Edge
from dedup.comparer import BATCH, Comparer
from dedup.config import Config
from dedup.judge import PARTIAL, QUOTE_ONLY, REPRINT
from dedup.kernels import threads
from dedup.records import Ints, Prepared, published_order
from dedup.results import Cluster, Comparison

#: Called with a stage's name, what is done and what there is to do (0: not known).
Progress = Callable[[str, int, int], None]


def _links(edges: Iterable[Edge], grouped: set[int]) -> dict[int, list[int]]:
    """The other ends of edges that do not lie within clusters, by position."""
    links: dict[int, list[int]] = defaultdict(list)
    for a, b in edges:
        for at, other in ((a, b), (b, a)):
            if not (at in grouped and other in grouped):
                links[at].append(other)
    return links


@dataclass(frozen=True, slots=True)
class Found:
    """The clusters, the articles in none, and by id of these the ids of those they share quotations with."""

    clusters: tuple[Cluster, ...]
    others: tuple[Prepared, ...]
    quotes: dict[str, tuple[str, ...]]


class Matcher:
    """Compares candidate pairs, each once, and forms clusters; holds what was found of pairs between the steps."""

    def __init__(self, articles: Sequence[Prepared], config: Config, report: Progress) -> None:
        self._articles = articles
        self._config = config
        self._report = report
        self._threads = threads()
        self._place = {article.article.id: at for at, article in enumerate(articles)}
        self._kinds: dict[Edge, tuple[int, int]] = {}
        self._outlets = [article.article.outlet for article in articles]
        self._background = Background(articles, config.rules)
        self._comparer = Comparer(articles, self._background, config, self._threads)
        self.counts: dict[str, int] = {}

    def clusters(self) -> Found:
        """All clusters, largest first, and the articles in none with what they share all the same."""
        edges = self.edges()
        groups = self._groups(edges)
        grouped = {at for group in groups for at in (*group, *group.revisions)}
        quotes = _links(edges["quote"], grouped)
        booker = Booker(self._articles, self._background, self._comparer, self._config)
        clusters = booker.clusters([self._parts(group, quotes) for group in groups])
        clusters.sort(key=lambda c: (-len(c.members), -len(c.quote_only) - len(c.revisions), c.id))
        inside = {
            c.article.article.id for k in clusters for c in (*k.members, *k.quote_only, *k.revisions, *k.versions)
        }
        others = [article for article in self._articles if article.article.id not in inside]
        quoting = {
            article.article.id: tuple(sorted(self._articles[at].article.id for at in linked))
            for article in others
            if (linked := quotes.get(self._place[article.article.id]))
        }
        return Found(tuple(clusters), tuple(others), quoting)

    def candidate_pairs(self) -> list[Edge]:
        """Candidate pairs of positions; exact copies are paired with the first of their kind only."""
        first: dict[int, int] = {}
        twins = []
        for at, article in enumerate(self._articles):
            if first.setdefault(article.digest, at) != at:
                twins.append((first[article.digest], at))
        distinct = sorted(first.values())
        found = candidates([self._articles[at] for at in distinct], self._config, self._threads)
        self.counts = {
            "exact_copies": len(twins),
            "candidate_pairs": len(found.pairs) + len(twins),
            "buckets": found.buckets,
            "hot_buckets": found.hot,
        }
        proposed = [(a, b) for a, b in np.array(distinct, np.int64)[found.pairs].tolist()]
        pairs = sorted({*proposed, *twins, *self._between_outlets(proposed, twins)})
        if pairs:
            self._report("candidate pairs", len(pairs), len(pairs))
        return pairs

    def comparisons(self, pairs: Sequence[Edge]) -> Iterator[Comparison]:
        """Each pair of positions compared in full, the first one as the reference."""
        for at in range(0, len(pairs), BATCH):
            yield from self._comparer.comparisons(np.array(pairs[at : at + BATCH], np.int64).reshape(-1, 2))

    def _between_outlets(self, pairs: Sequence[Edge], twins: Sequence[Edge]) -> Iterator[Edge]:
        """For pairs within one outlet the same with an exact copy in another outlet: else no match joins the two."""
        copies: dict[int, list[int]] = defaultdict(list)
        for first, twin in twins:
            copies[first].append(twin)
        for pair in pairs:
            if self._outlets[pair[0]] == self._outlets[pair[1]]:
                for kept, left in (pair, pair[::-1]):
                    others = (twin for twin in copies[left] if self._outlets[twin] != self._outlets[kept])
                    yield from ((min(kept, twin), max(kept, twin)) for twin in islice(others, 1))

    def _learn(self, pairs: Iterable[Edge], stage: str | None = None) -> None:
        """Find the kinds of reuse of many pairs at once, for _kind to look up; ``stage`` is reported as it proceeds."""
        asked = sorted({key for a, b in pairs if (key := (min(a, b), max(a, b))) not in self._kinds})
        for start in range(0, len(asked), BATCH):
            batch = asked[start : start + BATCH]
            found = self._comparer.kinds(np.array(batch, np.int64))
            self._kinds.update(zip(batch, zip(*(column.tolist() for column in found), strict=True), strict=True))
            if stage:
                self._report(stage, start + len(batch), len(asked))

    def _kind(self, a: int, b: int) -> tuple[int, int]:
        """The kind of reuse between two articles, in either order, and the tokens they share."""
        key = (min(a, b), max(a, b))
        if key not in self._kinds:
            self._learn([key])
        return self._kinds[key]

    def _reprint(self, a: int, b: int) -> int:
        kind, shared = self._kind(a, b)
        return shared if kind == REPRINT else 0

    def _reuse(self, a: int, b: int) -> int:
        kind, shared = self._kind(a, b)
        return shared if kind in (REPRINT, PARTIAL) else 0

    def edges(self) -> dict[str, list[Edge]]:
        """The proved pairs by kind: "reprint" and "partial" between outlets, "revision" within one, "quote"."""
        pairs = self.candidate_pairs()
        self._learn(pairs, "comparisons")
        edges: dict[str, list[Edge]] = defaultdict(list)
        for a, b in pairs:
            kind, _ = self._kind(a, b)
            same = bool(self._outlets[a]) and self._outlets[a] == self._outlets[b]
            if kind == REPRINT:
                edges["revision" if same else "reprint"].append((a, b))
            elif kind == PARTIAL and not same:
                edges["partial"].append((a, b))
            elif kind == QUOTE_ONLY and not same:
                edges["quote"].append((a, b))
        return edges

    def _groups(self, edges: Mapping[str, Sequence[Edge]]) -> list[cluster.Group]:
        """Clusters between outlets, then later versions within one: joined to a cluster or on their own."""
        found = cluster.groups(
            edges["reprint"], edges["partial"], self._choose, self._reprint, self._reuse, self._learn
        )
        found = [cluster.one_per_outlet(group, self._outlets, self._reuse) for group in found]
        home = {at: group for group in found for at in (*group, *group.revisions)}
        alone = []
        for a, b in edges["revision"]:
            for version, other in ((a, b), (b, a)):
                if version not in home and other in home and self._reuse(home[other].reference, version):
                    home[version] = home[other]
                    home[other].revisions.append(version)
            if a not in home and b not in home:
                alone.append((a, b))
        left = [(a, b) for a, b in alone if a not in home and b not in home]
        for group in cluster.groups(left, [], self._choose, self._reprint, self._reprint):
            found.append(cluster.Group(group.reference, [], group.members))
        return found

    def _choose(self, at: Sequence[int]) -> int:
        """The reference copy among articles, by position; the others will be matched with it."""
        found = at[wire.choose([self._articles[i] for i in at], lambda pairs: self._overlaps(at, pairs))]
        self._learn((found, other) for other in at if other != found)
        return found

    def _overlaps(self, at: Sequence[int], pairs: Ints) -> tuple[Ints, Ints]:
        """For (m, 2) pairs of a cluster's articles the tokens they share, and where these begin in the second."""
        runs = self._comparer.tiles(np.array(at, np.int64)[pairs])
        shared, starts = np.zeros(len(pairs), np.int64), np.full(len(pairs), -1, np.int64)
        for p, (first, after) in enumerate(pairwise(runs.offsets.tolist())):
            if after > first:
                shared[p], starts[p] = runs.rows[first:after, 2].sum(), runs.rows[first:after, 1].min()
        return shared, starts

    def _parts(self, group: cluster.Group, quotes: Mapping[int, Sequence[int]]) -> Parts:
        """What a group consists of, by position; those that share quotations with a member are told apart."""
        in_order = sorted(group.members, key=lambda i: (published_order(self._articles[i]), i))
        members = [group.reference, *in_order]
        quoting = sorted({other for at in members for other in quotes.get(at, ())} - set(members))
        self._learn((group.reference, at) for at in quoting)
        quoting = [at for at in quoting if self._kind(group.reference, at)[0] == QUOTE_ONLY]
        return Parts(tuple(members), tuple(quoting), tuple(sorted(set(group.revisions))))
