"""What each outlet does with copy, and with each agency's: counted over the clusters of a scan.

Of an outlet each cluster counts one article, its member; further versions are counted apart. Version groups, which
one outlet fills alone, are no copy. An agency's own item is an original, no copy either.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import fmean, median_low
from typing import Any, Final

from dedup.chronology import lag_seconds
from dedup.records import REPRINTS, Prepared
from dedup.results import Cluster, Comparison

#: What copy may print: a credit of a kind, one that names another agency than the cluster's, or none.
CREDITS: Final = ("full", "shared", "disclaimer", "generic", "other", "none")


@dataclass(frozen=True, slots=True)
class CopyFigures:
    """What became of some copy: an outlet's articles in clusters, all of them or those of one agency's copy.

    ``copy_share`` is the share of these articles' words that are kept or moved; a reference copy is all copy. The
    other shares are of ``matches``, the articles held against another one (reprints and partial reuse): ``kept``
    (moved words included) and ``cut`` of all words of their references, ``mean_retention`` the mean of each
    article's own ``kept``, ``not_in_reference`` of all their words, and ``added`` the same over those
    ``against_originals`` alone, where what is not in the reference was added. ``headline_changed`` is the share of
    the ``headlines`` of reprints that do not have the match keys of the reference's in order. ``credits`` counts
    the kinds printed, "none" only where an agency is known. ``firsts`` counts clusters in which the outlet is known
    to be the first, originals included; ``median_lag_seconds`` is of copy that was not the first (of an even number
    the lower). Shares are 0 to 1, None where there is nothing to measure.
    """

    articles: int
    originals: int
    reference_copies: int
    matches: int
    reprints: int
    against_originals: int
    headlines: int
    copy_share: float | None
    mean_retention: float | None
    kept: float | None
    cut: float | None
    not_in_reference: float | None
    added: float | None
    headline_changed: float | None
    credits: Mapping[str, int]
    firsts: int
    median_lag_seconds: int | None

    def to_dict(self) -> dict[str, Any]:
        """The figures for JSON, shares with four places; "copy_articles" says which articles are meant."""
        found = {name: round(value, 4) if isinstance(value, float) else value for name, value in asdict(self).items()}
        return {"copy_articles": found.pop("articles"), **found}


@dataclass(frozen=True, slots=True)
class Outlet:
    """An outlet ("" for articles of unknown outlet), its copy, and the same by agency (None: no agency is known).

    ``articles`` and ``words`` are all of that outlet in the corpus, ``agency_articles`` those in clusters of an
    agency's copy, ``agency_share`` the share of all its words that are such copy, ``revisions`` further versions
    of a story.
    """

    outlet: str
    articles: int
    words: int
    agency_articles: int
    agency_share: float
    revisions: int
    copy: CopyFigures
    by_agency: tuple[tuple[str | None, CopyFigures], ...]

    def to_dict(self) -> dict[str, Any]:
        """The row for JSON; its fields are stable."""
        return {
            "outlet": self.outlet,
            "articles": self.articles,
            "words": self.words,
            "agency_articles": self.agency_articles,
            "agency_share": round(self.agency_share, 4),
            "revisions": self.revisions,
            **self.copy.to_dict(),
            "agencies": [{"agency": agency, **figures.to_dict()} for agency, figures in self.by_agency],
        }


@dataclass(frozen=True, slots=True)
class _Entry:
    """An outlet's article in a cluster, with what only the cluster knows."""

    comparison: Comparison
    agency: str | None
    is_original: bool
    is_reference: bool
    against_original: bool
    is_first: bool
    lag: int | None

    @property
    def shared(self) -> int:
        """Words that are kept or moved."""
        return self.comparison.ledger.kept + self.comparison.ledger.moved


def outlets(articles: Iterable[Prepared], clusters: Sequence[Cluster]) -> tuple[Outlet, ...]:
    """A row for every outlet of ``articles``: those with most copy first, then by name.

    ``clusters`` are all of these articles; of a cluster the members count, one for each outlet. An article that is
    in several counts in the first, which is the largest.
    """
    words: dict[str, list[int]] = defaultdict(list)
    for article in articles:
        words[article.article.outlet].append(len(article.tokens))
    entries: dict[str, list[_Entry]] = defaultdict(list)
    for entry in _one_an_article(entry for cluster in clusters for entry in _entries(cluster)):
        entries[entry.comparison.article.article.outlet].append(entry)
    versions = Counter(c.article.article.outlet for cluster in clusters for c in cluster.revisions)
    rows = [_row(outlet, words[outlet], entries[outlet], versions[outlet]) for outlet in words]
    return tuple(sorted(rows, key=lambda row: (-row.copy.articles, -row.copy.originals, row.outlet)))


def _one_an_article(entries: Iterable[_Entry]) -> Iterable[_Entry]:
    first: dict[str, _Entry] = {}
    for entry in entries:
        first.setdefault(entry.comparison.article.article.id, entry)
    return first.values()


def _entries(cluster: Cluster) -> Iterator[_Entry]:
    if len(cluster.members) < 2:
        return
    reference, agency, first, direction = cluster.reference, cluster.agency, cluster.first, cluster.direction
    for member in cluster.members:
        article = member.article.article
        is_first = first is not None and article.id == first.id
        yield _Entry(
            comparison=member,
            agency=agency,
            is_original=_is_original(member.article, agency),
            is_reference=article.id == member.reference.article.id,
            against_original=reference.status == "original",
            is_first=is_first and direction == "known",
            lag=None if is_first or direction == "undated" else lag_seconds(first, article),
        )


def _is_original(article: Prepared, agency: str | None) -> bool:
    """Whether it is its agency's own item; of a newsroom that also sells copy, only in a cluster of its copy."""
    own, credit = article.own_agency, article.credit
    if own is None or (credit and credit.kind == "full" and credit.agency != own):
        return False
    return own == agency or not article.newsroom


def _row(outlet: str, words: Sequence[int], entries: Sequence[_Entry], revisions: int) -> Outlet:
    agency_copy = [entry for entry in entries if entry.agency and not entry.is_original]
    by_agency: dict[str | None, list[_Entry]] = defaultdict(list)
    for entry in entries:
        by_agency[entry.agency].append(entry)
    parts = [(agency, _figures(part)) for agency, part in by_agency.items()]
    parts.sort(key=lambda part: (-part[1].articles, part[0] is None, part[0] or ""))
    return Outlet(
        outlet=outlet,
        articles=len(words),
        words=sum(words),
        agency_articles=len(agency_copy),
        agency_share=sum(entry.shared for entry in agency_copy) / sum(words),
        revisions=revisions,
        copy=_figures(entries),
        by_agency=tuple(parts),
    )


def _figures(entries: Sequence[_Entry]) -> CopyFigures:
    copy = [entry for entry in entries if not entry.is_original]
    matches = [entry for entry in copy if not entry.is_reference]
    strict = [entry for entry in matches if entry.against_original]
    reprints = [entry.comparison for entry in matches if entry.comparison.verdict in REPRINTS]
    headlines = [c.headline for c in reprints if c.headline.reference and c.headline.article]
    printed = Counter(map(_credit, copy))
    lags = [entry.lag for entry in copy if entry.lag is not None]
    ledgers = [entry.comparison.ledger for entry in matches]
    references = sum(ledger.reference_tokens for ledger in ledgers)
    return CopyFigures(
        articles=len(copy),
        originals=len(entries) - len(copy),
        reference_copies=len(copy) - len(matches),
        matches=len(matches),
        reprints=len(reprints),
        against_originals=len(strict),
        headlines=len(headlines),
        copy_share=_share(sum(e.shared for e in copy), sum(e.comparison.ledger.article_tokens for e in copy)),
        mean_retention=fmean(entry.comparison.retention for entry in matches) if matches else None,
        kept=_share(sum(entry.shared for entry in matches), references),
        cut=_share(sum(ledger.cut for ledger in ledgers), references),
        not_in_reference=_added(matches),
        added=_added(strict),
        headline_changed=_share(sum(headline.dice < 1 for headline in headlines), len(headlines)),
        credits={kind: printed[kind] for kind in CREDITS},
        firsts=sum(entry.is_first for entry in entries),
        median_lag_seconds=median_low(lags) if lags else None,
    )


def _credit(entry: _Entry) -> str | None:
    """What the article prints: the cluster's agency where it names several; None if nothing, and no agency is known."""
    copy = [credit for credit in entry.comparison.article.credits if credit.kind not in ("mention", "photo")]
    fits = next((credit for credit in copy if credit.agency in (entry.agency, "")), None)
    if fits:
        return fits.kind
    return "other" if copy else "none" if entry.agency else None


def _added(entries: Sequence[_Entry]) -> float | None:
    ledgers = [entry.comparison.ledger for entry in entries]
    return _share(sum(ledger.added for ledger in ledgers), sum(ledger.article_tokens for ledger in ledgers))


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
