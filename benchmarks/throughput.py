"""How fast dedup is next to other tools, as ratios measured alternately in one run on one core.

    python benchmarks/throughput.py [--peers] [--only ROW ...] [--articles N] [--repeats N] [--json] [-o FILE]

Run by hand. Peers are measured where they can be imported (--peers lists which, and stops); nothing is installed.
Figures are medians of CPU seconds; a full run is recorded in results/. Rows: signature, tokens, words, scripts,
clusters, ledger, scan, threads.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from functools import partial
from importlib import metadata
from pathlib import Path
from random import Random
from statistics import median
from typing import Any, Final

import newsroom
import numpy as np
import numpy.typing as npt
import peers
import recall
import reprints
import stories

from dedup import kernels

Clock = Callable[[], float]
Ints = npt.NDArray[np.int64]
Packed = tuple[npt.NDArray[np.uint8], Ints]

_HERE: Final = Path(__file__).parent
_LEAST: Final = 0.05  # seconds: shorter calls are repeated, so that clocks do not matter
_UTF8: Final = {"LC_ALL": "C.UTF-8"}


@dataclass(frozen=True, slots=True)
class Figure:
    """A ratio (or share) against its target, and what it was made of."""

    row: str
    what: str
    value: float
    target: float | None
    detail: dict[str, Any] = field(default_factory=dict)
    at_most: bool = False  # whether the target is an upper bound

    @property
    def met(self) -> bool | None:
        """Whether the target is reached, if there is one."""
        if self.target is None:
            return None
        return self.value <= self.target if self.at_most else self.value >= self.target

    def __str__(self) -> str:
        shown = ", ".join(f"{name} {_short(value)}" for name, value in self.detail.items())
        target = "" if self.target is None else f"{'<=' if self.at_most else '>='} {self.target:g}"
        verdict = {True: "met", False: "MISSED", None: ""}[self.met]
        return f"{self.row:<10} {self.what:<40} {self.value:8.3g} {target:<8} {verdict:<6} {shown}"


def _short(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


class Bench:
    """What the rows share: how many articles and repetitions, the corpus files, the other tools at hand."""

    def __init__(self, articles: int | None, repeats: int, folder: Path) -> None:
        self.repeats, self._articles, self._folder = repeats, articles, folder
        self.peers = {name for name, version in peers.versions().items() if version}

    def texts(self, articles: int = 2000, language: str = "en") -> list[str]:
        """Texts of a small corpus."""
        articles = min(articles, self._articles or articles)
        return [record["text"] for record, _ in newsroom.generate(articles, 500, 1, language=language)]

    def corpus(self) -> tuple[Path, Path]:
        """The large corpus and its truth, made once."""
        articles = self._articles or 100_000
        paths = self._folder / f"{articles}.jsonl", self._folder / f"{articles}.truth.jsonl"
        if not paths[0].exists():
            newsroom.write(newsroom.generate(articles, 500, 1), *paths)
        return paths

    def job(self, name: str, *arguments: object, **environment: str) -> dict[str, Any]:
        """The figures of a job in a process of its own (jobs.py)."""
        command = [sys.executable, str(_HERE / "jobs.py"), name, *map(str, arguments)]
        done = subprocess.run(command, env={**os.environ, **environment}, stdout=subprocess.PIPE, check=True)
        found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return found


def alternately(
    ours: Callable[[], object], theirs: Callable[[], object], repeats: int, clock: Clock = time.process_time
) -> tuple[float, float, float]:
    """Median seconds of each, and the median of theirs / ours taken pair by pair."""
    loops = [max(1, math.ceil(_LEAST / max(1e-7, _timed(side, 1, clock)))) for side in (ours, theirs)]
    pairs = [(_timed(ours, loops[0], clock), _timed(theirs, loops[1], clock)) for _ in range(repeats)]
    return median(a for a, _ in pairs), median(b for _, b in pairs), median(b / a for a, b in pairs)


def _timed(call: Callable[[], object], loops: int, clock: Clock) -> float:
    start = clock()
    for _ in range(loops):
        call()
    return (clock() - start) / loops


def packed(texts: Sequence[str]) -> Packed:
    """Texts as UTF-8 one after the other, with offsets."""
    data = [text.encode() for text in texts]
    offsets = np.cumsum([0, *map(len, data)], dtype=np.int64)
    return np.frombuffer(b"".join(data), np.uint8), offsets


def sketched(texts: Packed | list[str], threads: int = 1) -> object:
    """Text -> signature with the full match key."""
    return kernels.sketch_texts(texts, num_perm=peers.NUM_PERM, window=0, threads=threads)


def signature(bench: Bench) -> Iterator[Figure]:
    """Text -> signature against tools that start from the text."""
    texts = bench.texts()
    size = sum(len(text.encode()) for text in texts) / 1e6
    for peer, target in (("datasketch", 100), ("rensa", 70), ("gaoya", 70), ("daft", 20)):
        if peer in bench.peers:
            theirs = peers.SIGNATURES[peer]
            a, b, ratio = alternately(partial(sketched, texts), partial(theirs, texts), bench.repeats)
            detail = {"MB/s": size / a, "their MB/s": size / b, "articles": len(texts)}
            yield Figure("signature", f"text -> signature, {peer}", ratio, target, detail)


def tokens(bench: Bench) -> Iterator[Figure]:
    """Text -> signature against rensa, which is handed its shingles."""
    if "rensa" in bench.peers:
        texts = bench.texts()
        made = [peers.shingles(text) for text in texts]
        a, b, ratio = alternately(lambda: sketched(texts), lambda: peers.rensa_of_tokens(made), bench.repeats)
        size = sum(len(text.encode()) for text in texts) / 1e6
        yield Figure(
            "tokens", "text -> signature, rensa's tokens made", ratio, 4, {"MB/s": size / a, "their MB/s": size / b}
        )


def words(bench: Bench) -> Iterator[Figure]:
    """Text -> signature against counting words, both from the same file, in user CPU time."""
    texts = bench.texts(10_000)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "texts"
        data, offsets = packed(texts)
        path.write_bytes(data.tobytes())
        np.save(path.with_suffix(".npy"), offsets)
        for isa, target in (("avx512", 4.5), ("avx2", 2.0)):
            if isa == "avx512" != kernels.isa():
                continue  # this machine has none
            rows = []
            for _ in range(bench.repeats):
                ours = bench.job("words", path, DEDUP_KERNELS=isa)
                rows.append((ours["seconds"], _count_words(path)))
            ratio = median(b / a for a, b in rows)
            speed = [len(data) / 1e6 / median(side) for side in zip(*rows, strict=True)]
            yield Figure(
                "words",
                f"text -> signature, wc -w, {isa}",
                ratio,
                target,
                dict(zip(("MB/s", "their MB/s"), speed, strict=True)),
            )


def _count_words(path: Path) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    subprocess.run(["wc", "-w", str(path)], env={**os.environ, **_UTF8}, stdout=subprocess.DEVNULL, check=True)
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before


def scripts(bench: Bench) -> Iterator[Figure]:
    """MB/s in other scripts, as a share of English."""
    english = packed(bench.texts())
    for language in ("ar", "ru", "hi", "zh", "ko"):
        other = packed(bench.texts(language=language))
        a, b, _ = alternately(lambda: sketched(english), partial(sketched, other), bench.repeats)
        speeds = len(english[0]) / a / 1e6, len(other[0]) / b / 1e6
        yield Figure(
            "scripts",
            f"MB/s in {language}, of English",
            speeds[1] / speeds[0],
            0.2,
            {"MB/s": speeds[1], "English": speeds[0]},
        )


def clusters(bench: Bench) -> Iterator[Figure]:
    """JSONL -> clusters by resemblance, each tool in a process of its own, and what of the planted pairs it finds."""
    corpus, truth = bench.corpus()
    targets = {"rensa": 40, "gaoya": 40, "datasketch": 80, "text_dedup": 80}
    present = [peer for peer in targets if peer in bench.peers]
    runs = [{name: bench.job("pairs", name, corpus) for name in ("dedup", *present)} for _ in range(bench.repeats)]
    for peer in present:
        ratio = median(run[peer]["seconds"] / run["dedup"]["seconds"] for run in runs)
        detail = {
            "s": median(run["dedup"]["seconds"] for run in runs),
            "their s": median(run[peer]["seconds"] for run in runs),
        }
        memory = {"MB": runs[0]["dedup"]["peak_mb"], "their MB": runs[0][peer]["peak_mb"]}
        yield Figure("clusters", f"JSONL -> clusters, {peer}", ratio, targets[peer], {**detail, **memory})
    yield from _found({name: np.load(run["file"]) for name, run in runs[0].items()}, recall.planted(corpus, truth))


def _found(
    pairs: dict[str, npt.NDArray[np.int64]], planted: dict[recall.Pair, tuple[float, float]]
) -> Iterator[Figure]:
    """How much of what was planted each tool's pairs hold; only dedup has proved them."""
    for name in (name for name in pairs if name != "text_dedup"):  # which joins a bucket to its first article only
        values = recall.figures(pairs[name], planted, own=name == "dedup")
        goals = (0.995, 1.0, 1.0) if name == "dedup" else (None, None, None)
        for what, value, goal in zip(("recall J >= .5", "recall J >= .8", "precision"), values, goals, strict=True):
            yield Figure("clusters", f"{what}, {name}", value, goal, {"pairs": len(pairs[name])})


def ledger(bench: Bench) -> Iterator[Figure]:
    """Alignment and ledger of two articles of some 730 words against difflib."""
    from difflib import SequenceMatcher

    from dedup import pipeline
    from dedup.records import Article

    made = stories.Made("en", 730, seed=7)
    story = next(s for s in iter(made.story, None) if 700 < sum(len(x) for p in s.paragraphs for x in p) < 760)
    copy = reprints.reprint(story, reprints.POLICIES["edited"], made, Random(3))
    texts = [reprints.compose(side, 0)[0] for side in (reprints.whole(story), copy)]
    one, two = (pipeline.prepare(Article(str(at), text, title="-")) for at, text in enumerate(texts))
    keys = one.tokens.keys, two.tokens.keys
    compared = kernels.Texts((one.tokens, two.tokens), (one.sentence, two.sentence), (one.units, two.units))

    def theirs() -> object:
        return SequenceMatcher(None, *keys, autojunk=False).get_opcodes()

    for many in (64, 1):  # a scan compares many pairs a call, compare() one
        pairs = np.array([[0, 1]] * many)

        def ours(pairs: Ints = pairs) -> object:
            runs = compared.tiles(pairs, 5)
            tokens = int(runs.rows[:, 2].sum())
            return compared.ledgers(pairs, runs, np.ones(len(runs.rows), bool), np.ones(tokens, bool))

        a, b, ratio = alternately(ours, theirs, bench.repeats)
        detail = {"us": a / many * 1e6, "their us": b * 1e6, "words": len(keys[0])}
        yield Figure("ledger", f"align + ledger in calls of {many}, difflib", ratio * many, 40, detail)


def scan(bench: Bench) -> Iterator[Figure]:
    """The whole scan against datasketch making clusters only, in time and peak memory."""
    corpus, _ = bench.corpus()
    if "datasketch" not in bench.peers:
        return
    runs = [(bench.job("scan", corpus), bench.job("pairs", "datasketch", corpus)) for _ in range(bench.repeats)]
    detail = {
        "s": median(a["seconds"] for a, _ in runs),
        "their s": median(b["seconds"] for _, b in runs),
        **runs[0][0]["counts"],
    }
    yield Figure(
        "scan", "full scan, datasketch's clusters", median(b["seconds"] / a["seconds"] for a, b in runs), 10, detail
    )
    peaks = [median(side["peak_mb"] for side in sides) for sides in zip(*runs, strict=True)]
    yield Figure(
        "scan",
        "peak memory, of datasketch's",
        peaks[0] / peaks[1],
        1,
        {"MB": peaks[0], "their MB": peaks[1]},
        at_most=True,
    )


def threads(bench: Bench) -> Iterator[Figure]:
    """Two threads against one, by the clock on the wall, on all cores."""
    core = os.sched_getaffinity(0)
    os.sched_setaffinity(0, range(os.cpu_count() or 1))
    texts = packed(bench.texts(10_000))
    a, b, ratio = alternately(lambda: sketched(texts, 2), lambda: sketched(texts), bench.repeats, time.perf_counter)
    os.sched_setaffinity(0, core)
    yield Figure(
        "threads", "two threads, one", ratio, 1.8, {"MB/s": len(texts[0]) / a / 1e6, "one": len(texts[0]) / b / 1e6}
    )


ROWS: Final[dict[str, Callable[[Bench], Iterator[Figure]]]] = {
    row.__name__: row for row in (signature, tokens, words, scripts, clusters, ledger, scan, threads)
}


def machine() -> dict[str, Any]:
    """Where and with what the figures were measured."""
    models = [
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if "model name" in line
    ]
    wc = subprocess.run(["wc", "--version"], stdout=subprocess.PIPE, check=True, text=True).stdout.splitlines()[0]
    ours = {"numpy": np.__version__, "xxhash": metadata.version("xxhash"), "isa": kernels.isa(), "wc": wc}
    return {
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "cpu": models[0] if models else platform.processor(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        **ours,
        "peers": peers.versions(),
    }


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peers", action="store_true", help="list the other tools that can be imported, and stop")
    parser.add_argument("--only", nargs="+", choices=tuple(ROWS))
    parser.add_argument("--articles", type=int, help="a smaller corpus for all rows")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--json", action="store_true", help="one JSON object as the last line")
    parser.add_argument("-o", "--output", type=Path, help="where to record the figures; a full run is recorded anyway")
    options = parser.parse_args()
    setting = machine()
    for name, version in setting["peers"].items():
        print(f"{name}: {version or 'missing'}")
    if options.peers:
        return
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    figures = []
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(options.articles, options.repeats, Path(folder))
        for row in options.only or ROWS:
            for figure in ROWS[row](bench):
                print(figure, flush=True)
                figures.append({**asdict(figure), "met": figure.met})
    answer = {**setting, "articles": options.articles, "repeats": options.repeats, "measures": figures}
    whole = not options.only and not options.articles
    output = options.output or (_unused(_HERE / "results" / f"{setting['date']}-throughput.json") if whole else None)
    if output:
        output.write_text(json.dumps(answer, indent=1) + "\n", "utf-8")
    if options.json:
        print(json.dumps(answer))


def _unused(path: Path) -> Path:
    """Results are never overwritten: a second run of a day gets a number."""
    others = (path.with_stem(f"{path.stem}-{number}") for number in range(2, 1000))
    return path if not path.exists() else next(other for other in others if not other.exists())


if __name__ == "__main__":
    main()
