"""What a bulk job asks for: the recipe, the name and the place of each image, as functions of its index."""

from __future__ import annotations

import json
import math
from collections import Counter
from typing import Any

import numpy as np
import pytest

from mammoganesis.bundle.loading import load_bundle
from mammoganesis.editing.labels import LabelMixture
from mammoganesis.errors import FailedPrecondition, InvalidArgument, OtherBundle
from mammoganesis.recipe.canonical import from_json
from mammoganesis.recipe.drawing import Catalogue, Direction
from mammoganesis.recipe.limits import Limits
from mammoganesis.v1 import latents_pb2
from mammoganesis.v1.images_pb2 import ImageFormat
from services.bulk.document import check, complete, read_job
from services.bulk.plan import Plan, catalogue_of
from services.bulk.wishes import job_of_seeds
from tests.support.serving import TINY

LEAST = {"format": "mammoganesis-bulk", "format_version": 1, "made": "2026-11-29T12:00:00+00:00"}
RECIPE = {
    "truncation": {"psi": 0.8},
    "component_edits": [{"index": 0, "sigmas": 2.0, "layer_start": 0, "layer_end": 4}],
    "style_transfers": [
        {
            "reference": {"seed": 12, "truncation": {"psi": 0.8}},
            "regions": [{"index": 2}, {"index": 1}],
            "epsilon": 80,
            "strength": 0.5,
            "layer_epsilons": [{"layer": 4, "epsilon": 2.5}],
        }
    ],
}
NORMAL = {"normal": {"mean": 1, "deviation": 0.5}}


def plan_of(document: dict[str, Any]) -> Plan:
    """Of a job for the tiny bundle."""
    job = read_job(json.dumps(LEAST | document))
    check(job)
    bundle = load_bundle(TINY)
    return Plan.of(complete(job), catalogue_of(bundle), bundle.limits())


def plan_of_recipe(recipe: latents_pb2.Recipe, limits: Limits, seeds: tuple[int, ...] = (5, 3, 2**32 - 1)) -> Plan:
    """As the command's options make it, for the bundle that `limits` speak of."""
    catalogue = Catalogue("", "made up", 64, [Direction("density", -3, 3)], ["nipple", "muscle"], None)
    job = job_of_seeds(np.array(seeds), recipe, ImageFormat())
    return Plan.of(complete(job), catalogue, limits)


@pytest.fixture(scope="module")
def plan() -> Plan:
    return plan_of({"seeds": {"values": [5, 3, 2**32 - 1]}, "recipe": RECIPE})


def test_the_recipe_of_an_index_has_the_seed_and_all_edits(plan: Plan) -> None:
    recipe = plan.drawn(2).recipe
    assert recipe.seed == 2**32 - 1
    (move,) = recipe.component_edits
    assert (move.index, move.sigmas, move.layer_start, move.layer_end) == (0, 2.0, 0, 4)
    (transfer,) = recipe.style_transfers
    assert (transfer.reference.seed, transfer.reference.truncation.psi) == (12, 0.8)
    assert (transfer.epsilon, transfer.strength, transfer.rho) == (80, 0.5, 0.1)
    assert [region.index for region in transfer.regions] == [1, 2]
    epsilons = {entry.layer: entry.epsilon for entry in transfer.layer_epsilons}
    assert epsilons == {0: 4, 1: 4, 2: 4, 3: 4, 4: 2.5, 5: 4}  # the bundle's 4 for layers of 4x4 and 8x8
    assert plan.file_name(2) == "images/00000002.png"


def test_names_and_references(limits: Limits) -> None:
    edits = {
        "component_edits": [{"name": "density", "sigmas": -1, "mode": "EDIT_MODE_ABSOLUTE"}],
        "style_transfers": [
            {"reference": {"seed": "4", "truncation": {"psi": 1}}, "regions": [{"name": "nipple"}], "rho": 0}
        ],
    }
    recipe = plan_of_recipe(from_json(json.dumps(edits)), limits).drawn(0).recipe
    (move,), (transfer,) = recipe.component_edits, recipe.style_transfers
    assert (move.index, move.layer_start, move.layer_end) == (3, 2, 6)
    assert (move.sigmas, move.mode) == (1, latents_pb2.EDIT_MODE_ABSOLUTE), "density is reversed"
    assert (transfer.regions[0].index, transfer.reference.truncation.psi, transfer.rho) == (2, 1, 0)


def test_each_image_has_noise_of_its_own_unless_the_recipe_names_one(plan: Plan, limits: Limits) -> None:
    noises = [plan.drawn(index).recipe.noise for index in range(3)]
    assert all(noise.mode == latents_pb2.NOISE_MODE_RANDOM for noise in noises)
    assert len({noise.seed for noise in noises}) == 3
    for noise in (latents_pb2.Noise(mode="NOISE_MODE_CONST"), latents_pb2.Noise(mode="NOISE_MODE_RANDOM", seed=3)):
        named = plan_of_recipe(latents_pb2.Recipe(noise=noise), limits)
        assert [named.drawn(index).recipe.noise for index in range(3)] == [noise] * 3
    saved = json.loads(plan.recipe_json(plan.drawn(1).recipe))  # as the studio or the manifest gives it: complete
    again = plan_of({"seeds": {"values": [5, 3, 2**32 - 1]}, "recipe": saved})
    assert [again.drawn(index) for index in range(3)] == [plan.drawn(index) for index in range(3)]
    edited = plan_of(
        {"seeds": {"values": [5, 3, 2**32 - 1]}, "recipe": saved, "edits": [{"index": 1, "sigmas": {"fixed": 1}}]}
    )
    assert [edited.drawn(index).recipe.noise for index in range(3)] == noises


def test_a_recipe_of_another_bundle_is_refused() -> None:
    foreign = {"seed": 1, "bundle_digest": "1" * 64, "bundle_name": "clinic 3.0.0"}
    with pytest.raises(OtherBundle, match=r"job\.recipe\.bundle_digest: .*clinic 3\.0\.0"):
        plan_of({"count": 1, "recipe": foreign})
    with pytest.raises(FailedPrecondition, match=r"job\.bundle_digest: the job is for bundle 111111111111"):
        plan_of({"count": 1, "bundle_digest": "1" * 64})


def transferred(**fields: object) -> dict[str, object]:
    return {"style_transfers": [{"reference": {"seed": 1}, "regions": [{"index": 0}], **fields}]}


@pytest.mark.parametrize(
    ("recipe", "field"),
    [
        ({"component_edits": [{"index": 0, "sigmas": 1}, 7]}, "job.recipe.component_edits[1]"),
        ({"component_edits": [{}]}, "job.recipe.component_edits[0]"),
        ({"component_edits": [{"index": 0, "regions": [1]}]}, "job.recipe.component_edits[0]"),
        ({"component_edits": [{"index": 0, "sigmas": "much"}]}, "job.recipe.component_edits[0].sigmas"),
        ({"component_edits": [{"index": 0, "sigmas": True}]}, "job.recipe.component_edits[0].sigmas"),
        ({"component_edits": [{"index": 0, "sigmas": 10**400}]}, "job.recipe.component_edits[0].sigmas"),
        ({"component_edits": [{"index": 0, "mode": "fast"}]}, "job.recipe.component_edits[0].mode"),
        ({"component_edits": [{"index": 0, "mode": []}]}, "job.recipe.component_edits[0].mode"),
        ({"component_edits": [{"index": 0, "sigma": 2}]}, "job.recipe.component_edits[0]"),
        ({"component_edits": [{"index": -1}]}, "job.recipe.component_edits[0].index"),
        (
            {"component_edits": [{"index": 0, "layer_start": 3, "layer_end": 1}]},
            "job.recipe.component_edits[0].layer_end",
        ),
        ({"component_edits": [{"index": 0, "sigmas": 21}]}, "job.recipe.component_edits[0].sigmas"),
        ({"component_edits": [{"index": 0, "sigmas": math.nan}]}, "job.recipe.component_edits[0].sigmas"),
        ({"component_edits": [{"index": 8, "sigmas": 1}]}, "job.recipe.component_edits[0].index"),
        (transferred(reference=None), "job.recipe.style_transfers[0].reference"),
        (transferred(regions=[]), "job.recipe.style_transfers[0].regions"),
        (transferred(regions=3), "job.recipe.style_transfers[0].regions"),
        (transferred(regions=[{"index": 0.5}]), "job.recipe.style_transfers[0].regions[0].index"),
        (transferred(regions=[{"index": 5}]), "job.recipe.style_transfers[0].regions[0].index"),
        (transferred(layer_epsilons={"4": 1}), "job.recipe.style_transfers[0].layer_epsilons"),
        (transferred(layer_epsilons=[4]), "job.recipe.style_transfers[0].layer_epsilons[0]"),
        (transferred(layer_epsilons=[{"layer": -1}]), "job.recipe.style_transfers[0].layer_epsilons[0].layer"),
        (
            transferred(layer_epsilons=[{"layer": 4, "epsilon": 513}]),
            "job.recipe.style_transfers[0].layer_epsilons[0].epsilon",
        ),
        (transferred(reference={"seed": -1}), "job.recipe.style_transfers[0].reference.seed"),
        (transferred(reference={"sed": 1}), "job.recipe.style_transfers[0].reference"),
        (transferred(epsilon=513), "job.recipe.style_transfers[0].epsilon"),
        ({"code": {"values": [0] * 4}}, "job.recipe"),
        ({"interpolation": {"start": {"seed": 1}, "end": {"seed": 2}}}, "job.recipe"),
    ],
)
def test_a_bad_recipe_is_refused_by_name_before_anything_starts(recipe: object, field: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        plan_of({"count": 1, "recipe": recipe})
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("document", "field"),
    [
        ({"edits": [{"directions": ["nothing"]}]}, "job.edits[0].directions[0]"),
        ({"edits": [{"index": 99, "sigmas": {"fixed": 1}}]}, "job.edits[0].index"),
        ({"transfers": [{"regions": ["nothing"]}]}, "job.transfers[0].regions[0]"),
        (
            {"count": None, "prevalence": {"rows": [{"images": 1, "labels": {"view": "MLO"}}]}},
            "job.prevalence.rows[0].labels",
        ),
        ({"picture": {"encoding": "IMAGE_ENCODING_DICOM", "view": "VIEW_CC"}}, "job.picture.side"),
    ],
)
def test_what_the_bundle_has_not_is_refused_by_name(document: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        plan_of({"count": 4} | document)
    assert caught.value.field == field


def test_drawn_images_are_the_same_in_any_order_and_no_seed_comes_twice() -> None:
    document = {
        "count": 2000,
        "seed": 9,
        "reserve": {"first": 1000, "count": 2500},
        "edits": [{"index": 1, "sigmas": NORMAL, "probability": 0.35}],
    }
    plan, again = plan_of(document), plan_of(document)
    forwards = [plan.drawn(index) for index in range(2000)]
    assert [again.drawn(index) for index in reversed(range(2000))] == forwards[::-1]
    seeds = [drawn.recipe.seed for drawn in forwards]
    assert len(set(seeds)) == 2000
    assert (min(seeds) >= 1000, max(seeds) < 3500) == (True, True)
    assert abs(np.corrcoef(range(2000), seeds)[0, 1]) < 0.1
    sigmas = np.array([sigmas for drawn in forwards for _, sigmas in drawn.edits])
    # Five standard errors: of a share, a mean, a standard deviation.
    assert abs(len(sigmas) / 2000 - 0.35) < 5 * math.sqrt(0.35 * 0.65 / 2000)
    assert abs(sigmas.mean() - 1) < 5 * 0.5 / math.sqrt(len(sigmas))
    assert abs(sigmas.std() - 0.5) < 5 * 0.5 / math.sqrt(2 * len(sigmas))
    assert plan_of(document | {"seed": 10}).drawn(0).recipe.seed != forwards[0].recipe.seed


def test_reserves_apart_share_no_seed() -> None:
    first = plan_of({"count": 100, "reserve": {"first": 0, "count": 100}})
    second = plan_of({"count": 100, "reserve": {"first": 100, "count": 100}})
    seeds = [plan.seed(index) for plan in (first, second) for index in range(100)]
    assert sorted(seeds) == list(range(200))


def test_a_prevalence_table_is_kept_to_the_image(limits: Limits) -> None:
    mixture = LabelMixture({"view": ("CC", "MLO")}, ((("CC",), 3), (("MLO",), 1)))
    catalogue = Catalogue("", "made up", 64, [Direction("density", -3, 3)], ["nipple"], mixture)
    rows = [
        {
            "images": 7,
            "labels": {"view": "MLO"},
            "name": "dense",
            "edits": [{"directions": ["density"], "sigmas": NORMAL}],
        },
        {"images": 400, "edits": [{"probability": 0}]},
    ]
    document = LEAST | {"prevalence": {"rows": rows}, "labels_drawn": True, "transfers": [{"probability": 0.5}]}
    plan = Plan.of(complete(read_job(json.dumps(document))), catalogue, limits)
    drawn = [plan.drawn(index) for index in range(len(plan))]
    assert [(each.row, [name for name, _ in each.edits], dict(each.recipe.labels)) for each in drawn[:7]] == [
        ("dense", ["density"], {"view": "MLO"})
    ] * 7
    assert all(not each.edits and not each.row for each in drawn[7:])
    views = Counter(each.recipe.labels["view"] for each in drawn[7:])
    assert abs(views["CC"] - 300) < 45
    transferred = [each.recipe.style_transfers[0] for each in drawn if each.recipe.style_transfers]
    assert abs(len(transferred) - 203) < 51
    assert len({transfer.reference.seed for transfer in transferred}) == len(transferred)


def test_dicom_identifiers_follow_from_document_and_index() -> None:
    document = {
        "count": 9,
        "picture": {"encoding": "IMAGE_ENCODING_DICOM", "side": "SIDE_LEFT", "view": "VIEW_CC"},
        "layout": "BULK_LAYOUT_DICOM_STUDIES",
        "images_per_study": 4,
    }
    plan = plan_of(document)
    places = [plan.place(index) for index in range(9)]
    assert places == [plan_of(document).place(index) for index in range(9)]
    assert len({place.instance_uid for place in places if place}) == 9
    assert [len(uids) for uids in _by_study(places)] == [4, 4, 1]
    assert [plan.file_name(index) for index in (0, 8)] == [
        "studies/00000000/00000000.dcm",
        "studies/00000002/00000008.dcm",
    ]
    other = plan_of(document | {"made": "2026-11-29T12:00:01+00:00"}).place(0)
    assert other is not None
    assert other.study_uid not in {place.study_uid for place in places if place}


def _by_study(places: list[Any]) -> list[list[str]]:
    found: dict[tuple[str, str], list[str]] = {}
    for place in places:
        found.setdefault((place.study_uid, place.patient_id), []).append(place.series_uid)
    return [sorted(set(uids)) for uids in found.values()]
