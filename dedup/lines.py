"""Text -> where its lines stand; hard-wrapped lines, as in old wire feeds and e-mail, are joined to paragraphs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

_LINE: Final = re.compile(r"[^\r\n\u2028\u2029]+")
_OTHER_BREAKS: Final = "\r\u2028\u2029"
ENDS_SENTENCE: Final = re.compile(r"[.!?…。！？؟۔।։][\"”’»›)\]」』）]*\W{0,2}$")
_WRAP_WIDTH: Final = 100  # characters: hard-wrapped text has no longer lines


def line_spans(text: str) -> list[tuple[int, int]]:
    """[start, end) of the lines of a text that are not blank, in code points."""
    spans = list(_not_blank(text))
    return _paragraphs(text, spans) if _hard_wrapped(text, spans) else spans


def _not_blank(text: str) -> Iterator[tuple[int, int]]:
    """Where the lines of a text stand that are not blank."""
    if any(mark in text for mark in _OTHER_BREAKS):
        yield from (line.span() for line in _LINE.finditer(text) if not line.group().isspace())
        return
    start = 0
    for line in text.split("\n"):
        end = start + len(line)
        if line and not line.isspace():
            yield start, end
        start = end + 1


def _hard_wrapped(text: str, spans: Sequence[tuple[int, int]]) -> bool:
    """Whether lines end where the width does and not where sentences do, as in old wire feeds and e-mail."""
    if len(spans) < 4 or max(b - a for a, b in spans) > _WRAP_WIDTH:
        return False
    followed = [text[a:b] for (a, b), (c, _) in pairwise(spans) if not _gap(text, b, c)]
    broken = sum(1 for line in followed if not ENDS_SENTENCE.search(line) and len(line) >= 30)
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
