"""Article -> printed agency credits: which agency, what kind, where, in which words.

A credit counts only where outlets print credits: in a byline, at the head of the first paragraph (dateline),
at the foot of the text, or in metadata. An agency named in running text is a ``mention``, one behind a
picture a ``photo``: neither is ever a copy credit. The agencies and their names are data (agencies.toml).
"""

from __future__ import annotations

import re
import sys
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np

from dedup.agencies import Agency, alternation, is_exact, load_agencies
from dedup.kernels import LiteralFinder, tokenise
from dedup.prefilter import needed
from dedup.records import Article, Credit, CreditKind, Tokens, Zone

_STRENGTH: Final = {"full": 0, "shared": 1, "disclaimer": 2, "generic": 3, "mention": 4, "photo": 5}
_MAX_LINE: Final = 240  # characters: no credit line is longer; Reuters' sign-off with many names comes near
_DATELINE, _TAIL = 120, 120  # characters at the head and at the foot in which a credit stands
_BEFORE: Final = 40  # characters of a word that may stand before a name in it: "dell’Associated Press"
_EDGE_LINES: Final = 3  # a credit at the foot stands in the last lines

# In the rules § stands for any agency's name and ¶ for a person's or outlet's name.
_WORD: Final = r"(?:(?![a-zà-ÿа-я\d])[\w.'’-]+|de|da|van|von|der|den|al|el|bin|of|the|di|la|le|und|and|y|et)"
_NAME: Final = rf"{_WORD}(?: {_WORD}){{0,6}}"
_SOURCE: Final = (
    r"(?:sources?|quellen?|fuente|fonte|источник|джерело|المصدر|來源|来源|出典|稿源|출처"
    r"|kaynak|bron|źródło|zdroj|kilde|källa|स्रोत)"
)
_LEAD: Final = rf"(?:(?:by|from|par|por|von|di|da|de|door|от|بقلم|{_SOURCE})\s*[:：]?\s*)?"
_JOINS: Final = r"(?:and|et|und|y|e|en|i|ve|и|و)"
_AND: Final = rf"(?: (?:{_JOINS}|with|mit|avec|con|com|met|с|z) | ?[&+/,|،] ?| ?و ?)"
_DESK: Final = r"(?:staff|(?:la )?r[ée]daction|redaktion|redacci[oó]n|redazione|reda[cç][aã]o|redactie|редакция)"
_STAFF: Final = (
    r"(?:[ ,]+(?:staff|news agency|newsroom|correspondents?|writers?|reporters?|wire|wires?|wire service|news service"
    r"|news|staff writers?|staff reporters?|online|world|india|uk|us|usa|africa|asia|europe|deutschland|france"
    r"|italia|brasil|español))?"
)
_WITH: Final = (
    r"(?:with|by|avec|mit|con|com|met|с|z|inputs?|files?|additional|reporting|information|informaci[oó]n"
    r"|informa[cç][oõ]es|informazioni|material(?:i?en|s)?|materiale|agenturmaterial|agency|reports?|contributions?"
    r"|from|de|von|der|des|di|da|l['’]|la|le|the|e|und|y|и|et|and|dell['’]|del|по|материалам|использованием"
    r"|материалов|:|,|/)"
)
_GENERIC: Final = (
    r"(?:(?:news |wire |press )?(?:agencies|agency|wire services?|wire reports?|wires|agency reports?)|agence[s]?"
    r"|agencias?|agenturmaterial|agenturmeldungen"
    r"|agenturen|agentur|agenzie|agências|агентства|وكالات|الوكالات|各通讯社|外电|通讯社)"
)
_DATE: Final = (
    r"(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day,? )?"
    r"(?:\d{1,2}[./ ](?:\d|[^\W\d_]{3,9}\.? \d)|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.? \d)"
)
_TOGETHER: Final = r"(?:(?: ?[/,&|-] ?(?:and )?| and | und | et | y | e | )(?:the )?§)*+"
_LINE_RULES: Final[tuple[tuple[CreditKind, str], ...]] = (
    ("full", rf"{_LEAD}(?:the )?§{_TOGETHER}(?:/\w{{2,5}})?{_STAFF}"),
    ("full", rf"(?:the )?§[ ,|•·–—-]+{_DATE}.{{0,60}}"),
    ("full", r"(?:©|copyright|\(c\))\s*(?:\(c\)|©)?\s*\(?(?:\d{4})?\)?,?\s*(?:by )?(?:the )?§\b.{0,120}"),
    ("shared", rf"(?:the )?§{_TOGETHER} (?:also )?contributed to this (?:report|story|article)\.?"),
    ("shared", rf"[(\[]?(?:{_WITH}[ ]*){{1,8}}§(?:[ ,/&]*+(?:{_JOINS} ?)?§)*+{_STAFF}[)\]]?\.?"),
    ("full", rf"{_LEAD}¶, ?(?:the )?§{_STAFF}"),
    ("shared", rf"{_LEAD}¶ {_JOINS} (?:the )?§(?:/\w{{2,5}})?"),
    ("full", rf"(?:by|par|por|von|di) ¶ (?:the )?§{_STAFF}"),
    ("shared", rf"{_LEAD}(?:the )?§{_AND}¶{_STAFF}"),
    ("shared", rf"{_LEAD}¶{_AND}(?:the )?§(?:/\w{{2,5}})?"),
    ("full", rf"{_LEAD}¶(?:,| ?\||,? for| of| [-–—]| ?\(| ?/) ?(?:the )?§(?:/\w{{2,5}})?{_STAFF}\)?"),
    (
        "shared",
        r"(?:the )?§ (?:staff )?(?:writers?|reporters?|journalists?|correspondents?) .{2,120} contributed .{0,60}",
    ),
    ("shared", rf"{_LEAD}¶,? (?:with|avec|mit|con|com) (?:the )?§"),
    ("full", r"§ in (?-i:[^\Wa-zà-ÿ\d_][\w'’-]+(?: [^\Wa-zà-ÿ\d_][\w'’-]+)?)"),
    ("shared", r"(?:the )?§ contributed(?: reporting| to this (?:report|story|article))\.?"),
    ("shared", rf"{_LEAD}(?:¶ )?{_DESK} (?:{_JOINS}|with|mit|avec|con|com|met|с|z) (?:the )?§"),
    ("full", rf"{_LEAD}{_DESK} (?:the )?§"),
    ("generic", rf"{_LEAD}(?:¶ )?staff (?:and|with) {_GENERIC}"),
    ("full", r"by ¶(?:, ¶)*(?: and ¶)?, (?:the )?§"),
    ("full", r"§记者[^。，,]{0,16}"),
    ("generic", rf"{_LEAD}(?:¶{_AND})?{_GENERIC}(?: contributed to this (?:report|story|article)\.?)?"),
    ("generic", rf"[(\[]?(?:{_WITH}[ ]*){{1,8}}{_GENERIC}[)\]]?\.?"),
)
# A name and an agency without "By": a byline above the text, a photographer's credit anywhere else.
_BARE_NAME: Final = r"¶(?:,| ?/| ?\|) ?(?:the )?§"
# "Name Surname/Agency" is a photographer's wherever it stands; a desk's is not.
_PHOTOGRAPHER: Final = (
    r"(?!.*\b(?:staff|desk|news|bureau|reporters?|correspondents?|agency|presse?)/)(?!(?:by|par|por|von|di) )"
    rf"(?-i:{_WORD} {_NAME})/(?:the )?§(?:/\w{{2,8}})?"
)
_FILE_PHOTO: Final = re.compile(r"\s*[(\[]?(?:file\b|in this .{4,40} photo)", re.IGNORECASE)
_DISCLAIMER: Final = (
    r".{0,120}(?:published from a syndicated feed|syndicated feed by|has not been edited by .{2,40} staff"
    r"|(?:originally|first) (?:appeared|published) (?:on|in|by) (?:the )?§|republished from (?:the )?§"
    r"|auto-generated from (?:a|the) (?:syndicated|agency)|this is an unedited).{0,160}"
)
# A place in capitals, or any place with a date: what may stand before "(AFP)" where no dash follows.
_PLACED: Final = (
    r"(?:(?-i:[A-ZÀ-ÞА-Я][A-ZÀ-ÞА-Я.'’-]+(?:[ ,/]+[A-ZÀ-ÞА-Я][A-ZÀ-ÞА-Я.'’-]+){0,3})(?:, ?[\w.]{3,9}\.? ?\d{0,2},?)?"
    r"|¶, ?(?:\d{1,2}\.? ?\w{0,9}|[\w.]{3,9}\.? ?\d{1,2})\.?,?)"
)
_DATELINES: Final = (
    r"[^\n]{0,60}?\(\s*§(?:/\w{2,5})?(?:\s*[,/-]?\s*[^()\n]{0,25})?\)\s*(?:[.]?\s?[-–—_:]{1,2}|(?=\n)|$)",
    rf"{_PLACED} ?\(\s*§(?:/\w{{2,5}})?\)\.?(?=\s)",
    r"(?-i:[A-ZÄÖÜ][\w.-]+(?:/[A-ZÄÖÜ][\w.-]+| [A-ZÄÖÜ][\w.-]+)?) \(\s*§(?:/\w{2,5})?\)\.(?=\s)",
    rf"{_PLACED} ?[-–—] ?§\.(?=\s)",
    r"[^\n]{0,40}?/\s?§\s?/[.,]?\s?[-–—]?",
    r"[^\n.]{1,40}?[-–—,]\s?§\s?(?::|[-–—](?=\s)|\n|$)",
    r"§\s?[-–—]\s(?:[^\n]{0,30}?(?:[-–—](?=\s)|:))?",
    r"[（(【［\[][^\n】)）］\]]{0,16}[=＝]?§(?!\s?(?:photo|file|foto))[^\n。，】)）］\]]{0,16}[】)）］\]]",
    r"[^\n（(]{0,10}§[^\n。，]{0,24}?[电電讯訊](?:[（(][^）)\n]{0,20}[）)])?",
    r"(?:[^\n.]{1,30}\. ?){1,2}§\s?[-–—]\s",
    r"\d{1,2} \w{3,9}\.? ?§\s?[-–—]\s",
)
_TAILS: Final[tuple[tuple[CreditKind, str], ...]] = (
    ("full", r"(?:^|(?<=[.!?…»”\"。'’])\s*)[(\[（]\s*§(?:\s*[/,]\s*(?:§|\w{2,5}))*+\s*[)\]）]\s*\.?"),
    (
        "shared",
        rf"[(\[（]\s*(?:{_WITH}[ ]*){{1,8}}§(?:[ ,/&]*+(?:{_JOINS} ?)?§)*+{_STAFF}\s*[)\]）]\.?",
    ),
    ("generic", rf"[(\[（]\s*(?:{_WITH}[ ]*){{0,8}}{_GENERIC}\s*[)\]）]\.?"),
    ("full", r"(?:^|(?<=[.!?…»”\"。'’])\s*)(?:--|—|–|-)\s*§\.?"),
    ("full", r"(?<=[.!?…»”\"。])\s+§"),
    ("full", rf"{_SOURCE}\s*[:：]\s*§\.?"),
)
_STRIP: Final = " \t\u00a0\u200b•·|*>»«-–—_[]{}<"


@dataclass(frozen=True, slots=True)
class _Name:
    """An unambiguous name of an agency: its packed match keys and how many they are."""

    keys: bytes
    size: int
    name: str
    agency: str


def _unambiguous(agencies: Iterable[Agency]) -> list[_Name]:
    """Names that can be taken for their agency in running text, longest first."""
    found = []
    for agency in agencies:
        for name in agency.names:
            tokens = tokenise(name)
            if name not in agency.ambiguous and len(tokens):
                found.append(_Name(tokens.packed, len(tokens), name, agency.id))
    return sorted(found, key=lambda name: (-name.size, name.name))


def _bare(line: str) -> str:
    """A line without bullets and dashes around it, its white space single."""
    return " ".join(line.split()).strip(_STRIP)


class CreditReader:
    """Finds credits with one list of agencies; built once, it holds their compiled patterns."""

    def __init__(self, agencies: Sequence[Agency]) -> None:
        names = [name for agency in agencies for name in agency.names]
        self._by_keys = {tokenise(name).packed: agency for agency in agencies for name in agency.names}
        self._exact = {name: agency for agency in agencies for name in agency.names}
        any_name = alternation(names)
        self._name = re.compile(any_name)
        self._mentioned = _unambiguous(agencies)
        self._mentions_in = LiteralFinder([name.keys for name in self._mentioned])
        self._lines = [(kind, self._compiled(rule, any_name)) for kind, rule in _LINE_RULES]
        self._bare_name = self._compiled(_BARE_NAME, any_name)
        self._photographer = self._compiled(_PHOTOGRAPHER, any_name)
        self._disclaimer = self._compiled(_DISCLAIMER, any_name)
        self._datelines = [self._compiled(rule, any_name) for rule in _DATELINES]
        self._tails = [(kind, self._compiled(f"(?:{rule})\\s*$", any_name)) for kind, rule in _TAILS]
        self._signs = [(agency, re.compile(sign, re.IGNORECASE)) for agency in agencies for sign in agency.signs]
        self._longest = max(map(len, names), default=0)
        self._signs_before = max((next(i for i, ch in enumerate(n) if ch.isalnum()) for n in names), default=0)
        self._own = {outlet: agency for agency in reversed(agencies) for outlet in agency.outlets}
        self._literals = _Literals(names, [sign for agency in agencies for sign in agency.signs])

    @staticmethod
    def _compiled(rule: str, any_name: str) -> re.Pattern[str]:
        """A rule with its placeholders filled in; names keep their case, the rest of the rule ignores it."""
        text = rule.replace("¶", f"(?-i:{_NAME})").replace("§", f"(?-i:{any_name})")
        return re.compile(text, re.IGNORECASE)

    def own_agency(self, outlet: str) -> Agency | None:
        """The agency whose own site or name ``outlet`` is, if any."""
        folded = outlet.casefold().removeprefix("www.")
        return self._own.get(folded) if folded else None

    def line_kind(self, line: str) -> tuple[CreditKind, tuple[str, ...]] | None:
        """What a whole line credits: the kind and the agencies' ids; None for a line that is no credit."""
        text = _bare(line)
        if text[:1] in "([（" and text[-1:] in ")]）":
            text = text[1:-1].strip()
        if not text or len(text) > _MAX_LINE:
            return None
        for agency, sign in self._signs:
            if sign.fullmatch(text):
                return "full", (agency.id,)
        for kind, rule in self._lines:
            if rule.fullmatch(text):
                return kind, self._ids(text)
        if self._disclaimer.fullmatch(text):
            return "disclaimer", self._ids(text)
        return None

    def dateline_end(self, paragraph: str, first: int = 0) -> int:
        """Length of the dateline that opens ``paragraph`` and names an agency; 0 if there is none.

        No word of a name begins before the ``first`` character.
        """
        head = paragraph[:_DATELINE]
        if not self._name.search(head, max(0, first - self._signs_before)):
            return 0
        for rule in self._datelines:
            found = rule.match(head)
            if found and len(found.group().split()) <= 12:
                return found.end()
        return 0

    def _ids(self, text: str) -> tuple[str, ...]:
        found = []
        for match in self._name.finditer(text):
            agency = self._exact.get(match.group()) or self._by_keys[tokenise(match.group()).packed]
            if agency.id not in found:
                found.append(agency.id)
        return tuple(found)

    def page(self, article: Article, tokens: Tokens) -> CreditPage:
        """An article's text to look for credits in; ``tokens`` are those of the whole text."""
        return CreditPage(self, article, self._literals.places(article.text, tokens))

    def credits(self, page: CreditPage, zones: Sequence[Zone], body: Tokens) -> tuple[Credit, ...]:
        """All credits of an article with the given zones and body, strongest first; equal ones by place.

        An agency's own site does not credit itself.
        """
        article = page.article
        found = [*self._metadata(article)]
        if page.may_name(0, len(article.text)):
            found += [*self._zoned(page, zones), *self._mentions(article, body)]
        credited: set[tuple[str, int]] = set()
        out = []
        own = self.own_agency(article.outlet) if found else None
        for credit in sorted(found, key=lambda c: (_STRENGTH[c.kind], c.start, c.agency)):
            if not (own and credit.agency == own.id) and (credit.agency, credit.start) not in credited:
                credited.add((credit.agency, credit.start))
                out.append(credit)
        return tuple(out)

    def _metadata(self, article: Article) -> Iterator[Credit]:
        if article.agency:
            ids = self._ids(article.agency) or (article.agency,)
            yield from (Credit(agency, "full", "metadata", 0, 0, article.agency) for agency in ids)

    def _zoned(self, page: CreditPage, zones: Sequence[Zone]) -> Iterator[Credit]:
        article, in_text = page.article, False
        for at, zone in enumerate(zones):
            text = article.text[zone.start : zone.end]
            if not page.may_name(zone.start, zone.end):
                pass
            elif zone.kind == "caption" or zone.reason.startswith("photo credit"):
                yield from self._made(self._ids(text), "photo", zone, text)
            elif zone.kind == "dateline":
                yield from self._made(self._ids(text), "full", zone, text)
            elif zone.kind in ("byline", "standfirst", "furniture") and not zone.reason.startswith("after "):
                found = page.line_kind(zone.start, zone.end)
                after = zones[at + 1].start if at + 1 < len(zones) else len(article.text)
                following = article.text[after : after + 60]
                if found and self._is_photographer(text, in_text, following):
                    yield from self._made(found[1], "photo", zone, text)
                elif found:
                    yield from self._made(found[1] or ("",), found[0], zone, text)
                elif zone.reason.startswith(("block of", "repeated in")):  # learned: a credit may end it
                    yield from self._tail(article, zone)
            in_text = in_text or zone.kind in ("body", "caption")
        for zone in [zone for zone in zones if zone.kind == "body"][-_EDGE_LINES:]:
            if page.may_name(zone.end - 2 * _TAIL, zone.end) and self._may_end(page, zone):
                yield from self._tail(article, zone)

    def _may_end(self, page: CreditPage, zone: Zone) -> bool:
        """Whether a zone ends in a bracket or a name, as all that :meth:`_tail` finds does."""
        start = max(zone.start, zone.end - _TAIL)
        text = page.article.text[start : zone.end].rstrip().removesuffix(".").rstrip()
        return text[-1:] in ")]）" or page.may_name(start + len(text) - self._longest - _BEFORE, zone.end)

    def _is_photographer(self, line: str, in_text: bool, following: str) -> bool:
        """Whether "Name, Agency" stands among the pictures of a page and not above its text."""
        if self._photographer.fullmatch(_bare(line).strip("()[]")):
            return True
        bare = self._bare_name.fullmatch(_bare(line))
        return bare is not None and (in_text or _FILE_PHOTO.match(following) is not None)

    def _tail(self, article: Article, zone: Zone) -> Iterator[Credit]:
        start = max(zone.start, zone.end - _TAIL)
        text = article.text[start : zone.end].rstrip()
        for kind, rule in self._tails:
            found = rule.search(text)
            if found:
                words = found.group().strip()
                at = start + found.start() + found.group().index(words)
                ids = self._ids(words) or ("",)
                yield from (Credit(a, kind, zone.kind, at, at + len(words), words) for a in ids)
                return

    def _made(self, ids: Iterable[str], kind: CreditKind, zone: Zone, text: str) -> Iterator[Credit]:
        words = text.strip()
        start = zone.start + text.find(words)
        yield from (Credit(agency, kind, zone.kind, start, start + len(words), words) for agency in ids)

    def _mentions(self, article: Article, body: Tokens) -> Iterator[Credit]:
        """The first place in the body where each agency is named, printed as its name is."""
        seen: set[str] = set()
        places, numbers = self._mentions_in.find(body.packed)
        tokens = body.bounds.searchsorted(places.astype(np.int32))
        whole = body.bounds[tokens] == places
        for first, number in zip(tokens[whole].tolist(), numbers[whole].tolist(), strict=True):
            found = self._mentioned[number]
            if found.agency in seen:
                continue
            start, end = int(body.starts[first]), int(body.ends[first + found.size - 1])
            if article.text[start:end].startswith(found.name):
                seen.add(found.agency)
                yield Credit(found.agency, "mention", "body", start, start + len(found.name), found.name)


class _Literals:
    """What every credit holds: an agency's name, a word of a rule that names none, or one of an agency's signs."""

    def __init__(self, names: Iterable[str], signs: Sequence[str]) -> None:
        printed, loose = set(), set()
        for name in names:
            if is_exact(name) and not any(map(str.isspace, name)):
                printed.add(name)
            else:  # a space in it may be another one in the text, or several
                loose.add(tokenise(name).packed.rstrip())
        rules = [rule for _, rule in (*_LINE_RULES, *_TAILS) if "§" not in rule]
        own = [rule.replace("¶", "").replace("§", "") for rule in (*rules, _DISCLAIMER)]
        for rule in (*own, *signs):
            loose |= needed(rule) or {b""}
        self._everywhere = any(len(literal) < 2 for literal in (*printed, *loose))
        self._printed = LiteralFinder(sorted(name for name in printed if len(name) > 1))
        self._loose = LiteralFinder(sorted(keys for keys in loose if len(keys) > 1))

    def places(self, text: str, tokens: Tokens) -> list[int] | None:
        """The characters at which such words begin, ascending; None where any line may be a credit."""
        if self._everywhere:
            return None
        places: list[int] = self._printed.find(text)[0].tolist()
        packed, _ = self._loose.find(tokens.packed)
        if len(packed):
            places += tokens.starts[tokens.bounds.searchsorted(packed.astype(np.int32), "right") - 1].tolist()
        return sorted(places)


class CreditPage:
    """One article's text, asked for credits by place: what the zones need to know of them."""

    def __init__(self, reader: CreditReader, article: Article, places: list[int] | None) -> None:
        self._reader = reader
        self.article = article
        self._places = places

    def may_name(self, start: int, end: int) -> bool:
        """Whether anything that a credit needs begins in a stretch of the text."""
        return self._first(start) < end

    def _first(self, start: int) -> int:
        """The first place from ``start`` on where it does; ``start`` itself where it may anywhere."""
        if self._places is None:
            return start
        at = bisect_left(self._places, start)
        return self._places[at] if at < len(self._places) else sys.maxsize

    def line_kind(self, start: int, end: int) -> tuple[CreditKind, tuple[str, ...]] | None:
        """What a whole line of the text credits, as the reader says."""
        return self._reader.line_kind(self.article.text[start:end]) if self.may_name(start, end) else None

    def is_credit(self, start: int, end: int) -> bool:
        """Whether a whole line of the text is a printed agency credit."""
        return self.line_kind(start, end) is not None

    def dateline_end(self, start: int, end: int) -> int:
        """Length of the agency's dateline that opens a paragraph of the text; 0 if there is none."""
        if not self.may_name(start, min(end, start + _DATELINE)):
            return 0
        return self._reader.dateline_end(self.article.text[start:end], self._first(start) - start)


@lru_cache(maxsize=8)
def reader(path: str | None = None) -> CreditReader:
    """The reader for the shipped agencies, extended by the file at ``path``."""
    return CreditReader(load_agencies(path))
