"""Lines that a regular expression matches, made by walking its parse tree at random."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from random import Random
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any

#: What stands for any character: letters, digits, marks and signs of several scripts, and what folds to nothing.
ANY = "abz AZ09 .,'’-–éÉßıİſ½²ñŁøдЯмπ日かกन한مא٣…“”()/:&|@#\u0301\u200b\u00ad\u00a0"
#: Characters that an expression without regard to case takes for each other.
ALIKE = ("iIıİ", "sSſ", "kK\u212a", "åÅ\u212b", "µμΜ", "ßẞ", "θΘϑϴ", "σΣς", "ωΩ\u2126", "ﬅﬆ")
CATEGORIES = {op.CATEGORY_DIGIT: r"\d", op.CATEGORY_SPACE: r"\s", op.CATEGORY_WORD: r"\w",
              op.CATEGORY_NOT_DIGIT: r"\D", op.CATEGORY_NOT_SPACE: r"\S", op.CATEGORY_NOT_WORD: r"\W"}  # fmt: skip
LINE_ENDS = set("\n\r\u2028\u2029")
DIGITS = "0123456789٣７𝟗०"
SPACES = " \t\u00a0\u2009\u3000"


def matches_of(
    pattern: re.Pattern[str], rng: Random, wanted: int, accepts: Callable[[str], object] | None = None
) -> Iterator[str]:
    """Up to ``wanted`` lines without a line break that the pattern matches as a whole, or that ``accepts`` is for."""
    accepted = accepts or pattern.fullmatch
    tree = _parser.parse(pattern.pattern, pattern.flags)
    for attempt in range(wanted * 30):
        most = rng.choice([0, 1, 2]) if attempt % 2 else rng.choice([0, 1, 5])
        line = "".join(_walk(tree, rng, most, bool(pattern.flags & re.IGNORECASE)))
        if accepted(line) and not set(line) & LINE_ENDS:
            wanted -= 1
            yield line
        if not wanted:
            return


def _walk(sequence: Iterable[tuple[Any, Any]], rng: Random, most: int, folds: bool) -> Iterator[str]:
    for kind, value in sequence:
        if kind is op.LITERAL:
            yield _cased(chr(value), rng) if folds else chr(value)
        elif kind in (op.ANY, op.NOT_LITERAL):
            yield rng.choice(ANY)
        elif kind is op.IN:
            yield _one_of(value, rng, folds)
        elif kind is op.BRANCH:
            yield from _walk(rng.choice(value[1]), rng, most, folds)
        elif kind is op.SUBPATTERN:
            _, added, removed, inner = value
            yield from _walk(inner, rng, most, (folds or bool(added & re.IGNORECASE)) and not removed & re.IGNORECASE)
        elif kind in (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT):
            low, high, inner = value
            for _ in range(rng.randint(low, min(int(high), low + most))):
                yield from _walk(inner, rng, most, folds)
        elif kind is op.ATOMIC_GROUP:
            yield from _walk(value, rng, most, folds)
        else:
            assert kind in (op.AT, op.ASSERT, op.ASSERT_NOT), kind  # they take no character


def _cased(ch: str, rng: Random) -> str:
    alike = next((group for group in ALIKE if ch in group), ch)
    return rng.choice([ch, ch, ch.lower(), ch.upper(), rng.choice(alike)])


def _one_of(members: Iterable[tuple[Any, Any]], rng: Random, folds: bool) -> str:
    items = list(members)
    if items[0][0] is op.NEGATE:
        allowed = [ch for ch in ANY if not _holds(tuple(items[1:]), ch)]
        return rng.choice(allowed)
    kind, value = rng.choice(items)
    if kind is op.LITERAL:
        return _cased(chr(value), rng) if folds else chr(value)
    if kind is op.RANGE:
        return chr(rng.randint(*value))
    return rng.choice([ch for ch in ANY + DIGITS + SPACES if re.fullmatch(CATEGORIES[value], ch)])


@cache
def _holds(members: tuple[tuple[Any, Any], ...], ch: str) -> bool:
    for kind, value in members:
        if (
            (kind is op.LITERAL and chr(value) == ch)
            or (kind is op.RANGE and value[0] <= ord(ch) <= value[1])
            or (kind is op.CATEGORY and re.fullmatch(CATEGORIES[value], ch))
        ):
            return True
    return False
