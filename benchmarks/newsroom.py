"""A made corpus of news in which the true ledger of every reprint is known.

    python benchmarks/newsroom.py --articles 100000 --words 500 --seed 1 -o corpus.jsonl
        [--truth truth.jsonl] [--corpus FILE ...] [--language en|ar|ru|hi|zh|ko]

Agencies write wire stories, outlets reprint them by the policy of the house: they cut from the bottom, drop, reword
and move, add paragraphs, headlines and furniture of their own, and print a credit or none. The words are made up and
follow a Zipf law; ``--corpus`` takes real articles (JSONL with ``text``, .gz or not; needs dedup) instead. The
articles come in the order of their publication, and the same arguments give the same bytes.

A line of the truth belongs to an article of a family: ``ledger`` as in ``dedup compare``, ``passages`` with character
spans into the texts of wire and article (punctuation beside the words included), cut ones last. Of two stretches that
changed places the lighter one moved; furniture, headline, dateline and byline are no body. With real articles their
own bylines and datelines count as body.
"""

from __future__ import annotations

import argparse
import heapq
import json
import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Final

from reprints import POLICIES, POLICY_SHARES, Truth, book, compose, reprint, token_spans, whole
from stories import SCRIPTS, Made, Real, Source, Story, read_texts

Record = dict[str, str]

AGENCIES: Final = ("AFP", "Reuters", "dpa", "EFE", "ANSA", "Associated Press")
_PAPERS: Final = ("Herald", "Tribune", "Post", "Gazette", "Courier", "Observer", "Star", "Times", "Chronicle", "Echo")
_START: Final = datetime(2025, 1, 6)
_PER_DAY: Final = 2000  # articles: with lags of two days at most, this bounds how many are held
_LAG: Final = 48.0  # hours
_IN_FAMILIES: Final = 0.4
_SIZES: Final = range(1, 31)
_TAIL: Final = [size**-1.6 for size in _SIZES]  # how often a story has so many reprints
_STRAIGHT: Final = str.maketrans("“”’«»", '""\'""')
_SQUARE: Final = str.maketrans("()", "[]")


@dataclass(frozen=True, slots=True)
class Outlet:
    """A house: its policy, its typography, where it prints the agency, and its furniture."""

    name: str
    policy: str
    straight: bool
    square: bool
    credit: str
    own_headlines: bool
    menu: tuple[str, ...]
    photos: bool
    teasers: int
    bottom: tuple[str, ...]


def _outlets(made: Made, random: Random, size: int = 240) -> list[Outlet]:
    *menu, _, comments, newsletter, rights = made.furniture
    found = []
    for place in random.sample(made.names, size):
        name = f"The {place} {random.choice(_PAPERS)}"
        bottom = random.sample((comments, newsletter, f"© 2025 {name}. {rights}"), random.randrange(0, 4))
        found.append(
            Outlet(
                name,
                random.choices(tuple(POLICIES), POLICY_SHARES)[0],
                straight=random.random() < 0.08,
                square=random.random() < 0.15,
                credit=random.choice(("byline", "dateline", "closing", "none")),
                own_headlines=random.random() < 0.6,
                menu=tuple(random.sample(menu, random.randrange(0, 5))),
                photos=random.random() < 0.4,
                teasers=random.choice((0, 0, 2, 3)),
                bottom=tuple(bottom),
            )
        )
    return found


class Newsroom:
    """Agencies and outlets at work on stories from a source."""

    def __init__(self, source: Source, made: Made, seed: int) -> None:
        self._source, self._made, self._random = source, made, Random(seed + 1)
        self._outlets = _outlets(made, Random(seed + 2))
        members = sum(size * share for size, share in zip(_SIZES, _TAIL, strict=True)) / sum(_TAIL) + 1
        # Stories that are reprinted, as a share of all, so that families hold their share of the articles.
        self._reprinted = _IN_FAMILIES / (_IN_FAMILIES + (1 - _IN_FAMILIES) * members)
        self._number = 0

    def work(self, articles: int) -> Iterator[tuple[Record, Truth | None]]:
        """That many articles in the order of publication; fewer where the source runs dry."""
        held: list[tuple[datetime, int, Record, Truth | None]] = []
        now = _START
        while self._number < articles and (story := self._source.story()):
            size = 1
            if self._random.random() < self._reprinted and articles - self._number > 1:
                size = min(1 + self._random.choices(_SIZES, _TAIL)[0], articles - self._number)
            for published, record, truth in self._published(story, size, now):
                heapq.heappush(held, (published, self._number, record, truth))
                self._number += 1
            now += timedelta(days=size / _PER_DAY)
            while held and held[0][0] <= now:
                yield heapq.heappop(held)[2:]
        while held:
            yield heapq.heappop(held)[2:]

    def _published(self, story: Story, size: int, now: datetime) -> Iterator[tuple[datetime, Record, Truth | None]]:
        """An article of a house's own, or a wire story and its reprints, each by another outlet."""
        random = self._random
        if size == 1:
            house = random.choice(self._outlets)
            text, _ = self._page(house, story.title, compose(whole(story), 0)[0], "")
            yield now, self._record(house.name, story.title, text, now), None
            return
        agency = random.choice(AGENCIES)
        dateline = f"{story.place.upper()}, {now:%b} {now.day} ({agency}) – "
        body, placed = compose(whole(story), len(dateline))
        places = token_spans(story, len(dateline))
        wire = self._record(agency, story.title, dateline + body, now)
        named = {"wire": wire["id"], "family": self._number}
        ledger, passages = book(placed, places, story)
        yield now, wire, {"id": wire["id"], **named, "policy": "wire", "ledger": ledger, "passages": passages}
        for house in random.sample(self._outlets, size - 1):
            when = now + timedelta(hours=min(_LAG, random.lognormvariate(0.7, 1.2)))
            title = self._made.title() if house.own_headlines and random.random() < 0.7 else story.title
            opening = dateline if house.credit == "dateline" else ""
            body, placed = compose(reprint(story, POLICIES[house.policy], self._source, random), len(opening))
            text, start = self._page(house, title, opening + body, agency)
            copy = self._record(house.name, title, text, when)
            ledger, passages = book([(s, a + start, b + start) for s, a, b in placed], places, story)
            yield (
                when,
                copy,
                {"id": copy["id"], **named, "policy": house.policy, "ledger": ledger, "passages": passages},
            )

    def _page(self, house: Outlet, title: str, body: str, agency: str) -> tuple[str, int]:
        """A page in the typography of the house, with its furniture; and where in it the body begins."""
        name = self._name
        head = [*house.menu, title] if house.menu else []
        if house.photos:
            head.append(f"{name()} {name()} / {agency or house.name}")
        if not agency or house.credit == "byline":
            head.append(f"By {agency or f'{name()} {name()}'}")
        tail = [f"({agency})"] if agency and house.credit == "closing" else []
        if house.teasers:
            tail += [self._made.furniture[-4], *(self._made.title() for _ in range(house.teasers))]
        above = "\n".join(head) + "\n\n" if head else ""
        below = "\n".join([*tail, *house.bottom])
        body = body.translate(_STRAIGHT) if house.straight else body
        body = body.translate(_SQUARE) if house.square else body
        return f"{above}{body}\n\n{below}".rstrip(), len(above)

    def _name(self) -> str:
        return self._random.choice(self._made.names)

    def _record(self, outlet: str, title: str, text: str, published: datetime) -> Record:
        host = re.sub(r"\W", "", outlet).lower()
        return {
            "id": f"n{self._number:07d}",
            "outlet": outlet,
            "url": f"https://{host}.example/{published:%Y/%m/%d}/{self._number:07d}",
            "published": published.isoformat(timespec="seconds") + "+00:00",
            "title": title,
            "text": text,
        }


def generate(
    articles: int, words: int, seed: int, wire: Iterable[str] | None = None, language: str = "en"
) -> Iterator[tuple[Record, Truth | None]]:
    """Articles of about that many words, each with its truth if it belongs to a family.

    ``wire`` holds texts to be taken for the stories; without it they are made up.
    """
    made = Made(language, words, seed)
    source: Source = made if wire is None else Real(wire, made, seed)
    return Newsroom(source, made, seed).work(articles)


def write(pairs: Iterable[tuple[Record, Truth | None]], corpus: Path, truth: Path | None) -> int:
    """Write the articles, and their truth, as JSON lines; how many there were."""
    written = 0
    encode = json.JSONEncoder(ensure_ascii=False).encode
    with ExitStack() as stack:
        out = stack.enter_context(corpus.open("w", encoding="utf-8", newline="\n"))
        beside = stack.enter_context(truth.open("w", encoding="utf-8", newline="\n")) if truth else None
        for record, known in pairs:
            out.write(encode(record) + "\n")
            if beside and known:
                beside.write(encode(known) + "\n")
            written += 1
    return written


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=10_000)
    parser.add_argument("--words", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--language", choices=tuple(SCRIPTS), default="en")
    parser.add_argument("--corpus", nargs="*", help="JSONL with real articles, which become the stories")
    parser.add_argument("--truth", type=Path)
    parser.add_argument("-o", "--output", type=Path, required=True)
    options = parser.parse_args()
    wire = read_texts(options.corpus) if options.corpus else None
    pairs = generate(options.articles, options.words, options.seed, wire, options.language)
    written = write(pairs, options.output, options.truth)
    if written < options.articles:
        print(f"{written} articles: there were no more texts", file=sys.stderr)


if __name__ == "__main__":
    main()
