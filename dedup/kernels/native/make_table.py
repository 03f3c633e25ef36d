"""The definition of the match key (../character.py) as a table for the compiled kernels: run by the build.

    python make_table.py OUTPUT

Two stages: PAGE_OF[code point / 64] names a page of 64 entries. An entry is 32 bits: three bytes of output in
UTF-8, their number (2 bits), the class (3 bits, CLASSES), COPY (the output is the character itself, of three
or four bytes) and EXPANDS (the output is a run of EXPANSIONS: start in 16 bits, length in 8; of length 0 for the
syllables of Hangul, which are taken apart by arithmetic).
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType

# character.py without the packages around it: they import numpy, which a build need not have.
for _name, _folder in (("dedup", 2), ("dedup.kernels", 1)):
    _package = ModuleType(_name)
    _package.__path__ = [str(Path(__file__).resolve().parents[_folder])]
    sys.modules.setdefault(_name, _package)

from dedup.kernels.character import class_of, fold_character  # noqa: E402
from dedup.kernels.unicode14 import assigned  # noqa: E402

PAGE = 64
CLASSES = " wdum',"  # 0 separates ... 6 a comma; 7 is dropped
DROPPED = 7
COPY, EXPANDS = 1 << 29, 1 << 30
SURROGATES = range(0xD800, 0xE000)
SYLLABLES = range(0xAC00, 0xD7A4)


def entries() -> tuple[list[int], bytes]:
    """The entry of every code point, and the expansions."""
    expansions = bytearray()
    starts: dict[bytes, int] = {}
    found = []
    for point in range(0x110000):
        if point in SURROGATES or not assigned(point):
            found.append(_packed(b" ", 0))
            continue
        if point in SYLLABLES:
            found.append(EXPANDS)
            continue
        folded = fold_character(chr(point))
        output = folded.encode()
        kind = CLASSES.index(class_of(folded)) if len(folded) == 1 else DROPPED
        if not folded or kind == 0:
            found.append(_packed(b" " if folded else b"", kind))
        elif folded == chr(point) and len(output) >= 3:
            found.append(COPY | kind << 26)
        elif len(folded) == 1 and len(output) <= 3:
            found.append(_packed(output, kind))
        else:
            if output not in starts:
                starts[output] = len(expansions)
                expansions += output
            found.append(EXPANDS | len(output) << 16 | starts[output])
    return found, bytes(expansions)


def _packed(output: bytes, kind: int) -> int:
    return int.from_bytes(output.ljust(3, b"\0"), "little") | len(output) << 24 | kind << 26


def table() -> tuple[list[int], list[tuple[int, ...]], bytes]:
    """PAGE_OF, the distinct pages in order of their first use, and the expansions."""
    found, expansions = entries()
    pages: dict[tuple[int, ...], int] = {}
    page_of = [pages.setdefault(tuple(found[at : at + PAGE]), len(pages)) for at in range(0, len(found), PAGE)]
    return page_of, list(pages), expansions


def _array(kind: str, name: str, values: Sequence[int]) -> Iterator[str]:
    yield f"alignas(64) const {kind} {name}[{len(values)}] = {{\n"
    for at in range(0, len(values), 16):
        yield " ".join(f"{value}," for value in values[at : at + 16]) + "\n"
    yield "};\n"


def main(target: str) -> None:
    """Write the table as C++."""
    page_of, pages, expansions = table()
    with open(target, "w", encoding="ascii") as file:
        file.writelines(_array("uint16_t", "PAGE_OF", page_of))
        file.writelines(_array("uint32_t", "ENTRIES", [entry for page in pages for entry in page]))
        file.writelines(_array("uint8_t", "EXPANSIONS", list(expansions) + [0] * 4))  # read four at a time


if __name__ == "__main__":
    main(sys.argv[1])
