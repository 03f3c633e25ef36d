"""Article -> zones: every line of the raw text is headline, standfirst, byline, dateline, caption, body or furniture.

Only the body is scored, nothing is dropped: each zone carries the reason it was given. What a line is follows
from its place, its repetition and its wording (furniture.toml), never from its being short.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from typing import Final, Protocol

import numpy as np

from dedup.kernels import tokenise
from dedup.lexicon import Lexicon, load_lexicon
from dedup.lines import ENDS_SENTENCE, line_spans
from dedup.records import Article, Tokens, Zone, ZoneKind


class CreditLines(Protocol):
    """What the zones need to know of the agency credits of an article (credit.py has it)."""

    def is_credit(self, start: int, end: int) -> bool:
        """Whether a whole line of the text is a printed agency credit."""

    def dateline_end(self, start: int, end: int) -> int:
        """How many characters of a paragraph of the text are an agency's dateline."""


_LAST: Final = 40  # characters in which the end of a line is looked at
_LEADING: Final = " \t\u00a0\u200b\ufeff•·|>»▶►●■-–—*(["
_TRAILING: Final = " \t\u00a0\u200b•·|»›→▶►)]"
_QUOTES: Final = '"“„«»‹「『‘'
# A bare dateline: a place in capitals, with a date at most, before a dash.
_CAPITALS: Final = r"[A-ZÀ-ÞА-Я][A-ZÀ-ÞА-Я.'’]+(?:-[A-ZÀ-ÞА-Я.'’]+)*+"
_PLACE: Final = re.compile(
    rf"(?!FILE\b){_CAPITALS}(?:[,/ ]+{_CAPITALS}){{0,4}}"
    r"(?:,? ?\(?[A-Z]?[\w.]{2,12}\.? \d{1,2}\)?)?,? ?[—–-]{1,2}(?=\s)"
)
_DATELINE_LINES: Final = 15  # body lines in which an agency's dateline is looked for: galleries come first
_DATELINE: Final = 100  # characters: no dateline is longer
_HEAD_LINES: Final = 14  # how far above the first paragraph a headline is looked for
_PARAGRAPH: Final = 12  # tokens of a line that ends a sentence and is thereby running text
_TITLE: Final = 25  # tokens: no headline is longer
_SENTENCE: Final = 5  # tokens from which a line with a full stop says something
_NOTICES: Final = ("page notice", "subscription notice")  # kinds of furniture that are whole sentences
_LONG: Final = 40  # tokens from which a line is running text however it ends
_LONGEST: Final = 400  # characters of a line that wording can make furniture


@dataclass(slots=True)
class _Line:
    """A line of the text (or a paragraph of hard-wrapped lines) while its zone is being found."""

    start: int
    end: int
    lead: int  # characters of white space before the text
    text: str
    keys: bytes  # packed match keys
    size: int  # in tokens
    bare: str  # without bullets and arrows around it, as furniture.toml matches it
    ends_sentence: bool
    possible: set[str] = field(default_factory=set)  # groups of the lexicon that may match it
    kind: ZoneKind = "body"
    reason: str = "running text"
    settled: bool = False
    cuts: list[Zone] = field(default_factory=list)  # parts of it that are furniture or a credit

    def settle(self, kind: ZoneKind, reason: str) -> None:
        self.kind, self.reason, self.settled = kind, reason, True

    @property
    def asks(self) -> bool:
        """Whether it ends like a question or a call, as headlines may."""
        return self.text.endswith(("?", "!", "？", "！", "؟"))

    @property
    def says(self) -> bool:
        """Whether it is a sentence with a full stop, and not of two or three words."""
        return self.size >= _SENTENCE and self.ends_sentence and not self.asks

    @property
    def is_paragraph(self) -> bool:
        return self.size >= _LONG or (self.size >= _PARAGRAPH and self.ends_sentence)


def zones(article: Article, tokens: Tokens, credits: CreditLines, repeated: Sequence[Zone] = ()) -> tuple[Zone, ...]:
    """The zones of an article's text, in order of place.

    ``tokens`` are those of the whole text; ``repeated`` holds the stretches, in order, that the corpus
    knows as furniture: whole lines, or parts of them, each with its reason.
    """
    lines = _lines(article.text, tokens)
    _by_wording(lines, credits)
    _learned(article.text, lines, credits, repeated)
    _tail(lines)
    headline = _headline(article, lines)
    _repetitions(lines, headline)
    _above_the_text(article, lines, headline)
    return tuple(_zones(lines, credits))


def _lines(text: str, tokens: Tokens) -> list[_Line]:
    spans = line_spans(text)
    bounds = tokens.starts.searchsorted(np.array(spans, np.int32).reshape(-1, 2))
    packed, at = tokens.packed, tokens.bounds[bounds].tolist()
    found = []
    for (a, b), (first, after), (start, end) in zip(spans, bounds.tolist(), at, strict=True):
        raw = text[a:b]
        line = raw.strip()
        bare = line.lstrip(_LEADING).rstrip(_TRAILING)
        lead = len(raw) - len(raw.lstrip())
        found.append(_Line(a, b, lead, line, packed[start:end], after - first, bare, _ends_sentence(line)))
    _note_possible(found, tokens, bounds[:, 1].tolist())
    return found


def _ends_sentence(line: str) -> bool:
    """Whether a line ends with a sentence-final mark, closing marks and two other signs at most behind it."""
    last = line[-1]
    if last.isalnum():
        return False
    return last in ".!?…" or ENDS_SENTENCE.search(line, max(0, len(line) - _LAST)) is not None


def _note_possible(lines: Sequence[_Line], tokens: Tokens, after: Sequence[int]) -> None:
    """Note for each line which groups of the lexicon may match it; ``after`` are the tokens behind each line."""
    prefilter = load_lexicon().prefilter
    for line in lines:
        if 0 < line.size <= _LONG and len(line.bare) <= _LONGEST:
            line.possible = prefilter.at_start(line.keys, line.bare)
    for token, groups in prefilter.inside(tokens):
        at = bisect_right(after, token)
        if at < len(lines):
            lines[at].possible |= groups


def _by_wording(lines: list[_Line], credits: CreditLines) -> None:
    lexicon = load_lexicon()
    for line in lines:
        text = line.bare
        if not line.keys:
            line.settle("furniture", "no letter or digit in it")
        elif line.size > _LONG or len(text) > _LONGEST:
            continue
        elif credits.is_credit(line.start, line.end) and (not _is_photo(line, lexicon) or _names_sender(line, credits)):
            line.settle("byline", "agency credit")
        elif not line.possible:
            continue
        elif reason := _worded(line, text, lexicon):
            line.settle("furniture", reason)
        elif _names_writer(line, lexicon):
            line.settle("byline", "names the writer or the desk")


def _names_writer(line: _Line, lexicon: Lexicon) -> bool:
    if "bylines" in line.possible and not line.says and lexicon.bylines.fullmatch(line.bare):
        return True
    return "writers" in line.possible and lexicon.writers.fullmatch(line.bare) is not None


def _is_photo(line: _Line, lexicon: Lexicon) -> bool:
    if "photo credit" not in line.possible:
        return False
    return any(reason == "photo credit" and rule.fullmatch(line.bare) for reason, rule in lexicon.lines)


def _names_sender(line: _Line, credits: CreditLines) -> bool:
    """Whether "A / B" is no photographer's credit: it begins with "By", with a single word or with the agency."""
    before = line.bare.partition("/")[0]
    first = before.strip()
    if first.startswith(("©", "(c)")):
        return False
    start = line.start + line.lead + line.text.index(line.bare)
    return line.bare.lower().startswith("by ") or " " not in first or credits.is_credit(start, start + len(before))


def _worded(line: _Line, text: str, lexicon: Lexicon) -> str | None:
    """What kind of furniture a line's wording shows; a whole sentence may be about anything, only notices count."""
    for reason, rule in lexicon.lines:
        if reason in line.possible and (not line.says or reason in _NOTICES) and rule.fullmatch(text):
            return reason
    return None


def _learned(text: str, lines: Sequence[_Line], credits: CreditLines, repeated: Sequence[Zone]) -> None:
    """Lines that the corpus knows as furniture, and such parts of lines; a printed credit is found first."""
    starts = [line.start for line in lines]
    for zone in repeated:
        line = lines[bisect_right(starts, zone.start) - 1]
        if line.settled:
            continue
        if credits.is_credit(zone.start, zone.end):
            line.cuts.append(Zone("byline", zone.start, zone.end, "agency credit"))
        elif any(ch.isalnum() for ch in text[line.start : zone.start] + text[zone.end : line.end]):
            line.cuts.append(zone)
        else:
            line.settle("furniture", zone.reason)


def _tail(lines: list[_Line]) -> None:
    """What follows a head such as "Read more", once most of the article is over, is furniture with it.

    Not so where running text goes on behind it: teasers come one paragraph at a time, under titles of their
    own, so two paragraphs in a row are the article again.
    """
    lexicon = load_lexicon()
    last_running = _last_running(lines)
    before, total = 0, sum(line.size for line in lines if not line.settled)
    for at, line in enumerate(lines):
        text, short = line.bare, line.size <= _PARAGRAPH
        comments = short and "comments" in line.possible and lexicon.comments.fullmatch(text) is not None
        opens = short and "heads" in line.possible and line.kind != "byline" and not line.says
        if comments or (opens and lexicon.heads.fullmatch(text)):
            line.settle("furniture", "opens other stories, forms or comments")
            if before and before >= total - before and (comments or last_running < at):
                for later in lines[at + 1 :]:
                    kind: ZoneKind = "byline" if later.kind == "byline" else "furniture"
                    later.settle(kind, f'after "{text[:40]}"')
                return
        elif not line.settled:
            before += line.size


def _last_running(lines: Sequence[_Line]) -> int:
    """Index of the last paragraph that another one follows directly; -1 if there is none."""
    running = [line.is_paragraph and not line.settled for line in lines]
    return max((at for at, (a, b) in enumerate(pairwise(running)) if a and b), default=-1)


def _headline(article: Article, lines: list[_Line]) -> int | None:
    """Index of the headline's line: the title's, or the first title-like line whose words the text takes up.

    Looked for in the lines just above the first paragraph: a whole page has its menus before them.
    """
    running = (at for at, line in enumerate(lines) if line.is_paragraph and not line.settled and not line.asks)
    opening = next(running, len(lines))
    if article.title:
        printed = tokenise(article.title)
        title = printed.packed
        equal = [at for at, line in enumerate(lines[: opening + 1]) if title and line.keys == title]
        begun = [
            at
            for at, line in enumerate(lines[: opening + 1])
            if 3 <= line.size >= len(printed) / 2 and title.startswith(line.keys)
        ]
        for found, reason in ((equal, "equals the title"), (begun, "the title begins with it")):
            if found:
                lines[found[-1]].settle("headline", reason)
                return found[-1]
        return None
    text_words = {key for line in lines if line.is_paragraph and not line.settled for key in line.keys.split()}
    for at in range(max(0, opening - _HEAD_LINES), opening):
        line = lines[at]
        if line.settled or line.text.endswith((".", "。")):
            continue
        words = {key for key in line.keys.split() if len(key) >= 4 or not key.isascii()} or set(line.keys.split())
        if 3 <= line.size <= _LONG and len(words & text_words) >= max(2, len(words) / 2):
            line.settle("headline", "title-like, and the text takes up its words")
            return at
    return _first_line(lines, opening)


def _first_line(lines: list[_Line], opening: int) -> int | None:
    """Index of the first line if it stands like a headline: over running text, and without a full stop."""
    at = next((at for at, line in enumerate(lines) if not line.settled), opening)
    if (
        at >= opening
        or opening >= len(lines)
        or any(line.kind == "body" and not line.settled for line in lines[at + 1 : opening])
    ):
        return None
    line = lines[at]
    if (
        not 2 <= line.size <= _TITLE
        or (line.ends_sentence and not line.asks)
        or not _mostly_punctuated(lines[opening:])
    ):
        return None
    line.settle("headline", "the first line, without a full stop")
    return at


def _repetitions(lines: list[_Line], headline: int | None) -> None:
    """Lines printed twice: captions above the text, a standfirst the text repeats, second copies elsewhere."""
    first: dict[bytes, int] = {}
    opening = next((at for at, line in enumerate(lines) if line.is_paragraph and not line.settled), len(lines))
    for at, line in enumerate(lines):
        if line.settled or line.size < 3:
            continue
        earlier = first.setdefault(line.keys, at)
        if earlier == at:
            continue
        if at == earlier + 1 and earlier <= max(opening, (headline or 0) + 6) and headline is not None:
            lines[earlier].settle("caption", "printed twice in a row above the text")
            line.settle("caption", "printed twice in a row above the text")
        elif headline is not None and earlier <= opening and lines[earlier].kind == "body" and at > earlier + 1:
            lines[earlier].settle("standfirst", "a paragraph of the text repeats it")
        elif line.text[0] not in _QUOTES:
            line.settle("furniture", "second copy of a line of this article")


def _above_the_text(article: Article, lines: list[_Line], headline: int | None) -> None:
    """Labels above the headline; standfirst and caption between it and the first paragraph."""
    if headline is None:
        return
    for line in lines[:headline]:
        if not line.settled and not line.says:
            line.settle("furniture", "stands above the headline")
    opening = next(
        (at for at, line in enumerate(lines) if at > headline and line.is_paragraph and not line.settled),
        None,
    )
    if opening is None:
        return
    outlet = _outlet_keys(article.outlet)
    punctuated = _mostly_punctuated(lines[opening:])
    for at in range(headline + 1, opening):
        line = lines[at]
        if line.settled:
            continue
        if outlet and line.keys == outlet:
            line.settle("furniture", "the outlet's name")
        elif not punctuated or line.ends_sentence or line.text[0] in _QUOTES[:-1]:
            continue
        elif all(lines[i].settled for i in range(headline + 1, at)) and at <= headline + 2:
            line.settle("standfirst", "between the headline and the text, without a full stop")
        else:
            line.settle("caption", "between the headline and the text, without a full stop")


@lru_cache(maxsize=4096)
def _outlet_keys(outlet: str) -> bytes:
    return tokenise(outlet).packed


def _mostly_punctuated(lines: list[_Line]) -> bool:
    """Whether this text ends its sentences with marks at all (Thai, for one, does not)."""
    body = [line for line in lines if not line.settled and line.size >= _PARAGRAPH]
    return bool(body) and sum(line.ends_sentence for line in body) >= 0.6 * len(body)


def _zones(lines: list[_Line], credits: CreditLines) -> Iterator[Zone]:
    """The lines as zones, datelines split off: a bare place before the first paragraph, agencies' near the top."""
    body, opened = 0, False
    for line in lines:
        start = line.start
        if line.kind == "body":
            body += 1
            length = _dateline(line, credits, bare=not opened) if body <= _DATELINE_LINES else 0
            opened = opened or line.is_paragraph
            if length:
                yield Zone("dateline", start, start + length, "place and date before the first sentence")
                start += length
            for cut in line.cuts:
                if cut.start > start:
                    yield Zone("body", start, cut.start, line.reason)
                if cut.end > start:
                    yield Zone(cut.kind, max(start, cut.start), cut.end, cut.reason)
                    start = cut.end
        if line.end > start:
            yield Zone(line.kind, start, line.end, line.reason)


def _dateline(line: _Line, credits: CreditLines, bare: bool) -> int:
    """Characters of the line's dateline, counted from the line's start."""
    length = credits.dateline_end(line.start + line.lead, line.end)
    if not length and bare and line.is_paragraph and (found := _PLACE.match(line.text[:_DATELINE])):
        length = found.end()
    return line.lead + length if length else 0
