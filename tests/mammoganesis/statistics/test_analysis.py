"""The whole analysis: the paper's table, groups, repeats, treatments, and what it says to who reads it."""

import dataclasses
import json
import warnings

import numpy as np
import pytest

from mammoganesis.errors import InvalidArgument
from mammoganesis.statistics.analysis import PARTS, Options, OtherTasks, analyse
from mammoganesis.statistics.as_json import to_json
from mammoganesis.statistics.equivalence import Margin
from mammoganesis.statistics.forced_choice import Choice
from mammoganesis.statistics.readings import Reading, gather
from mammoganesis.statistics.results import Results
from mammoganesis.statistics.rounds import Run
from mammoganesis.texts.statements import sentence
from tests.mammoganesis.statistics.test_proportions import TABLE_2, answers


def _paper() -> list[Reading]:
    """Binary answers of four readers to 48 generated and 52 real images, as Table II counts them."""
    rng = np.random.default_rng(1)
    rows = []
    for number, counts in enumerate(TABLE_2, 1):
        truth, called = answers(*counts)
        for kind in (truth, ~truth):  # who is right about which image is not known
            called[kind] = rng.permutation(called[kind])
        rows += [
            Reading(f"R{number}", f"image {case}", bool(is_generated), float(says))
            for case, (is_generated, says) in enumerate(zip(truth, called, strict=True))
        ]
    return rows


def _study(readers: int = 3, cases: int = 40, seed: int = 2) -> list[Reading]:
    """Six-point ratings; even cases are generated, every fourth of them edited."""
    rng = np.random.default_rng(seed)
    level = rng.normal(size=cases)
    rows = []
    for reader in range(readers):
        for case in range(cases):
            generated = case % 2 == 0
            rating = float(np.clip(np.round(3.5 + level[case] + rng.normal() + (0.8 if generated else -0.3)), 1, 6))
            kind = "real" if not generated else "edited" if case % 4 == 0 else "synthesised"
            groups = {"kind": kind, "view": "CC" if case < cases / 2 else "MLO"}
            rows.append(Reading(f"r{reader}", f"c{case}", generated, rating, seconds=2.0 + rating, groups=groups))
    return rows


@pytest.fixture(scope="module")
def paper() -> Results:
    others = OtherTasks(runs=[Run("R1", 3, 3), Run("R2", 14, 3), Run("R3", 3, 3), Run("R4", 3, 3)])
    return analyse(gather(_paper()), Options(margin=Margin(0.1)), others)


def test_the_papers_table(paper: Results) -> None:
    assert [round(reader.auc or 0, 2) for reader in paper.readers] == [0.56, 0.74, 0.45, 0.39]
    shares = [reader.binary.precision.value for reader in paper.readers if reader.binary]
    assert [round(share or 0, 2) for share in shares] == [0.58, 0.78, 0.42, 0.41]
    method = paper.mrmc["all"].jackknife
    assert method is not None
    assert method.random_readers.auc == pytest.approx(0.535, abs=1e-3)
    assert paper.rounds is not None
    assert paper.rounds.mean_rounds == 5.75


def test_the_paper_shows_neither_a_difference_nor_equivalence(paper: Results) -> None:
    method, equivalence = paper.mrmc["all"].jackknife, paper.mrmc["all"].equivalence
    assert method is not None
    assert equivalence is not None
    interval = method.random_readers.interval
    assert interval.low < 0.32
    assert interval.high > 0.75
    assert not equivalence.equivalent
    said = " ".join(map(sentence, paper.notes))
    assert "4 readers" in said
    assert "is not shown" in said
    assert "between 0.39 and 0.74" in said
    assert '"generated"' in said


def test_without_a_margin_chance_inside_the_interval_is_no_finding() -> None:
    said = " ".join(map(sentence, analyse(gather(_paper())).notes))
    assert "does not show that the classes cannot be told apart" in said


def test_who_always_says_generated_is_told_from_one_who_knows() -> None:
    """Nine in ten cases are generated: the exact test finds skill, and a note says why it is none."""
    rows = [Reading("r1", f"c{case}", case % 10 != 0, 1.0, decision=True) for case in range(100)]
    found = analyse(gather(rows))
    assert found.pooled.binary is not None
    assert found.pooled.binary.exact.p < 1e-9
    assert found.pooled.binary.balanced_accuracy is not None
    assert found.pooled.binary.balanced_accuracy.value == 0.5
    (note,) = [note for note in found.notes if note.code == "note.unequal"]
    assert "right in up to 90%" in sentence(note)


def test_answers_of_several_readers_are_said_not_to_be_independent() -> None:
    one, several = (analyse(gather(_study(readers)), Options(scale=(1, 6))) for readers in (1, 3))
    assert not {"note.independence", "note.unequal"} & {note.code for note in one.notes}
    assert sum(note.code == "note.independence" for note in several.notes) == 1


def test_everything_is_json() -> None:
    rows = _study()
    others = OtherTasks([Run("r0", 4, 3)], choices=[Choice("r0", 2, True), Choice("r1", 2, False)])
    calls = []
    found = analyse(gather(rows), Options(scale=(1, 6), margin=Margin(0.1)), others, lambda: calls.append(1))
    assert len(calls) == PARTS
    tree = to_json(found)
    assert json.loads(json.dumps(tree, allow_nan=False)) == tree
    assert set(tree["readers"][0]) >= {"reader", "treatment", "auc", "interval"}
    assert set(tree["mrmc"]["all"]["jackknife"]) >= {"auc", "se", "df", "interval", "fixed_readers"}
    assert tree["comparison"] is None
    assert tree["forced_choice"][-1]["proportion"]["total"] == 2


def test_groups_of_generated_images_are_compared_with_all_real_ones() -> None:
    found = {
        breakdown.column: breakdown.groups for breakdown in analyse(gather(_study()), Options(scale=(1, 6))).breakdowns
    }
    edited, real, synthesised = found["kind"]
    assert (edited.value, edited.positives, edited.negatives, edited.negatives_of_all) == ("edited", 30, 60, True)
    assert real.auc is None
    assert synthesised.auc is not None
    cc, mlo = found["view"]
    assert not cc.negatives_of_all
    assert cc.readings + mlo.readings == 120
    assert cc.correct is not None
    assert cc.correct.total == 60


def test_repeats_tell_how_a_reader_agrees_with_himself_and_nothing_else() -> None:
    rows = _study()
    again = [dataclasses.replace(row, repeat=1) for row in rows if row.reader == "r1" and row.case < "c2"]
    alone, both = (analyse(gather(of), Options(scale=(1, 6))) for of in (rows, [*rows, *again]))
    assert both.readers == alone.readers
    assert both.mrmc == alone.mrmc
    assert both.agreement is not None
    (intra,) = both.agreement.intra
    assert (intra.reader, intra.kappa, intra.cases) == ("r1", 1, len(again))
    assert both.counts.repeated == len(again)


def test_decisions_that_were_asked_for_go_before_the_threshold() -> None:
    rows = [dataclasses.replace(row, decision=not row.truth) for row in _study()]
    found = analyse(gather(rows), Options(scale=(1, 6))).pooled.binary
    assert found is not None
    assert found.accuracy.count == 0
    assert found.threshold is None


def test_without_scale_or_threshold_there_are_no_decisions() -> None:
    found = analyse(gather(_study()))
    assert found.pooled.binary is None
    assert "note.no_decisions" in [note.code for note in found.notes]


def test_two_treatments_are_compared_and_a_missing_reading_says_so() -> None:
    rows = [dataclasses.replace(row, treatment=phase) for phase in ("unaware", "informed") for row in _study()]
    found = analyse(gather(rows), Options(scale=(1, 6)))
    assert list(found.mrmc) == ["unaware", "informed"]
    assert found.comparison is not None
    test = found.comparison.random_readers_random_cases
    assert test is not None
    assert (test.statistic, test.p) == (0, 1)  # the same ratings twice
    part = analyse(gather(rows[:-1]), Options(scale=(1, 6)))
    assert part.mrmc["informed"].jackknife is None
    assert part.mrmc["informed"].primary == "ustatistic"
    assert part.mrmc["informed"].ustatistic == part.mrmc["informed"].one_shot
    assert not part.counts.crossed


@pytest.mark.parametrize(
    ("changes", "word"),
    [({"rating": float("nan")}, "rating"), ({"seconds": -1.0}, "seconds"), ({"truth": False}, "truth"), ({}, "case")],
)
def test_a_reading_that_cannot_be_is_named(changes: dict, word: str) -> None:
    rows = _study()
    reader = {} if word == "case" else {"reader": "r9"}
    bad = dataclasses.replace(rows[0], **reader, **changes)
    with pytest.raises(InvalidArgument, match=rf"readings\[120\].{word}"):
        gather([*rows, bad])


def test_small_and_lopsided_studies_end_in_numbers_or_reasons() -> None:
    """One reader, one class, one case, one rating, hardly any reading: no failure, no warning, JSON."""
    rng = np.random.default_rng(7)
    for number in range(20):
        readers, cases, steps = rng.integers(1, 5), rng.integers(2, 9), rng.integers(1, 8)
        truth, missing = rng.random(cases) < 0.5, rng.choice([0, 0.3, 0.7])
        rows = [
            Reading(f"r{r}", f"c{c}", bool(truth[c]), float(rng.integers(0, steps)), f"t{t}", repeat)
            for t in range(1 + number % 2)
            for r in range(readers)
            for c in range(cases)
            for repeat in range(1 + (c == 0))
            if c == 0 or rng.random() >= missing
        ]
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            found = analyse(gather(rows), Options(scale=(0, float(steps)), margin=Margin(0.1)))
        json.dumps(to_json(found), allow_nan=False)
        for of in found.mrmc.values():
            assert of.primary or of.reason


def test_too_many_readers_and_cases_are_refused() -> None:
    rows = [Reading(f"r{n}", f"c{n}", n % 2 == 0, 1.0) for n in range(5000)]
    with pytest.raises(InvalidArgument, match="readers"):
        gather(rows)
