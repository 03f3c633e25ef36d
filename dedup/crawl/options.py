"""The DEDUP_ settings of a Scrapy project, checked: what is wrong with one is said before the first request."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, TypeVar, cast, get_args

from scrapy.exceptions import NotConfigured
from scrapy.settings import BaseSettings

from dedup.agencies import load_agencies
from dedup.errors import UsageError
from dedup.index.days import as_window
from dedup.index.index import MEMORY, Sync
from dedup.index.sightings import SeenAs
from dedup.read.record import FIELDS

Policy = Literal["annotate", "tag", "drop"]
OnError = Literal["pass", "raise"]

AGAIN: Final = "again"  #: in DEDUP_DROP: the very article was added before, in this crawl or an earlier one
_DROPPED: Final = ("exact", "reprint")
_NAMES: Final = ("ENABLED", "INDEX", "POLICY", "DROP", "WINDOW", "SYNC", "ON_ERROR", "FIELDS", "AGENCIES")
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Options:
    """What the settings say. ``fields`` has our names of an article's fields -> the item's; ``drop`` the statuses whose
    items are dropped, empty unless the policy is "drop"."""

    where: str
    policy: Policy
    drop: frozenset[str]
    window: str | int | None
    sync: Sync
    on_error: OnError
    fields: Mapping[str, str]
    agencies: str | None

    @classmethod
    def of(cls, settings: BaseSettings) -> Options:
        """Raises NotConfigured where DEDUP_INDEX is missing or DEDUP_ENABLED is false, UsageError for a wrong value."""
        if not _read(settings, "ENABLED", lambda name: settings.getbool(name, True), "true and false"):
            raise NotConfigured
        if not settings.get("DEDUP_INDEX"):
            raise NotConfigured("DEDUP_INDEX is not set; it is the file of the index, as in DEDUP_INDEX = 'news.dedup'")
        policy = cast(Policy, _one_of(settings, "POLICY", get_args(Policy)))
        drop = _read(settings, "DROP", lambda name: settings.getlist(name, [*_DROPPED]), _listed(_DROPPABLE))
        for status in drop:
            _allow(status in _DROPPABLE, "DROP", drop, _listed(_DROPPABLE))
        return cls(
            where=_where(settings["DEDUP_INDEX"]),
            policy=policy,
            drop=frozenset(drop) if policy == "drop" else frozenset(),
            window=_window(settings.get("DEDUP_WINDOW")),
            sync=cast(Sync, _one_of(settings, "SYNC", get_args(Sync))),
            on_error=cast(OnError, _one_of(settings, "ON_ERROR", get_args(OnError))),
            fields=_fields(settings),
            agencies=_agencies(settings.get("DEDUP_AGENCIES")),
        )


def unknown(settings: BaseSettings) -> list[str]:
    """Settings that begin like ours and are none: a name that was misspelt says nothing else."""
    ours = (name for name in settings if isinstance(name, str) and name.startswith("DEDUP_"))
    return sorted(name for name in ours if name.removeprefix("DEDUP_") not in _NAMES)


_DROPPABLE: Final = (*get_args(SeenAs), AGAIN)


def _allow(holds: bool, name: str, value: object, allowed: str) -> None:
    if not holds:
        raise UsageError(f"DEDUP_{name} is {value!r}; allowed are {allowed}")


def _listed(words: Collection[str]) -> str:
    return ", ".join(map(repr, words))


def _read(settings: BaseSettings, name: str, get: Callable[[str], _T], allowed: str) -> _T:
    """A setting through one of Scrapy's own readers, which take what the command line gives too."""
    try:
        return get(f"DEDUP_{name}")
    except (ValueError, TypeError):
        raise UsageError(f"DEDUP_{name} is {settings[f'DEDUP_{name}']!r}; allowed are {allowed}") from None


def _one_of(settings: BaseSettings, name: str, allowed: tuple[str, ...]) -> str:
    """The first that is allowed is the default."""
    value: Any = settings.get(f"DEDUP_{name}", allowed[0])
    _allow(value in allowed, name, value, _listed(allowed))
    return str(value)


def _where(value: object) -> str:
    """An index can only be made in a folder that there is: better said now than logged beside every item."""
    _allow(isinstance(value, (str, Path)), "INDEX", value, "a path and ':memory:'")
    where = str(value)
    if where != MEMORY and (os.path.isdir(where) or not os.path.isdir(os.path.dirname(os.path.abspath(where)))):
        raise UsageError(f"DEDUP_INDEX is {where!r}; allowed are a file in a folder that there is and ':memory:'")
    return where


def _window(value: Any) -> str | int | None:
    try:
        as_window(value)
    except UsageError as error:
        raise UsageError(f"DEDUP_WINDOW is {value!r}; allowed are days and weeks, as '30d' or '4w'") from error
    return cast("str | int | None", value)


def _fields(settings: BaseSettings) -> dict[str, str]:
    allowed = f"a mapping of {_listed(FIELDS)} to the names that the items have for them"
    fields = _read(settings, "FIELDS", settings.getdict, allowed)
    for ours, theirs in fields.items():
        _allow(ours in FIELDS and isinstance(theirs, str), "FIELDS", fields, allowed)
    return cast(dict[str, str], fields)


def _agencies(value: Any) -> str | None:
    if value is None:
        return None
    _allow(isinstance(value, (str, Path)), "AGENCIES", value, "the path of a file that lists agencies")
    try:
        load_agencies(value)
    except UsageError as error:
        raise UsageError(f"DEDUP_AGENCIES is {str(value)!r}: {error}") from error
    return str(value)
