"""Who reads what: everything once, balanced over readers, nothing that gives away or repeats what it must not."""

from __future__ import annotations

import hashlib
import itertools
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mammoganesis.recipe.drawing import Catalogue, Chance, Direction
from mammoganesis.v1 import study_design_pb2 as pb
from services.study.allocation import PlannedTrial, items_of, trials_of, with_trials
from services.study.design import check, complete
from services.study.generation import is_edited, recipe_of
from services.study.orders import williams
from services.study.pool import Origin, PoolPicture, capacity, draw_pool, tasks_of
from tests.support.studied import design, odd_one_out, rating

CHANCE = Chance(7, b"secret")


def _drawn(made: pb.StudyDesign, reals: int = 80, patients: int = 80) -> tuple[pb.StudyDesign, list[PoolPicture]]:
    check(made)
    whole = complete(made)
    given_reals = [pb.StudyReal(name=f"{i}.png", patient_id=f"p{i % patients}") for i in range(reals)]
    pictures = draw_pool(whole, given_reals, [i % 3 == 0 for i in range(whole.generation.samples)], CHANCE)
    return with_trials(whole, pictures), pictures


def _counted(trials: tuple[PlannedTrial, ...], key: str = "1.1") -> list[PlannedTrial]:
    return [trial for trial in trials if trial.key == key and not trial.practice]


@pytest.mark.parametrize("count", range(1, 8))
def test_in_williams_square_each_stands_everywhere_and_after_each_other_equally_often(count: int) -> None:
    rows = williams(count)
    for place in range(count):
        assert set(Counter(row[place] for row in rows).values()) == {len(rows) // count}
    following = Counter(pair for row in rows for pair in itertools.pairwise(row))
    assert len(following) == count * (count - 1)
    assert len(set(following.values())) <= 1


def test_every_reader_reads_every_image_once_in_an_order_of_their_own() -> None:
    made, pictures = _drawn(design(real=12, synthesised=8, edited=4))
    orders = [[trial.pictures for trial in trials_of(made, pictures, reader, CHANCE)] for reader in range(6)]
    assert all(sorted(order) == sorted((picture.number,) for picture in pictures) for order in orders)
    assert len({tuple(order) for order in orders}) == 6
    places: Counter[tuple[int, int]] = Counter()
    for order in orders:
        places.update((item[0], place // 4) for place, item in enumerate(order))
    assert set(places.values()) == {1}  # each image once in each sixth of the order
    assert orders[3] == [trial.pictures for trial in trials_of(made, pictures, 3, CHANCE)]


def test_with_six_at_once_nothing_comes_twice_and_the_generated_one_stands_everywhere() -> None:
    made, pictures = _drawn(design(odd_one_out(), real=60, synthesised=8, edited=4))
    generated = {picture.number: picture.generated for picture in pictures}
    places: Counter[int] = Counter()
    for reader in range(6):
        trials = _counted(trials_of(made, pictures, reader, CHANCE))
        shown = [number for trial in trials for number in trial.pictures]
        assert len(trials) == 12
        assert len(set(shown)) == len(shown)
        truths = [[generated[number] for number in trial.pictures] for trial in trials]
        assert all(sum(truth) == 1 for truth in truths)
        places.update(truth.index(True) for truth in truths)
    assert places == Counter(dict.fromkeys(range(6), 12))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 9), min_size=1, max_size=12), st.integers(0, 9), st.integers(2, 6), st.integers(0, 9))
def test_images_of_one_patient_are_never_in_one_trial(
    counts: list[int], generated: int, images: int, seed: int
) -> None:
    owners = [f"p{i}" for i, count in enumerate(counts) for _ in range(count)]
    origins = [Origin.REAL] * len(owners) + [Origin.EDITED] * generated
    owners += [""] * generated
    pictures = [
        PoolPicture(number, origin, 0, patient=owner)
        for number, (origin, owner) in enumerate(zip(origins, owners, strict=True))
    ]
    made = with_trials(complete(design(odd_one_out(images=images))), pictures)
    groups = items_of(made, pictures, 0, 0, replace(CHANCE, seed=seed))
    patients = Counter({f"p{i}": count for i, count in enumerate(counts)})
    assert len(groups) == made.phases[0].tasks[0].trials == capacity(tasks_of(made)[0][1], patients, generated)
    for group in groups:
        shown = [pictures[number].patient for number in group[:-1]]
        assert len(set(shown)) == len(shown) == images - 1
        assert pictures[group[-1]].generated


def test_images_of_practice_never_come_again() -> None:
    made, pictures = _drawn(design(rating(practice=5), odd_one_out(practice=2, images=4), real=20))
    for reader in range(3):
        trials = trials_of(made, pictures, reader, CHANCE)
        practised = {number for trial in trials if trial.practice for number in trial.pictures}
        assert len(practised) == 5 + 2 * 4
        assert not practised & {number for trial in trials if not trial.practice for number in trial.pictures}
        first = {key: [trial.practice for trial in trials if trial.key == key] for key in ("1.1", "1.2")}
        assert all(sorted(practice, reverse=True) == practice for practice in first.values())


def test_repeated_trials_show_the_same_again_much_later() -> None:
    made, pictures = _drawn(design(rating(repeated_trials=6), real=20, synthesised=8, edited=8))
    for reader in range(5):
        trials = _counted(trials_of(made, pictures, reader, CHANCE))
        by_id = {trial.trial_id: trial for trial in trials}
        again = [trial for trial in trials if trial.repeats]
        assert (len(trials), len(again)) == (42, 6)
        assert [trial.number for trial in trials] == list(range(1, 43))
        for trial in again:
            assert by_id[trial.repeats].pictures == trial.pictures
            assert trial.number - by_id[trial.repeats].number >= 6


@pytest.mark.parametrize(("count", "repeated"), [(2, 2), (12, 9), (60, 20), (60, 31), (80, 80)])
def test_a_repeated_trial_comes_after_its_first_and_not_soon(count: int, repeated: int) -> None:
    made, pictures = _drawn(
        design(rating(repeated_trials=repeated), real=count - count // 2, synthesised=count // 2, edited=0)
    )
    for reader in range(30):
        trials = _counted(trials_of(made, pictures, reader, CHANCE))
        number = {trial.trial_id: trial.number for trial in trials}
        apart = [trial.number - number[trial.repeats] for trial in trials if trial.repeats]
        assert len(apart) == repeated
        assert min(apart) >= max(1, count // 6)
        assert len({trial.repeats for trial in trials if trial.repeats}) == repeated


def _truths(made: pb.StudyDesign, pictures: list[PoolPicture], chance: Chance, readers: int) -> np.ndarray:
    """At which place the generated image hangs, or whether the single image is generated: a row for each reader."""
    generated = {picture.number: picture.generated for picture in pictures}
    rows = []
    for reader in range(readers):
        hung = [[generated[number] for number in trial.pictures] for trial in trials_of(made, pictures, reader, chance)]
        rows.append([truth.index(True) if len(truth) > 1 else int(truth[0]) for truth in hung])
    return np.array(rows)


ORDERS = [
    (odd_one_out(), 100, 20, 6),
    (odd_one_out(images=2), 20, 20, 2),
    (odd_one_out(images=3), 40, 20, 3),
    (rating(), 20, 20, 2),
    (rating(), 26, 24, 2),
    (rating(), 24, 12, 2),
    (rating(), 30, 6, 2),
]


@pytest.mark.parametrize(("task", "real", "generated", "places"), ORDERS)
def test_no_order_tells_the_truth(task: pb.StudyTask, real: int, generated: int, places: int) -> None:
    """Over many studies of one design: as many runs of one truth as in a shuffled order, at each step of each reader
    every truth equally often, and one reader's orders unlike the next one's."""
    made, pictures = _drawn(design(task, real=real, synthesised=generated, edited=0), reals=110)
    studies = np.array([_truths(made, pictures, Chance(7, bytes([number])), 3) for number in range(60)])
    steps = studies.shape[2]
    counts = np.array([[np.bincount(row, minlength=places) for row in study] for study in studies])
    single = task.HasField("rating")
    expected = np.array([real, generated]) if single else np.full(places, steps / places)
    assert np.abs(counts - expected).max() < (1e-9 if single or steps % places == 0 else 1)
    shares, same = expected / steps, float(np.sum(expected * (expected - 1)) / (steps * (steps - 1)))
    alike = (studies[:, :, 1:] == studies[:, :, :-1]).mean(axis=(0, 2))
    assert alike == pytest.approx(np.full(3, same), abs=0.05)
    for place in range(places):
        assert (studies == place).mean(axis=0) == pytest.approx(np.full((3, steps), shares[place]), abs=0.25)
    assert (studies[:, 0] == studies[:, 1]).mean() == pytest.approx(float(np.sum(shares**2)), abs=0.05)
    assert len({row.tobytes() for study in studies for row in study}) >= 0.95 * 3 * len(studies)


def test_who_knows_the_design_but_not_the_secret_knows_nothing_that_is_drawn() -> None:
    made = complete(design(odd_one_out(practice=2), rating(), real=40))
    reals = [pb.StudyReal(name=f"{i}.png", patient_id=f"p{i}") for i in range(80)]
    mixture = Catalogue("", "", 128, [Direction("size", -3, 3)], ["skin"], None)
    drawn = []
    for secret in (b"one", b"one", b"other"):
        chance = Chance(made.seed, secret)
        samples = [recipe_of(number, made.generation, mixture, chance) for number in range(made.generation.samples)]
        pictures = draw_pool(made, reals, [is_edited(sample) for sample in samples], chance)
        whole = with_trials(made, pictures)
        orders = [[trial.pictures for trial in trials_of(whole, pictures, reader, chance)] for reader in range(2)]
        drawn.append((samples, pictures, orders, items_of(whole, pictures, 0, 0, chance)))
    for one, again, other in zip(*drawn, strict=True):
        assert one == again != other


def test_split_blocks_share_the_anchors_alone_and_cover_everything() -> None:
    split = pb.StudyAllocation(crossing=pb.STUDY_CROSSING_SPLIT, blocks=3, anchors=6)
    made, pictures = _drawn(design(real=24, synthesised=10, edited=8, allocation=split))
    read = [{trial.pictures[0] for trial in trials_of(made, pictures, reader, CHANCE)} for reader in range(6)]
    assert read[0] == read[3]
    assert len(read[0] & read[1]) == len(read[0] & read[1] & read[2]) == 6
    assert len(read[0] | read[1] | read[2]) == 42
    generated = [sum(pictures[number].generated for number in own) for own in read[:3]]
    assert max(generated) - min(generated) <= 1


def test_paired_phases_show_the_same_in_another_order_and_others_show_others() -> None:
    task = {"rating": pb.RatingTask()}
    phases = [
        pb.StudyPhase(name="informed", tasks=[pb.StudyTask(name="A", **task)]),
        pb.StudyPhase(name="after", awareness=3, cues=["x"], tasks=[pb.StudyTask(name="B", **task)]),
        pb.StudyPhase(name="others", tasks=[pb.StudyTask(name="C", **task)], other_images=True),
    ]
    made = design()
    del made.phases[:]
    made.phases.extend(phases)
    made, pictures = _drawn(made)
    trials = trials_of(made, pictures, 0, CHANCE)
    first, second, third = ([trial.pictures for trial in trials if trial.phase == phase] for phase in range(3))
    assert sorted(first) == sorted(second)
    assert first != second
    assert not set(first) & set(third)
    assert len(third) == len(first)


def test_tasks_come_in_another_order_for_each_reader_unless_the_design_fixes_it() -> None:
    tasks = (rating("A"), rating("B"), rating("C"))
    orders = {}
    for fixed in (False, True):
        made, pictures = _drawn(design(*tasks, allocation=pb.StudyAllocation(fixed_task_order=fixed)))
        sequences = [[trial.task for trial in trials_of(made, pictures, reader, CHANCE)] for reader in range(6)]
        orders[fixed] = Counter(tuple(dict.fromkeys(sequence)) for sequence in sequences)
    assert len(orders[False]) == 6
    assert orders[True] == Counter({(0, 1, 2): 6})


def test_a_pool_by_chance_has_as_many_reals_as_chance_gives() -> None:
    made = design()
    made.pool.CopyFrom(pb.StudyPool(drawn=50))
    made.generation.samples = 60
    whole = complete(made)
    reals = [pb.StudyReal(name=f"{i}.png", patient_id=str(i)) for i in range(60)]
    found = []
    for seed in range(20):
        pictures = draw_pool(whole, reals, [False] * 60, replace(CHANCE, seed=seed))
        assert len({(picture.real, picture.sample) for picture in pictures}) == 50
        found.append(sum(not picture.generated for picture in pictures))
    assert min(found) < 25 < max(found)
    assert abs(sum(found) / 20 - 25) < 2


def test_trials_of_a_study_stay_what_they_are() -> None:
    """They are computed again whenever they are asked for: a change here would change studies that are being read."""
    split = pb.StudyAllocation(crossing=pb.STUDY_CROSSING_SPLIT, blocks=2, anchors=4)
    digests = {}
    for name, allocation in (("full", pb.StudyAllocation()), ("split", split)):
        tasks = (rating(practice=2, repeated_trials=3), odd_one_out(images=3))
        made, pictures = _drawn(design(*tasks, allocation=allocation))
        trials = [[(t.trial_id, t.pictures, t.repeats) for t in trials_of(made, pictures, n, CHANCE)] for n in range(3)]
        digests[name] = hashlib.sha256(repr(trials).encode()).hexdigest()[:16]
    assert digests == {"full": "a04158fbd393b1da", "split": "fd42ca836b54d4db"}
