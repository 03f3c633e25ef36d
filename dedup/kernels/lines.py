"""Text -> its lines, the readable twin; hard-wrapped ones, as in old wire feeds, are joined to paragraphs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import numpy as np

from dedup.records import Int32s, Ints

_LINE: Final = re.compile(r"[^\r\n\u2028\u2029]+")
_ENDS_SENTENCE: Final = re.compile(r"[.!?…。！？؟۔।։][\"”’»›)\]」』”）]*\W{0,2}$")
_LAST: Final = 40  # characters in which the end of a line is looked at
_WRAP_WIDTH: Final = 100  # characters: hard-wrapped text has no longer lines
_WRAPPED: Final = 30  # characters of a line that may be broken by the width


def line_rows(text: str, starts: Int32s, bounds: Int32s) -> Ints:
    """(k, 7) int64: the lines of a text that are not blank, in order.

    Of each: where it starts and ends, and where its text does without white space around it (in code points); how many
    tokens stand before its end, and how many bytes of their packed keys; 1 if it ends a sentence, else 0. ``starts``
    (n,) are the places of the text's tokens, ``bounds`` (n + 1,) those of their packed keys.
    """
    spans = [line.span() for line in _LINE.finditer(text) if not line.group().isspace()]
    if _hard_wrapped(text, spans):
        spans = _paragraphs(text, spans)
    rows = []
    for start, end in spans:
        line = text[start:end]
        text_start, text_end = end - len(line.lstrip()), start + len(line.rstrip())
        before = int(starts.searchsorted(end))
        ends = int(_ends_sentence(line.strip()))
        rows.append((start, end, text_start, text_end, before, int(bounds[before]), ends))
    return np.array(rows, np.int64).reshape(-1, 7)


def _ends_sentence(line: str) -> bool:
    """Whether a line ends with a sentence-final mark, closing marks and two other signs at most behind it."""
    return _ENDS_SENTENCE.search(line, max(0, len(line) - _LAST)) is not None


def _hard_wrapped(text: str, spans: Sequence[tuple[int, int]]) -> bool:
    """Whether lines end where the width does and not where sentences do, as in old wire feeds and e-mail."""
    if len(spans) < 4 or max(b - a for a, b in spans) > _WRAP_WIDTH:
        return False
    followed = [text[a:b] for (a, b), (c, _) in pairwise(spans) if not _gap(text, b, c)]
    broken = sum(1 for line in followed if len(line) >= _WRAPPED and not _ends_sentence(line))
    return len(followed) >= 3 and broken >= 0.6 * len(followed)


def _gap(text: str, end: int, start: int) -> bool:
    """Whether a blank line or an indent stands between two lines."""
    return text.count("\n", end, start) > 1 or text[start : start + 3].isspace()


def _paragraphs(text: str, spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for a, b in spans:
        if joined and not _gap(text, joined[-1][1], a):
            joined[-1] = (joined[-1][0], b)
        else:
            joined.append((a, b))
    return joined
