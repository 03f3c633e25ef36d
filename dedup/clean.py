"""Article -> zones: every line of the raw text is headline, standfirst, byline, dateline, caption, body or furniture.

Only the body is scored, nothing is dropped: each zone carries the reason it was given. What a line is follows
from its place, its repetition and its wording (furniture.toml), never from its being short.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal, Protocol

from dedup.kernels import line_rows, tokenise
from dedup.lexicon import Lexicon, load_lexicon
from dedup.records import Article, Tokens, Zone, ZoneKind


class CreditLines(Protocol):
    """What the zones need to know of the agency credits of an article (credit.py has it)."""

    def may_name(self, start: int, end: int) -> bool:
        """Whether anything that a credit needs begins in a stretch of the text."""

    def is_credit(self, start: int, end: int) -> bool:
        """Whether a whole line of the text is a printed agency credit."""

    def dateline_end(self, start: int, end: int) -> int:
        """How many characters of a paragraph of the text are an agency's dateline."""


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
_NOTHING: Final = frozenset[str]()
_LONGEST: Final = 400  # characters of a line that wording can make furniture


@dataclass(slots=True)
class _Line:
    """A line of the text (or a paragraph of hard-wrapped lines) while its zone is being found."""

    start: int
    end: int
    text_start: int
    text: str  # without white space around it
    keys: bytes  # packed match keys
    size: int  # in tokens
    ends_sentence: bool
    is_paragraph: bool
    bare: str = ""  # a short one without bullets and arrows around it, as furniture.toml matches it
    possible: frozenset[str] = _NOTHING  # groups of the lexicon that may match it
    kind: ZoneKind = "body"
    reason: str = "running text"
    settled: bool = False
    cuts: tuple[Zone, ...] = ()  # parts of it that are furniture or a credit

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


def zones(article: Article, tokens: Tokens, credits: CreditLines, repeated: Sequence[Zone] = ()) -> tuple[Zone, ...]:
    """The zones of an article's text, in order of place.

    ``tokens`` are those of the whole text; ``repeated`` holds the stretches, in order, that the corpus
    knows as furniture: whole lines, or parts of them, each with its reason.
    """
    lines = _lines(article.text, tokens)
    named = credits.may_name(0, len(article.text))
    _by_wording(lines, credits if named else None)
    _learned(article.text, lines, credits, repeated)
    _tail(lines)
    headline = _headline(article, lines)
    _repetitions(lines, headline)
    _above_the_text(article, lines, headline)
    return tuple(_zones(lines, credits if named else None))


def _lines(text: str, tokens: Tokens) -> list[_Line]:
    prefilter, packed = load_lexicon().prefilter, tokens.packed
    rows = line_rows(text, tokens.starts, tokens.bounds)
    found, first, begin = [], 0, 0
    for start, end, text_start, text_end, after, key_end, ends in rows.tolist():
        line, keys, size = text[text_start:text_end], packed[begin:key_end], after - first
        running = size >= _LONG or (ends == 1 and size >= _PARAGRAPH)
        bare, possible = "", _NOTHING
        if size <= _LONG:
            bare = line.lstrip(_LEADING).rstrip(_TRAILING)
            if size and len(bare) <= _LONGEST:
                possible = prefilter.at_start(keys, bare)
        found.append(_Line(start, end, text_start, line, keys, size, ends == 1, running, bare, possible))
        first, begin = after, key_end
    if within := prefilter.inside(tokens):
        behind = rows[:, 4].tolist()
        for token, groups in within:
            found[bisect_right(behind, token)].possible |= groups
    return found


def _by_wording(lines: list[_Line], credits: CreditLines | None) -> None:
    lexicon = load_lexicon()
    for line in lines:
        if not line.keys:
            line.settle("furniture", "no letter or digit in it")
        elif line.size > _LONG or len(line.bare) > _LONGEST:
            continue
        elif credits and _is_credit(line, credits, lexicon):
            line.settle("byline", "agency credit")
        elif line.possible and (worded := _worded(line.bare, line.says, line.possible)):
            line.settle(*worded)


def _is_credit(line: _Line, credits: CreditLines, lexicon: Lexicon) -> bool:
    if not credits.is_credit(line.start, line.end):
        return False
    return not _is_photo(line, lexicon) or _names_sender(line, credits)


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
    start = line.text_start + line.text.index(line.bare)
    return line.bare.lower().startswith("by ") or " " not in first or credits.is_credit(start, start + len(before))


@lru_cache(maxsize=4096)  # furniture recurs
def _worded(bare: str, says: bool, possible: frozenset[str]) -> tuple[ZoneKind, str] | None:
    """What a line's wording shows; a whole sentence may be about anything, only notices and writers count."""
    lexicon = load_lexicon()
    for reason, rule in lexicon.lines:
        if reason in possible and (not says or reason in _NOTICES) and rule.fullmatch(bare):
            return "furniture", reason
    names = "bylines" in possible and not says and lexicon.bylines.fullmatch(bare)
    if names or ("writers" in possible and lexicon.writers.fullmatch(bare)):
        return "byline", "names the writer or the desk"
    return None


def _learned(text: str, lines: Sequence[_Line], credits: CreditLines, repeated: Sequence[Zone]) -> None:
    """Lines that the corpus knows as furniture, and such parts of lines; a printed credit is found first."""
    starts = [line.start for line in lines]
    for zone in repeated:
        line = lines[bisect_right(starts, zone.start) - 1]
        if line.settled:
            continue
        if credits.is_credit(zone.start, zone.end):
            line.cuts += (Zone("byline", zone.start, zone.end, "agency credit"),)
        elif any(ch.isalnum() for ch in text[line.start : zone.start] + text[zone.end : line.end]):
            line.cuts += (zone,)
        else:
            line.settle("furniture", zone.reason)


def _tail(lines: list[_Line]) -> None:
    """What follows a head such as "Read more", once most of the article is over, is furniture with it.

    Not so where running text goes on behind it: teasers come one paragraph at a time, under titles of their
    own, so two paragraphs in a row are the article again.
    """
    short = [(at, line) for at, line in enumerate(lines) if line.possible and line.size <= _PARAGRAPH]
    opening = [
        (at, opened == "comments")
        for at, line in short
        if (opened := _opened(line.bare, line.possible))
        and (opened == "comments" or (line.kind != "byline" and not line.says))
    ]
    if not opening:
        return
    last_running = _last_running(lines)
    total = sum(line.size for line in lines if not line.settled)
    for at, comments in opening:
        lines[at].settle("furniture", "opens other stories, forms or comments")
        before = sum(line.size for line in lines[:at] if not line.settled)
        if before and before >= total - before and (comments or last_running < at):
            for later in lines[at + 1 :]:
                kind: ZoneKind = "byline" if later.kind == "byline" else "furniture"
                later.settle(kind, f'after "{lines[at].bare[:40]}"')
            return


@lru_cache(maxsize=4096)
def _opened(bare: str, possible: frozenset[str]) -> Literal["comments", "heads"] | None:
    """What a line opens by its wording: readers' comments, or other stories and forms."""
    lexicon = load_lexicon()
    if "comments" in possible and lexicon.comments.fullmatch(bare):
        return "comments"
    return "heads" if "heads" in possible and lexicon.heads.fullmatch(bare) else None


def _last_running(lines: Sequence[_Line]) -> int:
    """Index of the last paragraph that another one follows directly; -1 if there is none."""
    followed = False
    for at in range(len(lines) - 1, -1, -1):
        running = lines[at].is_paragraph and not lines[at].settled
        if running and followed:
            return at
        followed = running
    return -1


def _headline(article: Article, lines: list[_Line]) -> int | None:
    """Index of the headline's line: the title's, or the first title-like line whose words the text takes up.

    Looked for in the lines just above the first paragraph: a whole page has its menus before them.
    """
    running = (at for at, line in enumerate(lines) if line.is_paragraph and not line.settled and not line.asks)
    opening = next(running, len(lines))
    if article.title:
        title, above = tokenise(article.title), lines[: opening + 1]
        equal = [at for at, line in enumerate(above) if line.keys == title.packed] if len(title) else []
        begun = [
            at
            for at, line in enumerate(() if equal else above)
            if 3 <= line.size >= len(title) / 2 and title.packed.startswith(line.keys)
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
    if len({line.keys for line in lines}) == len(lines):
        return
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


def _zones(lines: list[_Line], credits: CreditLines | None) -> Iterator[Zone]:
    """The lines as zones, datelines split off: a bare place before the first paragraph, agencies' near the top."""
    body, opened = 0, False
    for line in lines:
        start = line.start
        if line.kind == "body":
            body += 1
            if body <= _DATELINE_LINES and (credits or not opened) and (end := _dateline(line, credits, not opened)):
                yield Zone("dateline", start, end, "place and date before the first sentence")
                start = end
            opened = opened or line.is_paragraph
            for cut in line.cuts:
                if cut.start > start:
                    yield Zone("body", start, cut.start, line.reason)
                if cut.end > start:
                    yield Zone(cut.kind, max(start, cut.start), cut.end, cut.reason)
                    start = cut.end
        if line.end > start:
            yield Zone(line.kind, start, line.end, line.reason)


def _dateline(line: _Line, credits: CreditLines | None, bare: bool) -> int:
    """Where the line's dateline ends; 0 if it has none."""
    length = credits.dateline_end(line.text_start, line.end) if credits else 0
    if not length and bare and line.is_paragraph and (found := _PLACE.match(line.text[:_DATELINE])):
        length = found.end()
    return line.text_start + length if length else 0
