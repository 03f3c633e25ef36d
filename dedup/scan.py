"""A corpus on one machine: read, prepare, pair, compare, cluster."""

from __future__ import annotations

import gc
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import islice, pairwise
from pathlib import Path

import numpy as np

from dedup import cluster, pipeline, read, takes, wire
from dedup.background import Background
from dedup.booking import Booker, Parts
from dedup.candidates import candidates
from dedup.cluster import Edge
from dedup.comparer import BATCH, Comparer
from dedup.config import Config
from dedup.errors import InputError
from dedup.furniture import FurnitureCounts, outline
from dedup.judge import PARTIAL, QUOTE_ONLY, REPRINT
from dedup.kernels import threads
from dedup.outlets import Outlet, outlets
from dedup.records import Article, Ints, Prepared, Skipped, published_order
from dedup.report import jsonl
from dedup.results import Cluster

Source = str | Path | Article | Mapping[str, object]
#: Called with a stage's name, what is done and what there is to do (0: not known).
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class ScanResult:
    """The answer of a scan: clusters (largest first), the articles in none, what was skipped, and counts.

    An article that shares copy with several reference copies is in several clusters. ``quotes`` lists, for one in
    none, the ids of those it shares quotations with. ``warnings`` is what was used with a reserve: a date that could
    not be read or cannot be. ``outlets`` has what each outlet does with copy.
    """

    clusters: tuple[Cluster, ...]
    others: tuple[Prepared, ...]
    quotes: Mapping[str, tuple[str, ...]]
    skipped: tuple[Skipped, ...]
    warnings: tuple[Skipped, ...]
    counts: Mapping[str, int]
    outlets: tuple[Outlet, ...]
    config_fingerprint: str
    seconds: float

    def records(self) -> Iterator[dict[str, object]]:
        """The result as the records of ``dedup scan --format jsonl``, summary last."""
        yield from jsonl.scan_records(self.clusters, self.others, self.quotes, self.skipped, self.warnings)
        yield {
            "record": "summary",
            **self.counts,
            "outlets": [row.to_dict() for row in self.outlets],
            "config": self.config_fingerprint,
            "seconds": round(self.seconds, 3),
        }

    def to_jsonl(self, path: str | Path) -> None:
        """Write the records as JSON lines; the file appears whole or not at all. Raises IndexFault."""
        jsonl.write(path, self.records())


def scan(
    source: Source | Iterable[Source],
    *,
    config: Config | None = None,
    fields: Mapping[str, str] | None = None,
    outlet: str | None = None,
    agencies: str | None = None,
    progress: Progress | None = None,
) -> ScanResult:
    """Find the wire copy in a corpus: paths (files, folders, globs, "-"), articles or mappings.

    ``fields`` renames a record's fields (ours -> theirs), ``outlet`` names the outlet of articles that have
    none, ``agencies`` is a file that extends the known agencies. The same input gives the same answer,
    whatever its order; of two articles with one id the first counts and the other is skipped. Raises
    UsageError for paths that cannot be read at all.

    >>> result = scan("seeds")  # doctest: +SKIP
    >>> [cluster.agency for cluster in result.clusters]  # doctest: +SKIP
    ['AFP']
    """
    start = time.perf_counter()
    report = progress or (lambda stage, done, total: None)
    sources = [source] if isinstance(source, (str, Path, Article, Mapping)) else source
    settings = config or Config()
    with _collector_paused():
        articles, skipped = _prepared(read.read(sources, fields, outlet), settings, agencies, report)
    matcher = _Matcher(articles, settings, report)
    found = matcher.clusters()
    clusters, others = found.clusters, found.others
    quoting = len({c.article.article.id for cluster in clusters for c in cluster.quote_only})
    counts = {
        "articles": len(articles),
        "takes_joined": sum(max(0, len(article.article.takes) - 1) for article in articles),
        "clusters": sum(len(cluster.members) > 1 for cluster in clusters),
        "version_groups": sum(len(cluster.members) == 1 for cluster in clusters),
        "clustered": len(articles) - len(others) - quoting,
        "quote_only": quoting + len(found.quotes),
        "independent": len(others) - len(found.quotes),
        "skipped": len(skipped),
        "undated": sum(article.article.published is None for article in articles),
        "impossible_dates": sum(article.article.impossible_date is not None for article in articles),
        "replaced_characters": sum(article.article.replaced for article in articles),
        **matcher.counts,
    }
    seconds = time.perf_counter() - start
    return ScanResult(
        clusters,
        others,
        found.quotes,
        skipped,
        warnings(articles),
        counts,
        outlets(articles, clusters),
        settings.fingerprint(),
        seconds,
    )


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Without the cyclic garbage collector: articles have no cycles, and it looks at all of them again and again."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def warnings(articles: Sequence[Prepared]) -> tuple[Skipped, ...]:
    """What was used with a reserve, by place: dates that are none, characters that could not be read."""
    found = []
    for article in (prepared.article for prepared in articles):
        place = article.place or article.id
        if article.unread_date:
            found.append(Skipped(place, f"date not understood, taken as none: {article.unread_date!r}"))
        if article.impossible_date:
            found.append(Skipped(place, f"impossible date, taken as none: {article.impossible_date}"))
        if article.replaced:
            found.append(Skipped(place, f"{article.replaced} undecodable characters were read as U+FFFD"))
    return tuple(sorted(found, key=_place))


def _prepared(
    items: Iterable[Article | Skipped], config: Config, agencies: str | None, report: Progress
) -> tuple[list[Prepared], tuple[Skipped, ...]]:
    """Prepared articles in an order of their own, and what was skipped, in the order of input."""
    ready: dict[str, Prepared] = {}
    skipped: list[Skipped] = []
    for item in items:
        if isinstance(item, Skipped):
            skipped.append(item)
            continue
        if item.id in ready:
            first = ready[item.id].article.place
            skipped.append(Skipped(item.place, f"the id {item.id!r} was read before ({first or 'the same input'})"))
            continue
        try:
            ready[item.id] = pipeline.prepare(item, config, agencies)
        except InputError as error:
            skipped.append(_skipped(item, error))
        report("articles", len(ready), 0)
    articles = sorted(_takes_joined(ready, config, agencies), key=lambda a: (a.article.outlet, a.article.id))
    cleaned = _without_furniture(articles, config, agencies, skipped)
    return cleaned, tuple(sorted(skipped, key=_place))


def _takes_joined(ready: dict[str, Prepared], config: Config, agencies: str | None) -> list[Prepared]:
    """The articles, takes of an agency's item as one; ``ready`` holds them by id."""
    articles = sorted(ready.values(), key=lambda a: (a.article.outlet, a.article.id))
    inside, whole = set[int](), []
    for group in takes.groups(articles):
        with suppress(InputError):  # too much text for one article: the takes stay as they are
            whole.append(pipeline.prepare(takes.joined([articles[at].article for at in group]), config, agencies))
            inside.update(group)
    return [*(a for at, a in enumerate(articles) if at not in inside), *whole]


def _place(item: Skipped) -> tuple[str, int, str]:
    """Sorts by file, then by line as a number."""
    file, _, line = item.place.rpartition(":")
    return (file, int(line), item.reason) if line.isdecimal() else (item.place, 0, item.reason)


def _without_furniture(
    articles: Sequence[Prepared], config: Config, agencies: str | None, skipped: list[Skipped]
) -> list[Prepared]:
    """Articles prepared anew where something in them turns out to be furniture; pages of nothing else are skipped."""
    learned = FurnitureCounts()
    outlines = [outline(article) for article in articles]
    for seen in outlines:
        learned.add(seen)
    out = []
    for article, found in zip(articles, learned.furniture(outlines), strict=True):
        try:
            out.append(pipeline.without_furniture(article, found, config, agencies))
        except InputError as error:
            skipped.append(_skipped(article.article, error))
    return out


def _skipped(article: Article, error: InputError) -> Skipped:
    return Skipped(article.place or error.place or str(article.id), error.reason)


def _links(edges: Iterable[Edge], grouped: set[int]) -> dict[int, list[int]]:
    """The other ends of edges that do not lie within clusters, by position."""
    links: dict[int, list[int]] = defaultdict(list)
    for a, b in edges:
        for at, other in ((a, b), (b, a)):
            if not (at in grouped and other in grouped):
                links[at].append(other)
    return links


@dataclass(frozen=True, slots=True)
class _Found:
    clusters: tuple[Cluster, ...]
    others: tuple[Prepared, ...]
    quotes: dict[str, tuple[str, ...]]


class _Matcher:
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

    def clusters(self) -> _Found:
        """All clusters, largest first, and the articles in none with what they share all the same."""
        edges = self._edges(self._candidate_pairs())
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
        return _Found(tuple(clusters), tuple(others), quoting)

    def _candidate_pairs(self) -> list[Edge]:
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

    def _edges(self, pairs: Sequence[Edge]) -> dict[str, list[Edge]]:
        """The proved pairs by kind: "reprint" and "partial" between outlets, "revision" within one, "quote"."""
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
