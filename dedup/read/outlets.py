"""outlets.toml: what a folder's bare files do not say themselves (outlet, published, url), by file stem."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from datetime import date, datetime
from typing import Final

from dedup.errors import UsageError
from dedup.read.files import Found

_NAME: Final = "outlets.toml"
_KEYS: Final = ("outlet", "published", "url", "title")


class Outlets:
    """Looks up a file's defaults in the outlets.toml beside it; each such file is read once.

    ``everywhere`` is the outlet of articles that have none of their own.
    """

    def __init__(self, everywhere: str | None = None) -> None:
        self._everywhere = everywhere
        self._tables: dict[str, Mapping[str, object]] = {}

    def of(self, file: Found) -> dict[str, object]:
        """Fields for the articles of ``file`` that lack them. Raises UsageError for a broken outlets.toml."""
        folder = os.path.dirname(file.path)
        stem = os.path.basename(file.id)
        entry = self._table(folder).get(stem, {})
        if not isinstance(entry, Mapping):
            raise UsageError(f"{os.path.join(folder, _NAME)}: [{stem}] is not a table")
        for key, value in entry.items():
            if key not in _KEYS or not isinstance(value, (str, date, datetime)):
                allowed = ", ".join(_KEYS)
                raise UsageError(f"{os.path.join(folder, _NAME)}: [{stem}] {key} = {value!r}; allowed are {allowed}")
        defaults = dict(entry)
        if self._everywhere:
            defaults.setdefault("outlet", self._everywhere)
        return defaults

    def _table(self, folder: str) -> Mapping[str, object]:
        if folder not in self._tables:
            path = os.path.join(folder, _NAME)
            try:
                with open(path, "rb") as file:
                    self._tables[folder] = tomllib.load(file)
            except FileNotFoundError:
                self._tables[folder] = {}
            except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
                raise UsageError(f"{path}: cannot be read: {error}") from error
        return self._tables[folder]
