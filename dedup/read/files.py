"""Paths, folders and globs -> the files to read, each with its format, in a fixed order."""

from __future__ import annotations

import glob
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal

from dedup.errors import UsageError

STDIN: Final = "-"
Kind = Literal["text", "jsonl"]
_KINDS: Final[dict[str, Kind]] = {".txt": "text", ".jsonl": "jsonl", ".ndjson": "jsonl"}
_READABLE: Final = ".txt, .jsonl, .ndjson, each also with .gz"


@dataclass(frozen=True, slots=True)
class Found:
    """A file to read: its path as the user would write it, its format, and the id of its single article."""

    path: str
    kind: Kind
    id: str

    @property
    def shown(self) -> str:
        """How messages name it."""
        return "standard input" if self.path == STDIN else self.path


def find(sources: Sequence[str]) -> list[Found]:
    """All files behind paths, folders (with what is below them), globs and "-", in order, each once.

    Raises UsageError for what does not exist, cannot be read by this version, or holds no readable file.
    """
    found: dict[str, Found] = {}
    for source in sources:
        for file in _behind(source):
            found.setdefault(file.path, file)
    return _distinct_ids(list(found.values()))


def _behind(source: str) -> Iterator[Found]:
    if source == STDIN:
        yield Found(STDIN, "jsonl", STDIN)
    elif os.path.isdir(source):
        below = list(_below(source))
        if not below:
            raise UsageError(f"{source}: no readable file in this folder ({_READABLE})")
        yield from below
    elif os.path.exists(source):
        yield Found(source, _kind_of(source), _stem(os.path.basename(source)))
    else:
        matches = sorted(glob.glob(source, recursive=True)) if glob.has_magic(source) else []
        if not matches:
            raise UsageError(f"{source}: no such file or folder")
        for match in matches:
            yield from _behind(match) if os.path.isdir(match) or _known(match) else ()


def _below(folder: str) -> Iterator[Found]:
    for here, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = os.path.join(here, name)
            kind = None if name.startswith(".") else _known(name)
            if kind:
                yield Found(path, kind, _stem(Path(os.path.relpath(path, folder)).as_posix()))


def _suffix(name: str) -> str:
    lowered = name.lower().removesuffix(".gz")
    return os.path.splitext(lowered)[1]


def _stem(name: str) -> str:
    stem = name[:-3] if name.lower().endswith(".gz") else name
    return stem[: len(stem) - len(_suffix(stem))] if _suffix(stem) in _KINDS else stem


def _known(name: str) -> Kind | None:
    return _KINDS.get(_suffix(name))


def _kind_of(path: str) -> Kind:
    kind = _known(path)
    if kind is None and _suffix(path) not in ("", ".text", ".md"):
        raise UsageError(f"{path}: this format is not read yet; readable are {_READABLE}")
    return kind or "text"


def _distinct_ids(files: list[Found]) -> list[Found]:
    """Files of one name in several folders get their whole path as id."""
    times = Counter(file.id for file in files if file.kind == "text")
    return [replace(file, id=_stem(Path(file.path).as_posix())) if times[file.id] > 1 else file for file in files]
