"""Ids grow with time and cannot be guessed; secrets are random throughout."""

from __future__ import annotations

import os
import re
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from payments_core.db import STAMP_LENGTH, new_id, new_suffix, stamp

FORM = re.compile(r"[A-Za-z0-9]{24}", re.ASCII)
MICROSECONDS = st.integers(0, 62**STAMP_LENGTH - 1)


@given(MICROSECONDS, MICROSECONDS)
def test_stamps_sort_as_the_moments_do(one: int, other: int) -> None:
    assert (stamp(one) < stamp(other)) == (one < other)
    assert len(stamp(one)) == STAMP_LENGTH


def test_ids_made_one_after_the_other_sort_so_by_their_stamps_and_differ() -> None:
    made = [new_id("paym") for _ in range(2000)]
    assert all(FORM.fullmatch(one.removeprefix("paym_")) for one in made)
    stamps = [one[: len("paym_") + STAMP_LENGTH] for one in made]
    assert stamps == sorted(stamps)
    assert len({one[len("paym_") + STAMP_LENGTH :] for one in made}) == len(made)
    assert new_id("paym", "x" * 24) == "paym_" + "x" * 24


def test_a_forked_process_draws_secrets_of_its_own() -> None:
    new_suffix()  # some are drawn beforehand
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(writing, "".join(new_suffix() for _ in range(40)).encode())
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as told:
        theirs = told.read()
    os.waitpid(child, 0)
    assert len(theirs) == 40 * 24
    assert not {theirs[start : start + 24] for start in range(0, len(theirs), 24)} & {new_suffix() for _ in range(80)}


def test_every_character_of_a_secret_is_as_likely_as_any_other() -> None:
    drawn = [new_suffix() for _ in range(5000)]
    assert all(FORM.fullmatch(one) for one in drawn)
    assert len(set(drawn)) == len(drawn)
    counts = Counter("".join(drawn))
    assert len(counts) == 62
    expected = 24 * len(drawn) / 62
    assert sum((count - expected) ** 2 / expected for count in counts.values()) < 150  # chi-squared, p of about 1e-9
