"""Each form of the kernels in turn: the readable twins and every instruction set of this machine.

The tests are of the installed package: ``python -m pytest`` puts the folder it runs in on the path, and the source
folder there has no compiled module.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path
from types import ModuleType

import pytest

_ROOT = Path(__file__).resolve().parent.parent
if not any((_ROOT / "dedup" / "kernels" / f"_native{suffix}").exists() for suffix in EXTENSION_SUFFIXES):
    sys.path[:] = [path for path in sys.path if Path(path or ".").resolve() != _ROOT]

from dedup.kernels import _native, compiled, reference  # noqa: E402


@contextmanager
def _in_use(name: str) -> Iterator[None]:
    before = _native.isa()
    _native.use_isa(name)
    try:
        yield
    finally:
        _native.use_isa(before)


@pytest.fixture(scope="module", params=_native.isas())
def isa(request: pytest.FixtureRequest) -> Iterator[str]:
    """The name of an instruction set, which the compiled kernels use."""
    with _in_use(request.param):
        yield request.param


@pytest.fixture(scope="module", params=["reference", *_native.isas()])
def form(request: pytest.FixtureRequest) -> Iterator[ModuleType]:
    """All kernels: the twins, or the compiled ones with an instruction set."""
    if request.param == "reference":
        yield reference
    else:
        with _in_use(request.param):
            yield compiled
