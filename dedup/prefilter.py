"""Which of many regular expressions can match where: by the literals that each needs, found in one pass.

An expression that needs the words "sign up" need not be tried on a line without them, one that begins with
"read" only where a line does: nearly all expressions are spared nearly everywhere, and none that would match.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any, Final

import numpy as np

from dedup.kernels import LiteralFinder, tokenise
from dedup.records import Tokens

_HEAD: Final = 4  # bytes by which the beginnings of lines are looked up
_SHORTEST: Final = 3  # bytes of a literal that is worth looking for within lines
_NOTHING: Final[frozenset[str]] = frozenset()
_REPEATS: Final = (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT)


class Prefilter:
    """Regular expressions in named groups, each matched without regard to case against whole lines."""

    def __init__(self, groups: Mapping[str, Sequence[str]]) -> None:
        begins_with: dict[bytes, dict[str, set[bytes]]] = defaultdict(lambda: defaultdict(set))
        inside: dict[bytes, set[str]] = defaultdict(set)
        self._rest: list[tuple[str, str, re.Pattern[str]]] = []
        for group, patterns in groups.items():
            for pattern in patterns:
                first, within = begins(pattern), needed(pattern)
                for literal in first:
                    begins_with[literal[:_HEAD]][group].add(literal)
                for literal in within if not first else ():
                    inside[literal].add(group)
                if not first and not within:
                    self._rest.append((group, _sign_in(pattern), any_of([pattern])))
        self._begins = {
            head: [(tuple(sorted(literals)), group) for group, literals in of_head.items()]
            for head, of_head in begins_with.items()
        }
        self._of_head = lru_cache(maxsize=1 << 14)(self._beginning_with)  # few heads stand in texts
        literals = sorted(inside)
        self._finder = LiteralFinder(literals)
        self._groups = [inside[literal] for literal in literals]

    def inside(self, tokens: Tokens) -> list[tuple[int, set[str]]]:
        """Token numbers at which a literal begins, ascending, each with the groups it makes possible."""
        places, literals = self._finder.find(tokens.packed)
        if not len(places):
            return []
        at = tokens.bounds.searchsorted(places.astype(np.int32), "right") - 1
        return [(token, self._groups[literal]) for token, literal in zip(at.tolist(), literals.tolist(), strict=True)]

    def at_start(self, keys: bytes, line: str) -> frozenset[str]:
        """The groups that the line's beginning makes possible; ``keys`` are its packed match keys."""
        found = _NOTHING
        for literals, group in self._of_head(keys[:_HEAD]):
            if keys.startswith(literals):
                found |= {group}
        for group, sign, pattern in self._rest:
            if sign in line and pattern.fullmatch(line):
                found |= {group}
        return found

    def _beginning_with(self, head: bytes) -> tuple[tuple[tuple[bytes, ...], str], ...]:
        """The literals, by group, that may stand at the beginning of a line of this head."""
        sizes = range(1, min(_HEAD, len(head)) + 1)
        return tuple(chain.from_iterable(self._begins.get(head[:size], ()) for size in sizes))


def any_of(patterns: Iterable[str]) -> re.Pattern[str]:
    """One expression for what any of the patterns matches, without regard to case."""
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns), re.IGNORECASE)


def _sign_in(pattern: str) -> str:
    """A character, no letter or digit, that every match of ``pattern`` holds as it stands; "" if there is none."""
    parsed = _parser.parse(pattern, re.IGNORECASE)
    signs = (chr(value) for kind, value in parsed if kind is op.LITERAL)
    return next((sign for sign in signs if not sign.isalnum() and not sign.isspace()), "")


def needed(pattern: str) -> frozenset[bytes]:
    """Runs of packed match keys of which every match of ``pattern``, in any case, holds one; none if there are none.

    Follows the expression's parse tree: a sequence needs what any of its parts needs (the longest is taken), a
    choice needs one of what its branches need, an optional part nothing.
    """
    return _needed(_parser.parse(pattern, re.IGNORECASE))


def _needed(sequence: Iterable[tuple[Any, Any]]) -> frozenset[bytes]:
    options: list[frozenset[bytes]] = []
    for run, kind, value in _runs(sequence):
        options += [frozenset([keys]) for keys in _pieces(run) if len(keys) >= _SHORTEST]
        if kind is op.SUBPATTERN:
            options.append(_needed(value[3]))
        elif kind is op.BRANCH:
            branches = [_needed(branch) for branch in value[1]]
            options.append(frozenset().union(*branches) if all(branches) else frozenset())
        elif kind in _REPEATS and value[0] >= 1:
            options.append(_needed(value[2]))
    return max(filter(None, options), key=_worth, default=frozenset())


def _worth(literals: frozenset[bytes]) -> tuple[int, int]:
    return min(map(len, literals)), -len(literals)


def begins(pattern: str) -> frozenset[bytes]:
    """Runs of packed match keys of which the packed keys of every match begin with one; none if that is not known."""
    return _begins(_parser.parse(pattern, re.IGNORECASE))[0] or frozenset()


def _begins(sequence: Iterable[tuple[Any, Any]]) -> tuple[frozenset[bytes] | None, bool]:
    """What a match begins with (None: anything), and whether it may have no token at all."""
    found: frozenset[bytes] = frozenset()
    for run, kind, value in _runs(sequence):
        if pieces := _pieces(run):
            return found | {pieces[0] + b" " if _is_whole(run, kind, value) else pieces[0]}, False
        own, optional = _part_begins(kind, value)
        if own is None:
            return None, False
        found |= own
        if not optional:
            return found, False
    return found, True


def _is_whole(run: str, kind: Any, value: Any) -> bool:
    """Whether the first piece of a run surely ends with a token: at a space or a sign of ASCII that joins no words."""
    first = _kept(run).lstrip("\n ")
    if "\n" in first:
        sign = run[len(run) - len(first) + first.index("\n")]
        return sign.isascii() and sign not in "',`"
    return run[-1] == " " or _separates(kind, value)


def _separates(kind: Any, value: Any) -> bool:
    """Whether a part is one or more spaces or hyphens: what stands before it is a whole token."""
    if kind not in _REPEATS or value[0] == 0 or len(value[2]) != 1:
        return False
    [(kind, items)] = value[2]
    signs = ((op.LITERAL, ord(" ")), (op.LITERAL, ord("-")), (op.CATEGORY, op.CATEGORY_SPACE))
    return kind is op.IN and all(item in signs for item in items)


def _part_begins(kind: Any, value: Any) -> tuple[frozenset[bytes] | None, bool]:
    nothing: frozenset[bytes] = frozenset()
    if kind is op.SUBPATTERN:
        return _begins(value[3])
    if kind in _REPEATS:
        own, optional = _begins(value[2])
        return own, optional or value[0] == 0
    if kind is op.BRANCH:
        branches = [_begins(branch) for branch in value[1]]
        known = [own for own, _ in branches if own is not None]
        return (nothing.union(*known) if len(known) == len(branches) else None), any(may for _, may in branches)
    if kind is op.IN:
        if all(item == (op.CATEGORY, op.CATEGORY_DIGIT) for item in value):
            return _digits(), False
        separates = all(
            (item is op.LITERAL and not _pieces(chr(of))) or (item, of) == (op.CATEGORY, op.CATEGORY_SPACE)
            for item, of in value
        )
        return (nothing if separates else None), True
    return (nothing if kind in (op.AT, op.ASSERT, op.ASSERT_NOT) else None), True


@lru_cache(maxsize=1)
def _digits() -> frozenset[bytes]:
    digits = (chr(point) for point in range(sys.maxunicode + 1) if chr(point).isdecimal())
    return frozenset(keys for ch in digits if (keys := tokenise(ch).packed.rstrip()))


def _runs(sequence: Iterable[tuple[Any, Any]]) -> Iterator[tuple[str, Any, Any]]:
    """The parts of a sequence that are no literals, each with the literals before it; last, the end (AT)."""
    run = ""
    for kind, value in [*sequence, (op.AT, None)]:
        if kind is op.LITERAL:
            run += chr(value)
        else:
            yield run, kind, value
            run = ""


def _pieces(run: str) -> list[bytes]:
    """The packed match keys of the stretches of letters, digits, marks and spaces in a literal.

    Only these fold alike whatever stands around them. What is packed has one space where text may have several
    characters that separate, and none at the ends: so a match's packed keys hold each piece.
    """
    return [keys for piece in _kept(run).split("\n") if (keys := tokenise(piece).packed.rstrip())]


def _kept(run: str) -> str:
    """A literal with a line end for each character but letters, digits, marks and spaces."""
    return "".join(ch if ch == " " or unicodedata.category(ch)[0] in "LMN" else "\n" for ch in run)
