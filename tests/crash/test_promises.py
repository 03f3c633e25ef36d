"""The short form of every harness, and their negative controls: an index that is broken on purpose must be caught."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import dedup
from crash import harnesses

_TESTS = Path(__file__).resolve().parent.parent
_SEED = "1"
_TIMEOUT = 600  # seconds, for a hang of the harness itself


@pytest.fixture(scope="module")
def figures() -> dict[str, dict[str, Any]]:
    """What all of them found; two processes share the work."""
    names = [*harnesses.ALL, *harnesses.CONTROLS]
    path = os.pathsep.join([str(_TESTS), str(Path(dedup.__file__).parent.parent)])
    memory = ["--folder", "/dev/shm"] if os.access("/dev/shm", os.W_OK) else []  # no disk needs to be worn out
    command = [sys.executable, "-m", "crash", "--seed", _SEED, *memory]
    running = [
        subprocess.Popen(
            [*command, *names[half::2]],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": path},
            cwd=_TESTS,
            text=True,
        )
        for half in (0, 1)
    ]
    found: dict[str, dict[str, Any]] = {}
    for process in running:
        told, errors = process.communicate(timeout=_TIMEOUT)
        found |= {figures["harness"]: figures for figures in map(json.loads, told.splitlines())}
        assert process.returncode in (0, 1), errors
    return found


def made(name: str, figures: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """The figures of one; skipped where it cannot be tried."""
    own = figures.get(name)
    assert own, f"{name} told nothing"
    if "skipped" in own:
        pytest.skip(own["skipped"])
    return own


@pytest.mark.parametrize("name", harnesses.ALL)
def test_a_promise_is_kept(name: str, figures: dict[str, dict[str, Any]]) -> None:
    own = made(name, figures)
    assert not own["faults"], json.dumps(own, indent=1)


@pytest.mark.parametrize("name", harnesses.CONTROLS)
def test_a_broken_index_is_caught(name: str, figures: dict[str, dict[str, Any]]) -> None:
    own = made(name, figures)
    assert harnesses.shown(name, own), json.dumps(own, indent=1)


def test_the_shim_sees_what_is_not_synced(figures: dict[str, dict[str, Any]]) -> None:
    """At the weaker levels acknowledgements come before syncs: a shim that counts none of them counts nothing."""
    own = made("synced", figures)
    assert own["always"]["log"] == 0 < own["batch"]["log"]
    assert own["close"]["log"] > 0


def test_what_could_not_be_tried_is_told(figures: dict[str, dict[str, Any]]) -> None:
    if not_tried := made("sharing", figures)["not_tried"]:
        pytest.skip(json.dumps(not_tried))
