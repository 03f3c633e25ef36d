"""Columns -> text: the words that were kept, as the outlets print them, with their signs and paragraphs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import numpy as np

from dedup.kernels import tokenise
from dedup.records import Ints, Prepared

_SPACE: Final = re.compile(r"\s+")
_OPENS: Final = "\"'“„«»‹‘「『（([{¿¡《〈"

Word = tuple[int, int]  # position of a text, and of a token in it


def compose(texts: Sequence[Prepared], places: Sequence[Ints], columns: Ints) -> str:
    """The words of ``columns``, in that order, each as the first of ``texts`` prints it; a paragraph a line.

    ``places`` holds the column of each token of each text, -1 for none. The tokens of what is given back are
    exactly the columns asked for.
    """
    sources = [_Source(text) for text in texts]
    words = _words(places, columns)
    text = "".join(_pieces(sources, words, _side_by_side(places, columns)))
    wanted = [sources[at].key(token) for at, token in words]
    if tokenise(text).packed == b"".join(wanted):
        return text
    return " ".join(sources[at].surface(token) for at, token in words)  # signs that would change a word are left out


def _words(places: Sequence[Ints], columns: Ints) -> list[Word]:
    size = 1 + max(int(own.max(initial=-1)) for own in places)
    source, token = np.full(size, -1, np.int64), np.zeros(size, np.int64)
    for at in reversed(range(len(places))):
        own = np.flatnonzero(places[at] >= 0)
        source[places[at][own]], token[places[at][own]] = at, own
    return list(zip(source[columns].tolist(), token[columns].tolist(), strict=True))


def _side_by_side(places: Sequence[Ints], columns: Ints) -> dict[int, Word]:
    """For each of ``columns`` by its position a text, and its token there, that follows upon the column before."""
    found: dict[int, Word] = {}
    size = 1 + max(int(own.max(initial=-1)) for own in places)
    for at in reversed(range(len(places))):
        token = np.full(size, -2, np.int64)
        own = np.flatnonzero(places[at] >= 0)
        token[places[at][own]] = own
        here = token[columns]
        for k in (np.flatnonzero((here[1:] >= 0) & (here[1:] == here[:-1] + 1)) + 1).tolist():
            found[k] = at, int(here[k])
    return found


def _pieces(sources: Sequence[_Source], words: Sequence[Word], beside: Mapping[int, Word]) -> Iterator[str]:
    """Each word with what stands between it and the word before, as a text has it that prints both."""
    last: Word | None = None
    for k, word in enumerate(words):
        at, token = beside[k] if k in beside and last != (word[0], word[1] - 1) else word
        source = sources[at]
        if last is None:
            yield source.opening(token)
        elif last == (at, token - 1) or k in beside:
            yield source.between(token)
        else:
            before, end = sources[last[0]], last[1]
            if before.ends_paragraph(end) or source.begins_paragraph(token):
                space = "\n"
            else:
                space = "" if before.unspaced(end) and source.unspaced(token) else " "
            yield before.closing(end) + space + source.opening(token)
        yield source.surface(token)
        last = at, token
    if last is not None:
        yield sources[last[0]].closing(last[1])


class _Source:
    """A text that words are taken from."""

    def __init__(self, prepared: Prepared) -> None:
        self._text, self._tokens = prepared.article.text, prepared.tokens
        self._paragraph = prepared.paragraph.tolist()
        self._starts, self._ends = prepared.tokens.starts.tolist(), prepared.tokens.ends.tolist()
        self._spans = [(zone.start, zone.end) for zone in prepared.zones if zone.kind == "body"]

    def key(self, token: int) -> bytes:
        return self._tokens.run(token, token + 1)

    def surface(self, token: int) -> str:
        return self._text[self._starts[token] : self._ends[token]]

    def unspaced(self, token: int) -> bool:
        return bool(self._tokens.unspaced[token])

    def begins_paragraph(self, token: int) -> bool:
        return token == 0 or self._paragraph[token - 1] != self._paragraph[token]

    def ends_paragraph(self, token: int) -> bool:
        return token + 1 == len(self._paragraph) or self._paragraph[token + 1] != self._paragraph[token]

    def between(self, token: int) -> str:
        """What stands between a word and the one before it: furniture between paragraphs is not of the text."""
        if self.begins_paragraph(token):
            return self.closing(token - 1) + "\n" + self.opening(token)
        return _SPACE.sub(" ", self._text[self._ends[token - 1] : self._starts[token]])

    def opening(self, token: int) -> str:
        """The signs that open a word: those behind the last space before it."""
        first = self.begins_paragraph(token)
        gap = self._text[
            self._spans[self._paragraph[token]][0] if first else self._ends[token - 1] : self._starts[token]
        ]
        if first or _SPACE.search(gap):
            return _SPACE.split(gap)[-1]
        return gap[len(gap.rstrip(_OPENS)) :]

    def closing(self, token: int) -> str:
        """The signs that close a word: those before the next space."""
        last = self.ends_paragraph(token)
        gap = self._text[
            self._ends[token] : self._spans[self._paragraph[token]][1] if last else self._starts[token + 1]
        ]
        if last or _SPACE.search(gap):
            return _SPACE.split(gap)[0]
        return gap.rstrip(_OPENS) if self.unspaced(token) else ""
