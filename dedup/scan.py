"""A corpus on one machine: read, prepare, pair, compare, cluster."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from dedup import pipeline, read, takes
from dedup.config import Config
from dedup.errors import InputError
from dedup.furniture import FurnitureCounts, outline
from dedup.matcher import Matcher, Progress
from dedup.outlets import Outlet, outlets
from dedup.records import Article, Prepared, Skipped
from dedup.report import jsonl
from dedup.results import Cluster

Source = str | Path | Article | Mapping[str, object]


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
        articles, skipped = prepared(read.read(sources, fields, outlet), settings, agencies, report)
    matcher = Matcher(articles, settings, report)
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


def prepared(
    items: Iterable[Article | Skipped], config: Config, agencies: str | None, report: Progress
) -> tuple[list[Prepared], tuple[Skipped, ...]]:
    """Prepared articles without their outlets' furniture, takes joined, in an order of their own; and what was skipped,
    in the order of input."""
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
