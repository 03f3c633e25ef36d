"""shim.c from Python: compiled, preloaded, and told what to do."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

OPEN, WRITE, SYNC, TRUNCATE, RENAME, MAP, READ, UNLINK = (1 << bit for bit in range(8))
CHANGES: Final = OPEN | WRITE | SYNC | TRUNCATE | RENAME | MAP | UNLINK
COUNT, FAIL, DIE, TEAR = range(4)
KINDS: Final = {
    "open": OPEN, "write": WRITE, "sync": SYNC, "truncate": TRUNCATE, "rename": RENAME, "mmap": MAP, "read": READ,
    "unlink": UNLINK,
}  # fmt: skip


def compiler() -> str | None:
    """A C compiler, None where there is none (or no Linux, whose calls the shim knows)."""
    return (shutil.which("cc") or shutil.which("gcc")) if os.uname().sysname == "Linux" else None


def compiled(folder: Path) -> Path:
    """The shim, compiled into a folder."""
    made, cc = folder / "shim.so", compiler()
    assert cc
    source = Path(__file__).with_name("shim.c")
    command = [cc, "-O2", "-Wall", "-Werror", "-shared", "-fPIC", "-o", str(made), str(source), "-ldl", "-pthread"]
    subprocess.run(command, check=True)
    return made


@cache
def _shim() -> ctypes.CDLL:
    found = ctypes.CDLL(None)
    found.shim_struck.restype = ctypes.c_char_p
    found.shim_age.restype = ctypes.c_long
    return found


def watch(folder: Path) -> None:
    """Look at the calls on files of this folder, from now on."""
    _shim().shim_watch(os.fsencode(folder))


def arm(action: int, kinds: int, nth: int = 0, error: int = 0, lasting: bool = False) -> None:
    """Count calls of these kinds from now on; do this to the ``nth`` (and, ``lasting``, to all that follow)."""
    _shim().shim_arm(action, kinds, nth, error, int(lasting))


def disarm() -> None:
    """Let all calls pass."""
    arm(COUNT, 0)


def count() -> int:
    """Calls since it was armed."""
    return int(_shim().shim_count())


def struck() -> str:
    """The call that something was done to, "" if none was yet."""
    return os.fsdecode(_shim().shim_struck())


@dataclass(frozen=True, slots=True)
class Unsafe:
    """What a power cut would cost of a file: writes, its name; the milliseconds since the oldest of these writes."""

    writes: bool
    name: bool
    age: int


def unsafe(path: Path) -> Unsafe:
    """What is not synced of a file by now."""
    found = _shim().shim_unsafe(os.fsencode(path))
    return Unsafe(bool(found & 1), bool(found & 2), int(_shim().shim_age(os.fsencode(path))))


def early() -> int:
    """How often the log was begun anew, cut or deleted while the database had writes that were not synced."""
    return int(_shim().shim_early())
