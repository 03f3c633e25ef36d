"""Stories for the newsroom: made of words that no language has, or cut from real articles.

A story is paragraphs of sentences of pieces; a piece is one token with the signs and spaces around it, so that
joining the pieces gives the text, and counting them its tokens.
"""

from __future__ import annotations

import gzip
import json
import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Final, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

Sentence = list[str]

_SLOTS: Final = 1 << 20
_BLOCK: Final = 1 << 16
_SENTENCE_END: Final = re.compile(r"[.!?。！？؟।][\"”’»)\]]*\s*$")


@dataclass(frozen=True, slots=True)
class Script:
    """How words and sentences look: parts of a syllable, syllables of a word (frequent, rare), signs."""

    first: Sequence[str]
    then: Sequence[str]
    last: Sequence[str]
    syllables: tuple[int, int] = (1, 3)
    quotes: str = "“”"
    comma: str = ","
    stop: str = "."
    space: str = " "
    words: int = 30_000


def _characters(first: int, after: int, step: int) -> tuple[str, ...]:
    return tuple(map(chr, range(first, after, step)))


_LATIN: Final = ("b", "c", "d", "f", "g", "h", "k", "l", "m", "n", "p", "r", "s", "t", "v", "w", "st", "tr", "pl", "ch")
_CYRILLIC: Final = (*"бвгджзклмнпрстфхцчш", "ст", "пр")
_MATRAS: Final = ("", "ा", "ि", "ी", "ु", "े", "ो")
_PARTICLES: Final = ("", "", "", "는", "을", "의", "에")

SCRIPTS: Final = {
    "en": Script(_LATIN, (*"aeiouaeio", "ea"), ("", "", "", *"nrstl", "nd")),
    "ar": Script(tuple("بتثجحخدذرزسشصضطعغفقكلمنهوي"), ("", "ا", "ي", "و", ""), ("", *"لنرة"), quotes="«»", comma="،"),
    "ru": Script(_CYRILLIC, tuple("аеиоуыяю"), ("", "", "", "н", "в", "ть", "й"), quotes="«»"),
    "hi": Script(tuple("कखगघचछजटठडतथदधनपफबभमयरलवशसह"), _MATRAS, ("", "", "", "ं", "न"), stop="।"),
    "zh": Script(_characters(0x4E00, 0x9F00, 5), ("",), ("",), (1, 1), comma="，", stop="。", space="", words=4000),
    "ko": Script(_characters(0xAC00, 0xD7A0, 9), ("",), _PARTICLES),
}
#: Lines of a page that are not the article: menu and share line, then what opens teasers, comments, newsletter, rights.
FURNITURE: Final = {
    "en": "Home|News|Sport|Business|Share this article|Read more|Leave a comment|Sign up for our newsletter|"
    "All rights reserved.",
    "ar": "الرئيسية|أخبار|رياضة|اقتصاد|شارك|اقرأ أيضا|التعليقات|اشترك في نشرتنا الإخبارية|جميع الحقوق محفوظة",
    "ru": "Главная|Новости|Спорт|Экономика|Поделиться|Читайте также|Комментарии|Подпишитесь на рассылку|"
    "Все права защищены",
    "hi": "होम|समाचार|खेल|व्यापार|शेयर करें|यह भी पढ़ें|टिप्पणियाँ|हमारा न्यूज़लेटर पाएं|सर्वाधिकार सुरक्षित",
    "zh": "首页|新闻|体育|财经|分享|相关阅读|评论|订阅我们的电子报|版权所有",
    "ko": "홈|뉴스|스포츠|경제|공유|관련 기사|댓글|뉴스레터 구독하기|무단 전재 금지",
}


class Story(NamedTuple):
    """What an agency or an outlet wrote: headline, place, and paragraphs of sentences."""

    title: str
    place: str
    paragraphs: list[list[Sentence]]


class Source(Protocol):
    """Where stories come from, and what an outlet adds to them."""

    def story(self) -> Story | None:
        """The next story; None when there is none left."""

    def sentence(self) -> Sentence:
        """A sentence to be added."""

    def word(self) -> str:
        """A piece to be added."""


class Made:
    """Stories of made-up words."""

    def __init__(self, language: str, words: int, seed: int) -> None:
        self._script, self._random, self._words = SCRIPTS[language], Random(seed), words
        self._draw = np.random.Generator(np.random.PCG64(seed))
        made = _words(self._script, Random(seed), self._script.words)
        split = len(made) * 4 // 5
        self._plain, self.names = made[:split], [word.capitalize() for word in made[split:]]
        self._rare = self._plain[200:]
        self.furniture = FURNITURE[language].split("|")
        numbers = [
            *map(str, range(2, 100)),
            *(f"{n:,}" for n in range(1000, 90_000, 700)),
            *map(str, range(1990, 2030)),
        ]
        self._surfaces, self._kinds = self._forms(numbers)
        self._tables = [_zipf(size) for size in (split, len(self.names), len(numbers))]
        self._pieces: list[str] = []
        self._at = 0

    def _forms(self, numbers: Sequence[str]) -> tuple[list[str], list[tuple[float, int, int]]]:
        """All surfaces, and for each form its share of the tokens, its first surface and its Zipf table."""
        space, comma, plain = self._script.space, self._script.comma, self._plain
        spaced = bool(space)
        forms = [
            (0.045, [word + comma + space for word in plain], 0),
            (0.012 * spaced, [f"{word}’{'s' if word.isascii() else 'а'} " for word in plain], 0),
            (0.008 * spaced, [word + "-" for word in plain], 0),
            (0.008, [f"{word}{space}–{space}" for word in plain], 0),
            (0.07, [name + space for name in self.names], 1),
            (0.02, [number + space for number in numbers], 2),
        ]
        surfaces, kinds = [word + space for word in plain], [(1 - sum(share for share, _, _ in forms), 0, 0)]
        for share, strings, table in forms:
            kinds.append((share, len(surfaces), table))
            surfaces += strings
        return surfaces, kinds

    def _take(self, size: int) -> list[str]:
        if self._at + size > len(self._pieces):
            kinds = self._draw.choice(len(self._kinds), _BLOCK, p=[share for share, _, _ in self._kinds])
            slots = self._draw.integers(0, _SLOTS, _BLOCK)
            ranks = np.stack([table[slots] for table in self._tables])
            table = np.array([table for _, _, table in self._kinds])[kinds]
            ids = np.array([first for _, first, _ in self._kinds])[kinds] + ranks[table, np.arange(_BLOCK)]
            self._pieces, self._at = [self._surfaces[i] for i in ids.tolist()], 0
        self._at += size
        return self._pieces[self._at - size : self._at]

    def sentence(self) -> Sentence:
        """A sentence, a quotation with its speaker among eight, some with quoted words or a bracket."""
        random, script = self._random, self._script
        space = script.space
        pieces = self._take(min(60, max(4, int(random.lognormvariate(2.9, 0.45)))))
        pieces[0] = pieces[0][0].upper() + pieces[0][1:]
        last = pieces[-1].rstrip(f" {script.comma}–-")
        chance = random.random()
        if chance < 0.12:
            pieces[0] = script.quotes[0] + pieces[0]
            pieces[-1] = last + script.comma + script.quotes[1] + space
            speaker = [random.choice(self.names) + space, random.choice(self.names) + space]
            return [*pieces, *speaker, self._plain[20] + script.stop + space]
        pieces[-1] = last + script.stop + space
        if chance < 0.24 and len(pieces) > 8:
            a = random.randrange(1, len(pieces) - 5)
            b, signs = a + random.randrange(1, 4), script.quotes if chance < 0.18 else "()"
            pieces[a] = signs[0] + pieces[a]
            pieces[b] = pieces[b].rstrip(f" {script.comma}–-") + signs[1] + space
        return pieces

    def word(self) -> str:
        """A piece to be added: none of the commonest words."""
        return self._random.choice(self._rare) + self._script.space

    def story(self) -> Story:
        """A story of about the asked length, log-normal."""
        random = self._random
        left = max(30, int(self._words * random.lognormvariate(-0.18, 0.6)))
        paragraphs: list[list[Sentence]] = []
        while left > 0:
            paragraphs.append([self.sentence() for _ in range(random.randrange(1, 4))])
            left -= sum(map(len, paragraphs[-1]))
        return Story(self.title(), random.choice(self.names), paragraphs)

    def title(self) -> str:
        """A headline."""
        pieces = self._take(self._random.randrange(6, 12))
        return "".join(piece[0].upper() + piece[1:] for piece in pieces).rstrip(" ,،，–-")


def _words(script: Script, random: Random, size: int) -> list[str]:
    """Distinct pronounceable words, the short ones first, as frequent words are."""
    found: dict[str, None] = {}
    while len(found) < size:
        few, many = script.syllables
        syllables = few if len(found) < 150 else random.randint(min(many, few + (len(found) > 1500)), many)
        parts = [random.choice(script.first) + random.choice(script.then) for _ in range(syllables)]
        if len(found) >= 100:
            parts.append(random.choice(script.last))
        found["".join(parts)] = None
    return list(found)


def _zipf(size: int) -> npt.NDArray[np.int64]:
    """(_SLOTS,): ranks below ``size``, each as often as a Zipf-Mandelbrot law has it."""
    shares = 1 / (np.arange(size) + 4.0)
    return np.searchsorted(np.cumsum(shares / shares.sum()), (np.arange(_SLOTS) + 0.5) / _SLOTS).clip(0, size - 1)


class Real:
    """Stories from texts at hand; what an outlet adds is taken from the texts read last."""

    def __init__(self, texts: Iterable[str], made: Made, seed: int) -> None:
        self._texts, self._made, self._random = iter(texts), made, Random(seed)
        self._recent: deque[Sentence] = deque(maxlen=2000)  # of stories before the last one
        self._last: list[Sentence] = []

    def story(self) -> Story | None:
        """The next text that holds a word."""
        from dedup.kernels import tokenise  # says what a token is; of made words it is known

        self._recent.extend(self._last)
        for text in self._texts:
            lines = [line.strip() + " " for line in text.splitlines()]
            paragraphs = [_sentences(line, tokenise(line).starts.tolist()) for line in lines]
            paragraphs = [sentences for sentences in paragraphs if sentences]
            if paragraphs:
                self._last = [sentence for sentences in paragraphs for sentence in sentences]
                return Story(self._made.title(), self._random.choice(self._made.names), paragraphs)
        return None

    def sentence(self) -> Sentence:
        """A sentence of another text."""
        return list(self._random.choice(self._recent)) if self._recent else self._made.sentence()

    def word(self) -> str:
        """A word of another text, or a made one where they hold only short ones."""
        for _ in range(20 if self._recent else 0):
            piece = self._random.choice(self._random.choice(self._recent)).strip()
            if len(piece) > 4 and piece.isalpha():
                return piece + " "
        return self._made.word()


def _sentences(line: str, starts: list[int]) -> list[Sentence]:
    """A line cut where its tokens begin, the pieces gathered to sentences."""
    starts = [0, *starts[1:], len(line)] if starts else []
    found: list[Sentence] = []
    open_ = False
    for a, b in pairwise(starts):
        if not open_:
            found.append([])
        found[-1].append(line[a:b])
        open_ = not _SENTENCE_END.search(line[a:b])
    return found


def read_texts(paths: Iterable[str | Path]) -> Iterator[str]:
    """The texts of JSONL files, .gz or not."""
    for path in map(Path, paths):
        with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
            for line in lines:
                text = json.loads(line).get("text")
                if isinstance(text, str):
                    yield text
