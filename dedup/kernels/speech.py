"""Sentences and quotations, per token, without a word list: the readable twin.

Sentences end at sentence-final marks before white space and at the end of a paragraph; not at a full stop
behind one or two letters ("U.S.", "Mr."). Quotations are what stands between paired marks within a paragraph,
in the styles of English, German, French, Russian, Arabic, Chinese and Japanese; guillemets may stand within
guillemets. A quote unit is a quotation with the short rest of its sentence: the reporting clause, whatever its
language.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator, Sequence
from typing import Final

import numpy as np

from dedup.records import Flags, Int32s, Ints, Mask

_SENTENCE_END: Final = re.compile(r"[.!?…؟۔।։።]+[\"”’»›)\]]*(?=\s)|[。！？｡][」』”’）]*|[」』](?=[「『])")
_SHORT: Final = re.compile(r"(?:^|[\W\d_])[^\W\d_]{1,2}\.$")
_MARK: Final = re.compile(r"[“”„«»‹›「」『』‘’\"]|``|''|'|\(\(|\)\)")
#: Opening mark -> marks that close it. A mark listed as both opens only where it cannot close.
_CLOSES: Final = {
    "“": "”\"", "„": "“”\"", "«": "»", "»": "«", "‹": "›", "「": "」", "『": "』", "\"": "\"”",
    "”": "”“", "``": "''", "‘": "’", "'": "'", "((": "))",
}  # fmt: skip
_GUILLEMET: Final = re.compile("[«»]")
_LAST_LATIN: Final = "\u024f"  # beyond it are the scripts (Hebrew) that write abbreviations with a straight mark
_SINGLE: Final = ("‘", "'")
_WEAK: Final = ('"', *_SINGLE)  # marks that also stand for apostrophes, inches, seconds
_SINGLE_QUOTE_WORDS: Final = 3


def sentences(text: str, spans: Ints, starts: Int32s) -> Ints:
    """(n,) int64: the number of each token's sentence, counted from 0.

    ``spans`` (k, 2) are the paragraphs of ``text``, in order, ``starts`` (n,) the places of the tokens.
    """
    ends: list[int] = []
    for start, end in spans.tolist():
        for found in _SENTENCE_END.finditer(text, start, end):
            mark = found.start()
            if text[mark] == "." and _SHORT.search(text[max(start, mark - 3) : mark + 1]):
                continue
            ends.append(found.end())
        ends.append(end)
    raw = np.searchsorted(np.array(sorted(set(ends)), np.int64), starts, "right")
    return np.unique(raw, return_inverse=True)[1].astype(np.int64)


def quoted(text: str, spans: Ints, starts: Int32s, embedded: Flags) -> Mask:
    """(n,) bool: whether each token stands inside quotation marks, or in an ``embedded`` (k,) paragraph."""
    mask = np.zeros(len(starts), bool)
    for start, end in _quotations(text, spans.tolist(), embedded):
        first, after = np.searchsorted(starts, [start, end])
        mask[first:after] = True
    return mask


def _quotations(text: str, spans: Sequence[Sequence[int]], embedded: Flags) -> Iterator[tuple[int, int]]:
    carried = ""
    for at, (start, end) in enumerate(spans):
        following = text[spans[at + 1][0] : spans[at + 1][1]] if at + 1 < len(spans) else ""
        if embedded[at]:
            yield start, end
        else:
            carried = yield from _in_paragraph(text, start, end, following, carried)


def _in_paragraph(
    text: str, start: int, end: int, following: str, carried: str
) -> Generator[tuple[int, int], None, str]:
    """The quotations of one paragraph; returns the mark of one that goes on in the next paragraph.

    ``carried`` is the mark of one that goes on from the paragraph before: Spanish repeats its closing mark.
    """
    opened: tuple[str, int] | None = None
    inner = 0  # guillemets within guillemets that are still open
    last = text.rfind("”", start, end)
    for found in _MARK.finditer(text, start, end):
        mark, at = found.group(), found.start()
        before = text[at - 1] if at > start else " "
        after = text[found.end()] if found.end() < end else " "
        if carried == "«" and mark == "»" and not text[start:at].strip():
            opened, inner = ("«", found.end()), 0
        elif opened and mark in _CLOSES[opened[0]] and _may_close(mark, before, after, opened[0] == "“" and at < last):
            if inner and (following_mark := _GUILLEMET.search(text, found.end(), end)) and following_mark[0] == "»":
                inner -= 1
                continue
            if opened[0] not in _SINGLE or len(text[opened[1] : at].split()) >= _SINGLE_QUOTE_WORDS:
                yield opened[1], at
            opened = None
        elif mark in _CLOSES and _outranks(mark, opened) and _may_open(mark, before, after):
            opened, inner = (mark, found.end()), 0
        elif opened and opened[0] == mark == "«":
            inner += 1
    if opened and opened[0] not in _WEAK and following.lstrip()[:1] in tuple('“„«»‹「『"”'):
        yield opened[1], end  # the next paragraph opens with a mark of its own
        return opened[0]
    return ""


def quote_units(sentence: Ints, quoted: Mask, least: int, share: float, rest: int) -> Mask:
    """(n,) bool: quoted tokens, and the rest of a sentence that is mostly quotation.

    The rest joins when the sentence has at least ``least`` quoted tokens, they make at least ``share`` of it,
    and the rest is at most ``rest`` tokens. ``sentence`` (n,) ascends from 0.
    """
    if not len(sentence):
        return quoted.copy()
    total = np.bincount(sentence)
    inside = np.bincount(sentence, weights=quoted)
    joins = (inside >= least) & (inside >= share * total) & (total - inside <= rest)
    units: Mask = quoted | joins[sentence]
    return units


def _outranks(mark: str, opened: tuple[str, int] | None) -> bool:
    """Whether a mark opens a quotation here: typographic marks override straight and single ones.

    A second “ voids one that was never closed; guillemets nest in Russian.
    """
    if opened is None or opened[0] == mark == "“":
        return True
    return (opened[0] in _WEAK and mark not in _WEAK) or (opened[0] in _SINGLE and mark == '"')


def _may_open(mark: str, before: str, after: str) -> bool:
    if mark == "»":  # opens in German and Danish style only
        return not _joins(before) and after.isalnum()
    if mark in _SINGLE and not after.isalpha():  # the '90s
        return False
    return not (mark in "\"”‘'" and (_joins(before) or after.isspace()))


def _may_close(mark: str, before: str, after: str, awaited: bool) -> bool:
    """Whether a mark closes a quotation; ``awaited`` says that the proper mark for it is still to come."""
    if mark in "’'":  # an apostrophe otherwise
        return not _joins(after)
    if mark == "“":  # closes in German, and in Arabic as it is often typed; before a word it opens
        return not _joins(after) and not (before.isspace() and after.isalnum())
    if mark != '"':
        return True
    if awaited or (before.isspace() and after.isalnum()):
        return False  # a quotation within the quotation
    return not (_joins(before) and _joins(after) and before > _LAST_LATIN and after > _LAST_LATIN)


def _joins(ch: str) -> bool:
    """A letter or digit of a script with spaces: a mark between two of them is part of a word.

    Not so in Arabic, which writes "and" and "in" together with the mark that follows.
    """
    if "\u0620" <= ch <= "\u064a":
        return False
    return ch.isalnum() and not ("\u0e00" <= ch <= "\u109f" or "\u1780" <= ch <= "\u17ff" or "\u3005" <= ch <= "\u9fff")
