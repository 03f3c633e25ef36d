"""An agency's own items -> takes joined: long items are sent in parts, which only together are the wire copy.

Takes of one item come from the agency's own outlet, within the hour, under one headline but for their number
("2", "Take 2", "first addition", "fifth and last", here or in a line above the text), and have little text in
common: what has much in common is a later version. How takes are numbered and where they end is data
(takes.toml).
"""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib import resources
from typing import Final

import numpy as np

from dedup.agencies import Agency
from dedup.chronology import instant
from dedup.kernels import tokenise
from dedup.records import Article, Prepared, Tokens, Zone, ZoneKind, published_order

_APART: Final = 3600  # seconds between two takes of one item
_LABEL: Final = 8  # tokens of a take's number in words, at most
_STEM: Final = 2  # tokens of a headline without it, at least
_MOST: Final = 20  # takes of an item
_ALIKE: Final = 0.3  # share of the smaller's fingerprints in common from which two items are versions
_HEADER: Final = 16  # tokens of a line with place, date and the agency's mark
_STAMP: Final = 6  # tokens of a line with the time of sending
_CLOCK: Final = re.compile(r"\b\d{1,2}[:.hH]\d{2}\b|\b\d{4}\s?(?:GMT|UTC|Z)\b", re.IGNORECASE)
_ROMAN: Final = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "v": 5, "vi": 6, "vii": 7, "viii": 8, "ix": 9, "x": 10}
_NUMBER: Final = "number of a take"
_IN_BRACKETS: Final = r"[(（\[【][^()（）\[\]【】]{1,24}[)）\]】]|\d{1,2} ?/ ?\d{1,2}|[-–—] ?\d{1,2} ?[-–—]"
_AT_START: Final = re.compile(rf"\s*(?:{_IN_BRACKETS})")
_AT_END: Final = re.compile(rf"(?:{_IN_BRACKETS})\s*$")
_LAST: Final = 1000  # rank of a take that only says it is the last


@dataclass(frozen=True, slots=True)
class _Words:
    """takes.toml by match keys: what a word of a take's number says, and the packed keys of whole end lines."""

    ranks: Mapping[str, int]
    parts: frozenset[str]
    last: frozenset[str]
    links: frozenset[str]
    ends: frozenset[bytes]


@lru_cache(maxsize=1)
def _words() -> _Words:
    data = tomllib.loads(resources.files("dedup").joinpath("takes.toml").read_text("utf-8"))

    def keys(words: Iterable[str]) -> frozenset[str]:
        return frozenset(key for word in words for key in tokenise(word).keys)

    ranks = {key: n for n, words in enumerate(data["ordinals"], 1) for key in keys(words)}
    ends = frozenset(tokenise(line).packed for line in data["ends"])
    return _Words({**_ROMAN, **ranks}, keys(data["parts"]), keys(data["last"]), keys(data["links"]), ends)


@lru_cache(maxsize=64)
def _packed_names(names: tuple[str, ...]) -> tuple[bytes, ...]:
    return tuple(b" " + tokenise(name).packed for name in names)


def marked(zones: Sequence[Zone], article: Article, tokens: Tokens, own: Agency) -> tuple[Zone, ...]:
    """The zones of an agency's own item with its marks told from its text.

    A line with place, date and the agency's name above the text is a dateline; end marks, the time of sending
    below them and the number of the take are furniture. ``tokens`` are those of the whole text.
    """
    names, ends = _packed_names(own.names), _words().ends
    bounds = tokens.starts.searchsorted(np.array([(zone.start, zone.end) for zone in zones], np.int32).reshape(-1, 2))
    out, opening, ended = [], True, False
    for zone, (first, after) in zip(zones, bounds.tolist(), strict=True):
        mark: tuple[ZoneKind, str] | None = None
        if zone.kind == "body":
            line, size = tokens.run(first, after), after - first
            if line in ends:
                mark, opening, ended = ("furniture", "end mark of an agency's item"), True, True
            elif ended and size <= _STAMP and _CLOCK.search(article.text, zone.start, zone.end):
                mark = "furniture", "time of sending below an end mark"
            elif opening and size <= _LABEL and _rank(line.decode().split()) is not None:
                mark = "furniture", _NUMBER
            elif opening and size <= _HEADER and (b" " + line).endswith(names):
                mark = "dateline", "the agency's own header"
            elif size:
                opening = ended = False
        out.append(zone._replace(kind=mark[0], reason=mark[1]) if mark else zone)
    return tuple(out) if any(zone.kind == "body" for zone in out) else tuple(zones)


def groups(articles: Sequence[Prepared]) -> list[list[int]]:
    """Positions of the takes of one item, in the order they are read; items sent whole are in no group."""
    labelled: dict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
    for at, article in enumerate(articles):
        if article.own_agency and not article.newsroom:
            for stem, rank in _readings(article):
                labelled[article.article.outlet, stem].append((at, rank))
    options = []
    for (outlet, stem), items in labelled.items():
        for session in _sessions(items, articles):
            if takes := _takes(session, articles):
                options.append((-len(takes), -len(stem), outlet, stem, takes))
    found, used = [], set[int]()
    for *_, takes in sorted(options):
        if not used.intersection(takes):
            found.append(takes)
            used.update(takes)
    return found


def joined(takes: Sequence[Article]) -> Article:
    """The takes of an item as one article, under the id and date of the first and the plainest headline."""
    title = min((take.title for take in takes if take.title), key=lambda title: (len(title), title), default=None)
    text = "\n".join(take.text for take in takes)
    replaced = sum(take.replaced for take in takes)
    return replace(takes[0], text=text, title=title, replaced=replaced, takes=tuple(take.id for take in takes))


def _readings(article: Prepared) -> Iterator[tuple[str, int]]:
    """What the headline may be without the number of a take, and that number; 0 where there is none."""
    keys = list(tokenise(article.headline or "").keys)
    above = next((z for z in article.zones if z.reason == _NUMBER), None)
    label = _rank(list(tokenise(article.article.text[above.start : above.end]).keys)) if above else None
    if len(keys) >= _STEM:
        yield " ".join(keys), label or 0
    marked = _AT_END.search(article.headline or ""), _AT_START.match(article.headline or "")
    for n in range(1, min(_LABEL, len(keys) - _STEM) + 1):
        for rest, number, mark in ((keys[:-n], keys[-n:], marked[0]), (keys[n:], keys[:n], marked[1])):
            rank = _rank(number)
            if rank is not None and (mark or _says_part(number)):
                yield " ".join(rest), rank


def _says_part(keys: Sequence[str]) -> bool:
    """Whether a label says that it numbers a part: a bare number or "final" may be of the headline itself."""
    words = _words()
    numbers = [key for key in keys if _number(key) is not None]
    if any(key in words.parts for key in keys):
        return True
    linked = any(key in words.links for key in keys) and len(numbers) == 2
    return linked or bool(numbers and any(key in words.last for key in keys))


def _rank(keys: Sequence[str]) -> int | None:
    """The number that a label names: "2 of 3" and "second take" are 2, "continued" is 2, "last" the last."""
    words = _words()
    if not 0 < len(keys) <= _LABEL:
        return None
    numbers = [n for key in keys if (n := _number(key)) is not None]
    said = [key for key in keys if key in words.parts or key in words.last]
    others = [key for key in keys if key not in words.links and key not in said and _number(key) is None]
    counts = len(numbers) <= 1 or (len(numbers) == 2 and numbers[0] <= numbers[1])
    if others or not counts or not all(0 < n <= _MOST for n in numbers) or not (numbers or said):
        return None
    if numbers:
        return numbers[0]
    return _LAST if any(key in words.last for key in keys) else 2


def _number(key: str) -> int | None:
    if key in _words().ranks:
        return _words().ranks[key]
    return int(key) if key.isdecimal() and len(key) <= 4 else None


def _sessions(items: Sequence[tuple[int, int]], articles: Sequence[Prepared]) -> Iterator[list[tuple[int, int]]]:
    """The items cut where more than an hour lies between two; whole days where only days are known."""
    ordered = sorted(items, key=lambda item: published_order(articles[item[0]]))
    session: list[tuple[int, int]] = []
    for item in ordered:
        if session and not _near(articles[session[-1][0]].article, articles[item[0]].article):
            yield session
            session = []
        session.append(item)
    if session:
        yield session


def _near(one: Article, two: Article) -> bool:
    if one.published is None or two.published is None:
        return one.published is two.published
    if one.date_only or two.date_only:
        return one.published.date() == two.published.date()
    return abs((instant(one.published) - instant(two.published)).total_seconds()) <= _APART


def _takes(session: Sequence[tuple[int, int]], articles: Sequence[Prepared]) -> list[int]:
    """The takes among items under one headline, in order; none if their numbers or texts do not make an item.

    Of two items with one number the first counts; an item that has much in common with another is a version.
    """
    ranks: dict[int, int] = {}
    for at, rank in session:
        ranks.setdefault(rank, at)
    takes = [ranks[rank] for rank in sorted(ranks)]
    numbered = [rank for rank in sorted(ranks) if rank not in (0, _LAST)]
    if len(takes) < 2 or not (0 in ranks or 1 in ranks) or (numbered and numbered[0] > 2):
        return []
    prints = [articles[at].fingerprints for at in takes]
    for k, one in enumerate(prints):
        for two in prints[:k]:
            if len(np.intersect1d(one, two)) > _ALIKE * max(1, min(len(one), len(two))):
                return []
    return takes
