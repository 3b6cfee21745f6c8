"""Results of closed studies: the published one to its printed digits, another against scikit-learn."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from mammoganesis.statistics.as_json import to_json
from mammoganesis.texts.statements import sentence
from mammoganesis.v1.study_design_pb2 import STUDY_POSITIVE_REAL
from services.study.closed import ClosedStudy
from services.study.ratings import answered, counting
from services.study.report.flow import Flow
from services.study.results import StudyResults, TaskResults, results_of
from tests.support.closed_studies import late_study, published_study, whole_study


@pytest.fixture(scope="module")
def whole() -> tuple[ClosedStudy, StudyResults]:
    closed = whole_study()
    return closed, results_of(closed)


def task(results: StudyResults, name: str) -> TaskResults:
    return next(each for each in results.tasks if each.task == name)


@pytest.fixture(scope="module")
def published() -> StudyResults:
    return results_of(published_study())


def test_the_published_study_gives_its_printed_numbers(published: StudyResults) -> None:
    """Table II of MammoGANesis 2020, to the printed digit."""
    single, six = (each.results for each in published.tasks)
    assert single is not None
    assert [f"{reader.auc:.2f}" for reader in single.readers] == ["0.56", "0.74", "0.45", "0.39"]
    precisions = [reader.binary.precision.value for reader in single.readers if reader.binary]
    assert [f"{value:.2f}" for value in precisions if value is not None] == ["0.58", "0.78", "0.42", "0.41"]
    assert f"{np.mean([reader.auc for reader in single.readers]):.2f}" == "0.54"
    assert six is not None
    assert six.rounds is not None
    assert [each.rounds for each in six.rounds.readers] == [3, 14, 3, 3]
    assert six.rounds.mean_rounds == 5.75
    assert six.rounds.readers[1].p_of_rounds == pytest.approx(1.5e-7, rel=0.05)
    assert six.rounds.pooled.p == pytest.approx(5e-4, rel=0.1)
    assert six.rounds.expected_by_chance == pytest.approx(3.6)


def test_four_readers_show_neither_a_difference_nor_equivalence(published: StudyResults) -> None:
    single = published.tasks[0].results
    assert single is not None
    (mrmc,) = single.mrmc.values()
    method = getattr(mrmc, mrmc.primary).random_readers
    assert method.interval.low < 0.5 < method.interval.high
    assert mrmc.equivalence is not None
    assert not mrmc.equivalence.equivalent


def test_aucs_are_those_of_scikit_learn(whole: tuple[ClosedStudy, StudyResults]) -> None:
    closed, results = whole
    for name in ("Single images", "Marks", "Single images again"):
        found = task(results, name).results
        assert found is not None
        for reader in found.readers:
            own = [
                each
                for each in counting(closed)
                if (each.reader, each.trial.task) == (reader.reader, name) and not each.trial.repeats
            ]
            truth = [each.pictures[0].origin.generated for each in own]
            assert reader.auc == pytest.approx(roc_auc_score(truth, [each.confidence for each in own]))


def test_quality_says_how_often_the_real_one_looks_better(whole: tuple[ClosedStudy, StudyResults]) -> None:
    closed, results = whole
    found = task(results, "Quality")
    assert found.results is not None
    assert found.results.positive == "real"
    assert found.results.pooled.binary is None
    assert found.results.calibration is None
    own = [each for each in counting(closed) if each.trial.task == "Quality"]
    better = roc_auc_score(
        [not each.pictures[0].origin.generated for each in own], [each.answer.quality for each in own]
    )
    assert found.results.pooled.auc == pytest.approx(better)
    assert sum(each.readings for each in found.categories) == len(own)


def test_the_other_positive_class_turns_everything_round(published: StudyResults) -> None:
    turned = published_study()
    turned.design.analysis.positive = STUDY_POSITIVE_REAL
    before, after = (each.tasks[0].results for each in (published, results_of(turned)))
    assert before is not None
    assert after is not None
    assert after.positive == "real"
    assert [reader.auc for reader in after.readers] == pytest.approx([reader.auc for reader in before.readers])
    one, other = before.pooled.binary, after.pooled.binary
    assert one is not None
    assert other is not None
    assert (other.true_positives, other.false_positives) == (one.true_negatives, one.false_negatives)


def test_practice_and_corrected_answers_do_not_count(whole: tuple[ClosedStudy, StudyResults]) -> None:
    closed, results = whole
    given = list(answered(closed))
    changed = [each for each in given if not each.counts and not each.trial.practice]
    assert len(changed) == 1
    later = closed.readings[0].counting[changed[0].trial.trial_id]
    assert later.answer != changed[0].answer
    assert len(counting(closed)) == len(given) - 1 - sum(each.trial.practice for each in given)
    found = task(results, "Single images").results
    assert found is not None
    assert found.counts.readings == 4 * 60
    assert found.counts.repeated == 4 * 6
    assert found.agreement is not None
    assert [kappa.cases for kappa in found.agreement.intra] == [6, 6, 6, 6]


def test_phases_are_compared_as_treatments(whole: tuple[ClosedStudy, StudyResults]) -> None:
    _, results = whole
    assert results.comparison is not None
    assert results.comparison.comparison is not None
    assert results.comparison.comparison.treatments == ("informed", "after cues")
    difference = results.comparison.comparison.one_shot[0].difference
    aucs = [
        np.mean([reader.auc for reader in each.results.readers])
        for each in (task(results, "Single images"), task(results, "Single images again"))
        if each.results
    ]
    assert difference == pytest.approx(aucs[0] - aucs[1], abs=1e-3)  # one reader has not finished


def test_choices_and_rounds_are_counted(whole: tuple[ClosedStudy, StudyResults]) -> None:
    closed, results = whole
    pairs = task(results, "Pairs").results
    assert pairs is not None
    own = [each for each in counting(closed) if each.trial.task == "Pairs"]
    everybody = next(each for each in pairs.forced_choice if not each.reader)
    assert (everybody.exact.successes, everybody.exact.trials) == (sum(bool(each.right) for each in own), 40)
    six = task(results, "Six at once").results
    assert six is not None
    assert six.rounds is not None
    assert all(reader.errors <= 3 for reader in six.rounds.readers)


def test_rounds_answered_after_the_task_had_ended_count_in_nothing(published: StudyResults) -> None:
    """Two answers of a browser that had lost its connection, after the third error."""
    closed = late_study()
    assert to_json(results_of(closed)) == to_json(published)
    late = [each for each in answered(closed) if each.trial.trial_id in ("1.2.4", "1.2.5") and each.reader == "R1"]
    assert [(each.counts, each.corrected) for each in late] == [(False, False)] * 2
    flow, before = Flow.of(closed), Flow.of(published_study())
    assert (flow.answers, flow.corrected) == (before.answers, 0)


def test_repeated_choices_are_no_new_trials(whole: tuple[ClosedStudy, StudyResults]) -> None:
    closed, results = whole
    again = []
    for reading in closed.readings:
        first = next(trial for trial in reading.trials if trial.task == "Pairs")
        trial = replace(first, trial_id=f"{first.trial_id}.again", number=99, repeats=first.trial_id)
        given = next(each for each in reading.answers if each.trial_id == first.trial_id)
        answer = replace(given, answer_id="answer_" + "d" * 32, trial_id=trial.trial_id)
        again.append(replace(reading, trials=(*reading.trials, trial), answers=(*reading.answers, answer)))
    found = results_of(replace(closed, readings=tuple(again)))
    before, after = (task(each, "Pairs").results for each in (results, found))
    assert before is not None
    assert after is not None
    assert after.forced_choice == before.forced_choice
    assert after.time == before.time
    assert (after.counts.readings, after.counts.repeated) == (before.counts.readings, len(again))
    assert found.images == results.images


def test_choices_of_several_readers_are_said_not_to_be_independent(whole: tuple[ClosedStudy, StudyResults]) -> None:
    _, results = whole
    for name in ("Pairs", "Six at once"):
        found = task(results, name).results
        assert found is not None
        assert sum(note.code == "note.independence" for note in found.notes) == 1


def test_images_are_judged_over_all_tasks(whole: tuple[ClosedStudy, StudyResults]) -> None:
    closed, results = whole
    shares = [image.share for image in results.images]
    assert shares == sorted(shares, reverse=True)
    first = results.images[0]
    calls = [
        call
        for each in counting(closed)
        if not each.trial.repeats
        for picture, call in zip(each.pictures, each.called, strict=False)
        if picture.name == first.name
    ]
    assert (first.readings, first.called) == (len(calls), sum(calls))
    assert first.origin == closed.by_name[first.name].origin


def test_suspicion_and_categories_are_kept(whole: tuple[ClosedStudy, StudyResults]) -> None:
    _, results = whole
    assert [(each.reader, each.suspected) for each in results.suspicions] == [
        ("R1", False),
        ("R2", True),
        ("R3", False),
        ("R4", False),
    ]
    ordinary = task(results, "Ordinary reading")
    assert ordinary.results is None
    assert {each.scale for each in ordinary.categories} == {"bi_rads", "density"}
    assert sum(each.readings for each in ordinary.categories) == 2 * 4 * 20
    marks = task(results, "Marks").places
    assert sum(each.readings for each in marks) == 4 * 20


def test_as_json_it_holds_no_more_than_json_can(whole: tuple[ClosedStudy, StudyResults]) -> None:
    _, results = whole
    read = json.loads(results.json(), parse_constant=lambda text: pytest.fail(f"{text} is no JSON"))
    assert read == json.loads(json.dumps(to_json(results, sentence)))
    assert read["tasks"][1]["results"]["mrmc"]["all"]["jackknife"]["auc"] > 0
