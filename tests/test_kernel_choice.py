"""DEDUP_KERNELS: one answer whichever kernels run, and clear words where they cannot."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from making import SEEDS
from texts import records, run_outside

import dedup
from dedup.kernels import _native, compiled, reference

FORMS = ("reference", *_native.isas())


@cache
def scanned(kernels: str) -> list[dict[str, object]]:
    """All records of a scan of the seeds by a process of its own, without the time that it took."""
    done = run_outside("scan", SEEDS, "--format", "jsonl", env={"DEDUP_KERNELS": kernels})
    assert done.returncode == 0, done.stderr
    found = records(done.stdout)
    assert [record.pop("seconds") for record in found if "seconds" in record]
    return found


@pytest.mark.parametrize("kernels", FORMS)
def test_a_scan_finds_the_same_with_all_kernels(kernels: str) -> None:
    assert scanned(kernels) == scanned("")
    assert len(scanned(kernels)) > 1


@pytest.mark.parametrize("kernels", FORMS)
def test_the_kernels_in_use_are_those_that_were_chosen(kernels: str) -> None:
    assert python("from dedup import kernels; print(kernels.isa())", kernels).stdout.strip() == kernels


def test_the_compiled_kernels_have_the_names_of_their_twins() -> None:
    assert compiled.__all__ == reference.__all__


def test_without_a_choice_the_best_that_the_machine_can_run_is_taken() -> None:
    assert python("from dedup import kernels; print(kernels.isa())", "").stdout.strip() == _native.isas()[0]


def test_the_twins_need_no_compiled_module() -> None:
    code = "import sys, dedup; sys.exit('dedup.kernels._native' in sys.modules)"
    assert python(code, "reference").returncode == 0


@pytest.mark.parametrize("name", ["avx1024", "AVX2", " ", "portable,avx2"])
def test_an_unknown_choice_is_refused_with_those_there_are(name: str) -> None:
    done = python("import dedup", name)
    assert done.returncode != 0
    assert f"DEDUP_KERNELS is {name!r}; this machine can run {', '.join(_native.isas())}, reference" in done.stderr


def test_an_unknown_choice_ends_the_command_in_clear_words() -> None:
    done = run_outside("scan", SEEDS, env={"DEDUP_KERNELS": "avx1024"})
    assert done.returncode != 0
    assert done.stdout == ""
    assert "DEDUP_KERNELS is 'avx1024'; this machine can run" in done.stderr.splitlines()[-1]


def test_a_choice_that_is_no_instruction_set_changes_nothing() -> None:
    before = _native.isa()
    with pytest.raises(ValueError, match="no such instruction set"):
        _native.use_isa("reference")
    assert _native.isa() == before


def test_every_instruction_set_of_the_machine_can_be_taken_in_turn(isa: str) -> None:
    assert _native.isa() == isa
    assert _native.isas()[-1] == "portable"


# --- without the compiled module


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """The package as its source has it."""
    shutil.copytree(
        Path(dedup.__file__).parent,
        tmp_path / "dedup",
        ignore=shutil.ignore_patterns("_native*", "native", "__pycache__"),
    )
    return tmp_path


def test_a_missing_compiled_module_is_said_loudly_with_the_way_out(source: Path) -> None:
    done = python("import dedup", "", source)
    assert done.returncode == 1
    assert "ImportError: the compiled kernels of dedup are missing in " in done.stderr
    assert "install the package and run outside its source folder, or install it with pip install -e ." in done.stderr
    assert "DEDUP_KERNELS=reference" in done.stderr
    for isa in _native.isas():
        assert "are missing in " in python("import dedup", isa, source).stderr


def test_the_twins_run_without_the_compiled_module(source: Path) -> None:
    code = "import dedup; print(dedup.__file__); print(dedup.kernels.tokenise('A storm').keys)"
    done = python(code, "reference", source)
    assert done.stdout.splitlines() == [str(source / "dedup" / "__init__.py"), "('a', 'storm')"]


def python(code: str, kernels: str, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    """A program run by a Python of its own, with the package in ``folder`` if there is one."""
    path = os.pathsep.join(filter(None, [str(folder or ""), os.environ.get("PYTHONPATH", "")]))
    environment = {**os.environ, "DEDUP_KERNELS": kernels, "PYTHONPATH": path}
    command = [sys.executable, "-P", "-c", code]
    return subprocess.run(command, capture_output=True, encoding="utf-8", env=environment, check=False)
