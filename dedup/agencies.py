"""The news agencies: their names, own sites and signs, as agencies.toml and a user's file list them."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from dedup.errors import UsageError


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

    Raises UsageError when the file cannot be read or an entry lacks an id or names.
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
    for number, entry in enumerate(entries, 1):
        if not isinstance(entry, dict) or not entry.get("id") or not entry.get("names"):
            raise UsageError(f"{place}: agency {number} needs an id and names")
        yield Agency(
            id=entry["id"],
            names=tuple(entry["names"]),
            ambiguous=frozenset(entry.get("ambiguous", ())),
            outlets=frozenset(name.casefold() for name in entry.get("outlets", ())),
            signs=tuple(entry.get("signs", ())),
            newsroom=bool(entry.get("newsroom", False)),
        )
