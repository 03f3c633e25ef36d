"""Furniture learned from a corpus, article by article: repeated lines, and blocks in texts without line ends.

A line is furniture where unrelated articles of its outlet carry it, or at the edge of articles of many outlets
(a notice of the paywall). Unrelated means that the rest of the articles has little in common: the lines of a
story that an outlet prints in ten versions are no furniture. What is kept of an article is a few hundred bytes:
hashes of its lines, and the least hashes of its phrases (a bottom-k sketch: Broder, On the resemblance and
containment of documents, 1997). All of it are sets and sums, so that the order of adding changes nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
import xxhash

from dedup.kernels import line_key, tokenise
from dedup.records import U64, Ints, Mask, Prepared, Span, Zone
from dedup.tallies import HOLDER, SAMPLE, Holders, HolderTable, Tally

_EDGE_UNRELATED: Final = 3  # unrelated articles of the outlet that make an edge line furniture
_ANYWHERE_UNRELATED: Final = 10
_RELATED: Final = 0.2  # share of the shorter rest in both from which two articles are related
_RUNNING: Final = 12  # tokens from which a line may be running text
_EDGE_HEAD, _EDGE_TAIL = 4, 8  # lines from the top and from the bottom that are an edge
_TIGHT_HEAD, _TIGHT_TAIL = 2, 4  # the same for running text that many outlets carry
_OUTLETS: Final = 5  # outlets with unrelated articles that make a line a notice
_AT_EDGE: Final = 0.9  # share of a notice's places that are at the edge
_SKETCH, _HEADLINE = 32, 8  # hashes kept of an article's phrases and of its headline's words
_GRAM: Final = 4  # tokens of a phrase
_BLOCK_ARTICLES: Final = 30  # articles of the outlet that make a phrase at the edge part of a block
_BLOCK_SHARE: Final = 0.9  # share of a phrase's places that are at the edge of articles of the outlet
_BLOCK_HEAD, _BLOCK_TAIL = 12, 40  # tokens from the top and from the bottom that are an edge
_INSIDE: Final = 8  # one article in so many is asked for the phrases inside
_LEAST_REST: Final = 6  # hashes of the rest of an article from which it says what the article is about
_WORD, _TAKEN_UP = 4, 0.34  # bytes of a headline's word that counts; share of them that a text takes up
_ECHO: Final = 0.8  # share of an echo's tokens that are the headline's
_NONE: Final = np.uint64(2**64 - 1)
_ODD: Final = np.uint64(0x9E3779B97F4A7C15)
_INNER, _EDGE, _TIGHT = 0, 1, 3  # places of a line: at a tight edge is at the edge, too


@dataclass(frozen=True, slots=True)
class _Lines:
    """The n lines of an article's body: hashes of their keys, bounds (n + 1,) in tokens, which are mostly quoted."""

    hashes: U64
    bounds: Ints
    quoted: Mask

    @property
    def sizes(self) -> Ints:
        return np.diff(self.bounds)


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of a line in an outlet: unrelated articles that carry it, at the edge and anywhere; a reason."""

    edge: bool = False
    repeated: bool = False
    anywhere: bool = False
    reason: str = ""


class FurnitureCounts:
    """What a corpus knows of its outlets' furniture; it learns as articles are added, in any order.

    Articles of unknown outlets teach nothing; of exact copies under one headline the first one counts.
    """

    def __init__(self) -> None:
        self._holders = HolderTable()
        self._sketches = _Sketches()
        self._at_edge = Tally()  # articles by (phrase, outlet)
        self._at_any_edge = Tally()  # articles by phrase
        self._inside = Tally()  # places by phrase, of one article in _INSIDE
        self._known: dict[Span, _Known] = {}

    def add(self, article: Prepared) -> None:
        """Learn from one article, prepared without what was learned before."""
        if not article.article.outlet or not len(article.tokens):
            return
        outlet, rank, headline = _identity(article)
        lines, grams = _lines(article), _grams(article.tokens.hashes)
        row = self._sketches.add(rank, lines, grams, headline)
        if row is None:
            return
        self._known.clear()
        self._holders.add(_held(lines, outlet, rank, row))
        edge = _block_edge(len(article.tokens))
        at_edge = np.unique(grams[edge & _within_lines(lines)])
        self._at_edge.add(_in_outlet(at_edge, outlet))
        self._at_any_edge.add(at_edge)
        if rank % _INSIDE == 0:
            self._inside.add(grams[~edge])

    def furniture(self, article: Prepared) -> tuple[Zone, ...]:
        """The stretches of an article's body that are furniture as far as is known now, in order, with counts.

        A stretch is a whole line or, in a long line, a block at the edge of the text. A mostly quoted one never is.
        """
        if not len(article.tokens):
            return ()
        lines = _lines(article)
        reasons = self._line_reasons(lines, _hash(article.article.outlet))
        whole = [(*lines.bounds[at : at + 2].tolist(), reason) for at, reason in sorted(reasons.items())]
        blocks = self._blocks(article, lines, reasons.keys()) if article.article.outlet else []
        starts, ends = article.tokens.starts, article.tokens.ends
        return tuple(
            Zone("furniture", int(starts[a]), int(ends[b - 1]), reason) for a, b, reason in sorted([*whole, *blocks])
        )

    def _line_reasons(self, lines: _Lines, outlet: int) -> dict[int, str]:
        """The lines that are furniture, by number, with reasons: peeled from the edges inwards."""
        total = len(lines.hashes)
        often = np.flatnonzero((self._holders.rows(lines.hashes) >= _EDGE_UNRELATED) & ~lines.quoted)
        known = {at: self._of_line(int(lines.hashes[at]), outlet) for at in often.tolist()}
        found = {
            at
            for at, line in known.items()
            if line.anywhere or (line.edge and (at < _EDGE_HEAD or at >= total - _EDGE_TAIL))
        }
        for inward in (range(_EDGE_HEAD, total), range(total - _EDGE_TAIL - 1, -1, -1)):
            step = inward.step
            for at in inward:
                if at - step not in found or at not in known or not known[at].repeated:
                    break
                found.add(at)
        return {at: known[at].reason for at in found}

    def _of_line(self, line: int, outlet: int) -> _Known:
        if (line, outlet) not in self._known:
            held = self._holders.of(line)
            own = held[held["outlet"] == outlet] if outlet else held[:0]
            size, outlets = int(held["size"].max()), len(np.unique(held["outlet"]))
            found = _Known()
            if len(own) >= _EDGE_UNRELATED and (size < _RUNNING or outlets == 1):
                found = self._of_outlet(own)
            if not found.edge and outlets >= _OUTLETS and self._is_notice(held, size):
                found = _Known(True, True, found.anywhere, f"repeated in unrelated articles of {outlets:,} outlets")
            self._known[line, outlet] = found
        return self._known[line, outlet]

    def _of_outlet(self, own: Holders) -> _Known:
        """What the articles of one outlet say about a line."""
        chosen = self._unrelated(own[own["row"] >= 0])
        count, total = len(chosen), int(own["count"].sum())
        at_edge = int((chosen["place"] >= _EDGE).sum())
        if total > SAMPLE:
            reason = f"repeated in {total:,} articles of the outlet"
        else:
            reason = f"repeated in {count} unrelated articles of the outlet"
        return _Known(at_edge >= _EDGE_UNRELATED, count >= _EDGE_UNRELATED, count >= _ANYWHERE_UNRELATED, reason)

    def _is_notice(self, held: Holders, size: int) -> bool:
        """Whether many outlets print a line at the edge of articles that have nothing else in common.

        A paragraph of the wire stands inside the text too, and its articles come in families.
        """
        place = _TIGHT if size >= _RUNNING else _EDGE
        sampled = held[held["row"] >= 0]
        if (sampled["place"] >= place).mean() < _AT_EDGE:
            return False
        first_of_each = sampled[np.unique(sampled["outlet"], return_index=True)[1]]
        asked = first_of_each[np.argsort(first_of_each["rank"])][:SAMPLE]
        return len(self._unrelated(asked)) >= max(_OUTLETS, len(asked) / 2)

    def _unrelated(self, held: Holders) -> Holders:
        """Those of the articles whose rest has little in common with each one chosen before."""
        related = self._sketches.related(held["row"], self._companions(held))
        chosen: list[int] = []
        for at in range(len(held)):
            if not related[at, chosen].any() and not related[at, at]:
                chosen.append(at)
        return held[chosen]

    def _companions(self, held: Holders) -> U64:
        """The line itself, and lines that travel with it: those that recur much themselves in these articles."""
        lines = np.unique(self._sketches.lines(held["row"]))
        often = lines[self._holders.rows(lines) >= _OUTLETS]
        found = [line for line in often.tolist() if self._travels(self._holders.of(line))]
        return np.array([*held["line"][:1].tolist(), *found], np.uint64)

    @staticmethod
    def _travels(other: Holders) -> bool:
        if int(other["size"].max()) < _RUNNING:
            return True
        _, outlet = np.unique(other["outlet"], return_inverse=True)
        return bool(np.bincount(outlet, other["count"]).max() >= _ANYWHERE_UNRELATED)

    def _blocks(self, article: Prepared, lines: _Lines, taken: Collection[int]) -> Iterator[tuple[int, int, str]]:
        """Blocks at both ends of the text as (first token, token after, reason), outside of the lines ``taken``."""
        free = np.repeat(~np.isin(np.arange(len(lines.sizes)), list(taken)), lines.sizes)
        grams = _grams(article.tokens.hashes)
        asked = np.flatnonzero(_block_edge(len(free)) & _within_lines(lines) & free[: len(grams)])
        counts = self._standing(grams[asked], _hash(article.article.outlet))
        size, after = len(free), 0
        for begins, last, articles in _runs(asked, counts, lines):
            first, end = max(begins, after), last + _GRAM
            if 2 * int(article.quoted[first:end].sum()) > end - first:
                continue
            tail = first >= _BLOCK_HEAD and end > size - _BLOCK_TAIL
            after = size if tail and _is_echo(article, end) else end
            place = "end" if tail else "beginning"
            reason = f"block of {end - first} words at the {place} of {articles:,} articles of the outlet"
            yield first, end, reason
            if after > end:
                yield end, after, "echo of the headline after a block of the outlet"

    def _standing(self, grams: U64, outlet: int) -> Ints:
        """(n,) articles of the outlet with each phrase at their edge; 0 where it stands elsewhere as well."""
        own = self._at_edge.counts(_in_outlet(grams, outlet))
        found = np.zeros(len(grams), np.int64)
        often = np.flatnonzero(own >= _BLOCK_ARTICLES)
        if len(often):
            everywhere = self._at_any_edge.counts(grams[often]) + _INSIDE * self._inside.counts(grams[often])
            found[often] = np.where(own[often] >= _BLOCK_SHARE * everywhere, own[often], 0)
        return found


class _Sketches:
    """Of each article the least phrase hashes with the lines they stand in, and words of its headline."""

    def __init__(self) -> None:
        self._known: set[int] = set()
        self._grams = np.zeros((64, _SKETCH), np.uint64)
        self._lines = np.zeros((64, _SKETCH), np.uint64)
        self._headlines = np.zeros((64, _HEADLINE), np.uint64)

    def add(self, rank: int, lines: _Lines, grams: U64, headline: U64) -> int | None:
        """The row of a new article; None for one that is known. Unused places hold _NONE."""
        if rank in self._known:
            return None
        row = len(self._known)
        self._known.add(rank)
        if row == len(self._grams):
            self._grams, self._lines, self._headlines = (
                np.concatenate([table, np.zeros_like(table)]) for table in (self._grams, self._lines, self._headlines)
            )
        least, line = _least(lines, grams)
        self._grams[row], self._lines[row] = least, line
        self._headlines[row] = headline
        return row

    def lines(self, rows: Ints) -> U64:
        """(n, _SKETCH) hashes of the lines that the phrases of articles stand in."""
        return self._lines[rows]

    def related(self, rows: Ints, without: U64) -> Mask:
        """(n, n) whether two articles have much in common outside of the lines ``without``.

        Where one has nothing else, their headlines decide; without these nothing shows that they are unrelated,
        and an article is related with itself.
        """
        grams, lines, headlines = self._grams[rows], self._lines[rows], self._headlines[rows]
        full = np.where(grams[:, -1] == _NONE, _NONE, grams[:, -1])
        kept = (grams != _NONE) & ~np.isin(lines, without)
        rest = kept.sum(1) >= _LEAST_REST
        by_text = _overlaps(grams, kept, full)
        worded = headlines != _NONE
        by_headline = _overlaps(headlines, worded, np.full(len(rows), _NONE)) | ~worded[:, :1] | ~worded[:, 0]
        related: Mask = np.where(rest[:, None] & rest, by_text, by_headline)
        np.fill_diagonal(related, ~rest & ~worded[:, 0])
        return related


def _overlaps(hashes: U64, kept: Mask, full: U64) -> Mask:
    """(n, n) whether two sets share _RELATED of the smaller, as far as both are known: up to the lesser of ``full``."""
    distinct, places = np.unique(hashes, return_inverse=True)
    held = np.zeros((len(hashes), len(distinct)), np.float32)
    held[np.nonzero(kept)[0], places.reshape(hashes.shape)[kept]] = 1
    shared = held @ held.T
    upto = np.minimum(full[:, None], full)
    sizes = (kept[:, None] & (hashes[:, None] <= upto[:, :, None])).sum(2)
    found: Mask = shared >= _RELATED * np.maximum(1, np.minimum(sizes, sizes.T))
    return found


def _least(lines: _Lines, grams: U64) -> tuple[U64, U64]:
    """The _SKETCH least phrase hashes of an article, ascending, and the lines that these stand in."""
    inside = np.flatnonzero(_within_lines(lines))
    found, first = np.unique(grams[inside], return_index=True)
    found, first = found[:_SKETCH], inside[first[:_SKETCH]]
    padding = np.full(_SKETCH - len(found), _NONE)
    at = np.searchsorted(lines.bounds, first, "right") - 1
    return np.concatenate([found, padding]), np.concatenate([lines.hashes[at], padding])


def _identity(article: Prepared) -> tuple[int, int, U64]:
    """Hashes of the outlet and of the article with its headline, and the headline's words if the text has them not.

    A page that takes up no word of its headline is not what the headline promises: a notice instead of the text.
    """
    outlet, words = _hash(article.article.outlet), tokenise(article.headline or "")
    rank = xxhash.xxh3_64_intdigest(words.packed, outlet ^ article.digest)
    long = np.unique(words.hashes[(np.diff(words.bounds) > _WORD) | words.unspaced])
    headline = np.full(_HEADLINE, _NONE)
    if len(long) >= _EDGE_UNRELATED and np.isin(long, article.tokens.hashes).sum() < _TAKEN_UP * len(long):
        headline[: len(long)] = long[:_HEADLINE]
    return outlet, rank, headline


def _hash(outlet: str) -> int:
    return xxhash.xxh3_64_intdigest(outlet.encode("utf-8", "surrogatepass")) if outlet else 0


def _lines(article: Prepared) -> _Lines:
    bounds = np.concatenate(([0], np.flatnonzero(np.diff(article.paragraph)) + 1, [len(article.tokens)]))
    at = article.tokens.bounds[bounds].tolist()
    packed = article.tokens.packed
    hashes = [xxhash.xxh3_64_intdigest(line_key(packed[a:b])) for a, b in pairwise(at)]
    quoted = np.add.reduceat(article.quoted, bounds[:-1], dtype=np.int64)
    return _Lines(np.array(hashes, np.uint64), bounds, 2 * quoted > np.diff(bounds))


def _held(lines: _Lines, outlet: int, rank: int, row: int) -> Holders:
    """A row for each line of an article that is not mostly quoted, once, with the outermost place it has there."""
    total = len(lines.hashes)
    at = np.arange(total)
    place = np.where((at < _EDGE_HEAD) | (at >= total - _EDGE_TAIL), _EDGE, _INNER)
    place[(at < _TIGHT_HEAD) | (at >= total - _TIGHT_TAIL)] = _TIGHT
    rows = np.zeros(total, HOLDER)
    rows["line"], rows["outlet"], rows["rank"], rows["row"], rows["count"] = lines.hashes, outlet, rank, row, 1
    rows["place"], rows["size"] = place, np.minimum(lines.sizes, 2**16 - 1)
    rows = rows[~lines.quoted]
    rows = rows[np.lexsort((-rows["place"].astype(np.int8), rows["line"]))]
    once: Holders = rows[np.append(True, np.diff(rows["line"]) != 0)[: len(rows)]]
    return once


def _grams(hashes: U64) -> U64:
    """(n - 3,) hashes of the phrases of four tokens."""
    if len(hashes) < _GRAM:
        return hashes[:0]
    mixed = hashes[: len(hashes) - _GRAM + 1].copy()
    for at in range(1, _GRAM):
        mixed = (mixed ^ (mixed >> np.uint64(29))) * _ODD + hashes[at : len(hashes) - _GRAM + 1 + at]
    mixed = (mixed ^ (mixed >> np.uint64(32))) * _ODD
    found: U64 = mixed ^ (mixed >> np.uint64(29))
    return found


def _within_lines(lines: _Lines) -> Mask:
    """Which phrases do not go over the end of a line."""
    number = np.repeat(np.arange(len(lines.sizes)), lines.sizes)
    found: Mask = number[: len(number) - _GRAM + 1] == number[_GRAM - 1 :] if len(number) >= _GRAM else number[:0] > 0
    return found


def _block_edge(size: int) -> Mask:
    """Which phrases of a text of so many tokens lie at its beginning or end as a whole."""
    at = np.arange(max(0, size - _GRAM + 1))
    found: Mask = (at <= _BLOCK_HEAD - _GRAM) | (at >= size - _BLOCK_TAIL)
    return found


def _in_outlet(grams: U64, outlet: int) -> U64:
    found: U64 = (grams ^ np.uint64(outlet)) * _ODD
    return found


def _runs(at: Ints, counts: Ints, lines: _Lines) -> Iterator[tuple[int, int, int]]:
    """Overlapping phrases that stand (a count is not 0) in one line: the first, the last, and the least count."""
    standing, counts = at[counts > 0], counts[counts > 0]
    if not len(standing):
        return
    line = np.searchsorted(lines.bounds, standing, "right")
    breaks = np.flatnonzero((np.diff(standing) > _GRAM) | (np.diff(line) != 0)) + 1
    for own, articles in zip(np.split(standing, breaks), np.split(counts, breaks), strict=True):
        yield int(own[0]), int(own[-1]), int(articles.min())


def _is_echo(article: Prepared, first: int) -> bool:
    """Whether what stands behind a block is the article's own headline."""
    behind = article.tokens.hashes[first:]
    if not len(behind) or not article.headline:
        return False
    return bool(np.isin(behind, tokenise(article.headline).hashes).mean() >= _ECHO)
