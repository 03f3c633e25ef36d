"""The harnesses by name, each with how many trials make its short and its long form, and their negative controls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from crash import damage, failing, kill, sharing, shim, synced

Figures = dict[str, Any]
ALL_OF_THEM: Final = 10**9  # calls, lengths: as many as there are


@dataclass(frozen=True, slots=True)
class Harness:
    """Makes so many trials with a seed in a folder, of a broken index if one is named; gives figures, of which
    "faults" counts promises that were not kept."""

    run: Callable[[Path, int, int, str | None], Figures]
    short: int
    long: int
    shim: bool = False

    def __call__(self, folder: Path, trials: int, seed: int, broken: str | None) -> Figures:
        if self.shim and not shim.compiler():
            return {"skipped": "there is no C compiler for the shim"}
        return self.run(folder, trials, seed, broken)


ALL: Final = {
    "kill": Harness(kill.run, 25, 1000),
    "calls": Harness(kill.calls, 24, ALL_OF_THEM, shim=True),
    "creating": Harness(kill.creating, 12, ALL_OF_THEM, shim=True),
    "synced": Harness(synced.run, 300, 100_000, shim=True),
    "failing": Harness(failing.run, 24, ALL_OF_THEM, shim=True),
    "full": Harness(failing.full, 3, 200),
    "limited": Harness(failing.limited, 2, 200),
    "flips": Harness(damage.flips, 200, 10_000),
    "values": Harness(damage.values, 120, ALL_OF_THEM),
    "cuts": Harness(damage.cuts, 40, ALL_OF_THEM),
    "log": Harness(damage.log, 30, 10_000),
    "pairs": Harness(sharing.pairs, 100, 2000),
    "sharing": Harness(sharing.run, 1, 20),
}
#: "harness:broken index" -> how many trials, and the figures that must show it.
CONTROLS: Final = {
    "kill:acknowledges_before_commit": (12, ("lost",)),
    "calls:text_in_a_transaction_of_its_own": (30, ("torn",)),
    "synced:never_syncs": (100, ("always", "log")),
    "synced:segments_not_synced": (100, ("always", "segments")),
    "failing:hides_faults": (24, ("faults",)),
    "flips:no_checksums": (40, ("unseen",)),
    "flips:no_checksums_of_segments": (20, ("unusable",)),
    "pairs:looks_up_before_it_inserts": (30, ("missed",)),
}


def shown(control: str, figures: Figures) -> int:
    """What a control's figures say of what it was to catch."""
    found: Any = figures
    for name in CONTROLS[control][1]:
        found = found[name]
    return int(found)
