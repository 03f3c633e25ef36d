"""python -m tests.crash [--long] [--controls] [--trials N] [--seed N] [--folder FOLDER] [NAME[:BROKEN] ...]

Each NAME prints a line of JSON; README.md says what they try. NAME:BROKEN is the same of an index broken on purpose.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
if not any((ROOT / "dedup" / "kernels" / f"_native{suffix}").exists() for suffix in EXTENSION_SUFFIXES):
    sys.path[:] = [path for path in sys.path if Path(path or ".").resolve() != ROOT]  # the installed package
sys.path.insert(0, str(HERE.parent))

from crash import harnesses, shim  # noqa: E402
from crash.broken import BUILDS  # noqa: E402


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.crash", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(harnesses.ALL)}; all without one")
    parser.add_argument("--long", action="store_true", help="as many trials as prove something")
    parser.add_argument("--controls", action="store_true", help="the broken indexes, each of which must be caught")
    parser.add_argument("--trials", type=int, help="so many instead")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="where the indexes are made (a folder of the disk to be tried)")
    found = parser.parse_args()
    found.names += list(harnesses.CONTROLS) if found.controls else []
    found.names = found.names or list(harnesses.ALL)
    for name in found.names:
        harness, _, broken = name.partition(":")
        if harness not in harnesses.ALL or (broken and broken not in BUILDS):
            parser.error(f"there is no {name}; there are {', '.join([*harnesses.ALL, *harnesses.CONTROLS])}")
    return found


def _preloaded(folder: Path) -> None:
    """Go on as a process with the shim in it, where there is a compiler."""
    if "CRASH_SHIM" not in os.environ and shim.compiler():
        made = shim.compiled(folder)
        environment = {**os.environ, "LD_PRELOAD": str(made), "CRASH_SHIM": str(folder), "OPENBLAS_NUM_THREADS": "1"}
        status = os.spawnve(os.P_WAIT, sys.executable, [sys.executable, "-m", "crash", *sys.argv[1:]], environment)
        raise SystemExit(status)


def _figures(name: str, asked: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Of one harness, with what is needed to run it again. "failed": it found faults, or none in a broken index."""
    kind, _, broken = name.partition(":")
    harness, began = harnesses.ALL[kind], time.monotonic()
    usual = harnesses.CONTROLS[name][0] if name in harnesses.CONTROLS else harness.short
    trials = asked.trials or (harness.long if asked.long and not broken else usual)
    figures = harness(folder, trials, asked.seed, broken or None)
    failed = not figures.get("faults") if broken else bool(figures.get("faults"))
    told = {"harness": name, "trials": trials, "seed": asked.seed, **figures}
    return {**told, "failed": failed and "skipped" not in figures, "seconds": round(time.monotonic() - began, 1)}


def main() -> None:
    """Run what is asked for."""
    asked = _arguments()
    os.environ["PYTHONPATH"] = os.pathsep.join([str(HERE.parent), *filter(None, sys.path)])
    with tempfile.TemporaryDirectory(prefix="crash-", dir=asked.folder) as made:
        folder = Path(made).resolve()
        _preloaded(folder)
        failed = False
        for at, name in enumerate(asked.names):
            (folder / str(at)).mkdir()
            figures = _figures(name, asked, folder / str(at))
            shutil.rmtree(folder / str(at), ignore_errors=True)
            sys.stdout.write(json.dumps(figures, ensure_ascii=False) + "\n")
            sys.stdout.flush()
            failed |= figures["failed"]
    raise SystemExit(int(failed))


if __name__ == "__main__":
    main()
