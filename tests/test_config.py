"""Every parameter: its bounds, and the fingerprint that tells two settings apart."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import FrozenInstanceError, fields, replace
from datetime import date, datetime
from typing import Any

import pytest

from dedup import config
from dedup.config import Config, Rules
from dedup.errors import DedupError, UsageError

NUMBERS = [item.name for item in fields(Config) if item.name not in ("rules", "read_on")]
RULES = [item.name for item in fields(Rules)]


def other(name: str) -> float:
    """A value that the rule may have and does not have by default."""
    value = getattr(Rules(), name)
    return value / 2 if isinstance(value, float) else value + 1


def settings_with(name: str, value: Any) -> Config:
    return Config(**{name: value})


def test_the_defaults_are_those_of_the_design() -> None:
    settings = Config()
    assert (settings.num_perm, settings.window, settings.fingerprint_bits) == (128, 8, 40)
    assert settings.bands * settings.rows <= settings.num_perm
    assert settings.minimum_tile == 5


@pytest.mark.parametrize("name", NUMBERS)
def test_a_number_out_of_bounds_is_refused_by_name_with_what_is_allowed(name: str) -> None:
    low, high = config._BOUNDS[name]
    for value in (low - 1, high + 1, -(10**30), 10**30):
        with pytest.raises(UsageError, match=rf"Config\.{name} is {value}; allowed are whole numbers {low} to {high}"):
            settings_with(name, value)


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("value", [True, 8.0, "8", None])
def test_what_is_no_whole_number_is_refused_by_name(name: str, value: Any) -> None:
    with pytest.raises(UsageError, match=rf"Config\.{name} is {value!r}"):
        settings_with(name, value)


def test_the_bounds_themselves_are_allowed() -> None:
    for name in set(NUMBERS) - {"num_perm", "bands", "rows"}:
        for value in config._BOUNDS[name]:
            assert getattr(settings_with(name, value), name) == value
    assert Config(num_perm=2, bands=1, rows=1).num_perm == 2
    assert Config(num_perm=4096, bands=4096, rows=1).bands == 4096
    assert Config(num_perm=4096, bands=64, rows=64).rows == 64


def test_bands_times_rows_are_at_most_the_permutations() -> None:
    assert Config(num_perm=126).num_perm == 126
    with pytest.raises(UsageError, match=r"bands x rows is 42 x 3; at most num_perm = 125 is allowed"):
        Config(num_perm=125)


def test_a_usage_error_is_an_error_of_this_package() -> None:
    with pytest.raises(DedupError):
        Config(window=0)


def test_settings_cannot_be_changed_after_they_were_checked() -> None:
    with pytest.raises(FrozenInstanceError):
        Config().window = 0  # type: ignore[misc]


# --- fingerprint


def test_equal_settings_have_the_same_fingerprint_of_32_digits() -> None:
    assert Config().fingerprint() == Config(rules=Rules()).fingerprint()
    assert len(Config().fingerprint()) == 32
    assert int(Config().fingerprint(), 16)


@pytest.mark.parametrize("name", NUMBERS)
def test_every_number_changes_the_fingerprint(name: str) -> None:
    value = getattr(Config(), name)
    changed = replace(Config(), **{name: value - 1})
    assert changed.fingerprint() != Config().fingerprint()


@pytest.mark.parametrize("name", RULES)
def test_every_rule_changes_the_fingerprint(name: str) -> None:
    changed = Config(rules=replace(Rules(), **{name: other(name)}))
    assert changed.fingerprint() != Config().fingerprint()


def test_all_settings_that_differ_in_one_place_have_different_fingerprints() -> None:
    variants = [Config()]
    variants += [replace(Config(), **{name: getattr(Config(), name) - 1}) for name in NUMBERS]
    variants += [Config(rules=replace(Rules(), **{name: other(name)})) for name in RULES]
    assert len({variant.fingerprint() for variant in variants}) == len(variants)


def test_another_format_changes_the_fingerprint(monkeypatch: pytest.MonkeyPatch) -> None:
    before = Config().fingerprint()
    monkeypatch.setattr(config, "FORMAT", config.FORMAT + 1)
    assert Config().fingerprint() != before


@pytest.mark.parametrize("seed", ["0", "1", "4711"])
def test_the_fingerprint_is_the_same_in_every_process(seed: str) -> None:
    program = "from dedup.config import Config; print(Config().fingerprint())"
    there = subprocess.run(
        [sys.executable, "-P", "-c", program],
        env={**os.environ, "PYTHONHASHSEED": seed},
        capture_output=True,
        text=True,
        check=True,
    )
    assert there.stdout.strip() == Config().fingerprint()


@pytest.mark.parametrize(
    ("name", "value"), [("evidence_share", "x"), ("unrelated", 1.5), ("far_days", -1), ("far_days", 0.5)]
)
def test_a_rule_out_of_bounds_is_named(name: str, value: object) -> None:
    with pytest.raises(UsageError, match=re.escape(f"Rules.{name} is {value!r}")):
        Rules(**{name: value})


def test_rules_must_be_rules() -> None:
    with pytest.raises(UsageError, match=r"Config\.rules is None"):
        Config(rules=None)  # type: ignore[arg-type]


def test_the_day_of_reading_is_a_day_and_changes_the_fingerprint() -> None:
    assert Config(read_on=date(2024, 3, 4)).fingerprint() != Config().fingerprint()
    assert Config(read_on=date(2024, 3, 4)).fingerprint() != Config(read_on=date(2024, 3, 5)).fingerprint()
    for value in ("2024-03-04", datetime(2024, 3, 4), 20240304):
        with pytest.raises(UsageError, match=r"Config\.read_on is .*; a date or None is expected"):
            Config(read_on=value)  # type: ignore[arg-type]
