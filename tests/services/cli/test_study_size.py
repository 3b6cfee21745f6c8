"""`mammoganesis study size`: the numbers of the library, in words."""

from __future__ import annotations

import pytest

from mammoganesis.statistics.sizing import Design, expect, readers_for
from tests.support.commands import Run


def test_it_says_what_a_design_gives_and_what_would_be_enough(run: Run) -> None:
    ran = run(
        "study", "size", "--auc", "0.5", "--margin", "0.1", "--readers", "4", "--positives", 48, "--negatives", 52
    )
    design = Design(auc=0.5, readers=4, positives=48, negatives=52, margin=0.1)
    found = expect(design)
    assert ran.code == 0, ran.err
    first = ran.out.splitlines()[0]
    assert first.startswith("4 readers, 48 generated and 52 real images, AUC 0.5:")
    assert f"+- {found.half_width:.3f}" in first
    assert f"Equivalence within 0.4 to 0.6, with 80% power: this study has {found.power_equivalence:.0%}" in ran.out
    readers = readers_for(design, lambda size: (size.power_equivalence or 0) >= 0.8)
    assert f"with these images: {readers} readers" in ran.out
    assert "with 3 readers: no number of images is enough" in ran.out
    assert "A difference" not in ran.out  # at chance there is none to find


def test_a_difference_and_a_width(run: Run) -> None:
    ran = run("study", "size", "--auc", "0.65", "--readers", "6", "--half-width", "0.1", "--power", "0.9")
    assert "A difference from 0.5, with 90% power" in ran.out
    assert "An interval of +- 0.1" in ran.out


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("--auc", "3"), 2, "'--auc': 3.0 is not in the range"),
        (("--margin", "0"), 2, "--margin"),
        (("--readers", "1"), 1, "--readers: 1 is not allowed"),
        (("--readers", "0"), 2, "--readers"),
    ],
)
def test_what_is_not_allowed_is_one_line(run: Run, arguments: tuple[str, ...], code: int, words: str) -> None:
    ran = run("study", "size", *arguments)
    assert ran.code == code
    assert words in ran.err.splitlines()[-1]


def test_one_reader_for_himself(run: Run) -> None:
    ran = run(
        "study", "size", "--readers", "1", "--reader-sd", "0", "--auc", "0.73", "--positives", 41, "--negatives", 72
    )
    assert ran.code == 0, ran.err
    assert "this study has 99%" in ran.out
