"""The news agencies: their names, own sites and signs, as agencies.toml and a user's file list them."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Final

from dedup.errors import UsageError

_EXACT: Final = 4  # characters of a name that counts only as it is printed


@dataclass(frozen=True, slots=True)
class Agency:
    """A news agency: its id, the names it signs with, its own sites, and lines only its copy carries.

    ``newsroom`` marks one that publishes for readers first and sells copy besides.
    """

    id: str
    names: tuple[str, ...]
    ambiguous: frozenset[str]
    outlets: frozenset[str]
    signs: tuple[str, ...]
    newsroom: bool = False


def load_agencies(path: str | Path | None = None) -> tuple[Agency, ...]:
    """The agencies of agencies.toml, followed by those of ``path`` (same form), which win where ids are equal.

    Raises UsageError when the file cannot be read, an entry lacks an id or names, or has what no entry may have.
    """
    known = {
        agency.id: agency
        for agency in _parsed(resources.files("dedup").joinpath("agencies.toml").read_text("utf-8"), "agencies.toml")
    }
    if path is not None:
        try:
            text = Path(path).read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"{path}: cannot read the agencies: {error}") from error
        known |= {agency.id: agency for agency in _parsed(text, str(path))}
    return tuple(known.values())


def _parsed(text: str, place: str) -> Iterator[Agency]:
    try:
        entries = tomllib.loads(text).get("agency", [])
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{place}: not TOML: {error}") from error
    if not isinstance(entries, list):
        raise UsageError(f"{place}: agency is {entries!r}; a list of tables is expected: [[agency]]")
    for number, entry in enumerate(entries, 1):
        if not isinstance(entry, dict) or not entry.get("id") or not entry.get("names"):
            raise UsageError(f"{place}: agency {number} needs an id and names")
        _check(entry, f"{place}: agency {number} ({entry['id']})")
        yield Agency(
            id=entry["id"],
            names=tuple(entry["names"]),
            ambiguous=frozenset(entry.get("ambiguous", ())),
            outlets=frozenset(name.casefold() for name in entry.get("outlets", ())),
            signs=tuple(entry.get("signs", ())),
            newsroom=entry.get("newsroom", False),
        )


def _check(entry: dict[str, object], place: str) -> None:
    """Raise UsageError for a key or a value that an entry may not have, saying what it may."""
    for key, value in entry.items():
        if key not in _KEYS:
            raise UsageError(f"{place}: unknown key {key!r}; allowed are {', '.join(_KEYS)}")
        if not _KEYS[key][0](value):
            raise UsageError(f"{place}: {key} is {value!r}; {_KEYS[key][1]} is expected")
    for sign in entry.get("signs", ()):  # type: ignore[attr-defined]
        try:
            re.compile(sign, re.IGNORECASE)
        except re.error as error:
            raise UsageError(f"{place}: sign {sign!r} is no regular expression: {error}") from error


def _is_text(value: object) -> bool:
    return isinstance(value, str) and any(map(str.isalnum, value))


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and all(map(_is_text, value))


_TEXTS: Final = (_are_texts, "a list of strings with a letter or digit each")
_KEYS: Final[dict[str, tuple[Callable[[object], bool], str]]] = {
    "id": (_is_text, "a string"),
    "names": _TEXTS,
    "ambiguous": _TEXTS,
    "outlets": _TEXTS,
    "signs": (
        lambda value: isinstance(value, list) and all(isinstance(s, str) and s for s in value),
        "a list of strings",
    ),
    "newsroom": (lambda value: isinstance(value, bool), "true or false"),
}


def is_exact(name: str) -> bool:
    """Whether a name counts only as it is printed: a short one, and one of a script without spaces."""
    return len(name) <= _EXACT or _unspaced(name)


def _unspaced(name: str) -> bool:
    return any("\u3040" <= ch <= "\u9fff" or "\uac00" <= ch <= "\ud7a3" for ch in name)


def alternation(names: Iterable[str]) -> str:
    """A regular expression of names, longest first; short Latin ones case-exact, CJK ones without word ends."""
    ordered = sorted(set(names), key=lambda name: (-len(name), name))
    exact = [re.escape(n) for n in ordered if is_exact(n) and not _unspaced(n)]
    loose = [re.escape(n) for n in ordered if not is_exact(n)]
    dense = [re.escape(n) for n in ordered if _unspaced(n)]
    parts = [
        rf"(?<!\w)(?:{'|'.join(['(?i:' + '|'.join(loose) + ')' if loose else '(?!)', *exact])})(?!\w)",
        *dense,
    ]
    return "(?:" + "|".join(parts) + ")"
