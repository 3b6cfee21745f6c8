"""Bulk jobs without Ray: the recipe file, the folder, what a crash may leave behind."""

from __future__ import annotations

import dataclasses
import fcntl
import hashlib
import json
import math
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mammoganesis import files
from mammoganesis.bundle.loading import load_bundle
from mammoganesis.errors import DiskFull, FailedPrecondition, InvalidArgument, OtherBundle
from mammoganesis.pictures.png import burn_in_mark, read_png
from mammoganesis.recipe.canonical import from_json
from mammoganesis.recipe.completion import Template
from mammoganesis.recipe.limits import Limits
from mammoganesis.v1 import latents_pb2
from services.bulk.job import Job, new_job
from services.bulk.store import Line, Store, ledger_line
from services.bulk.workers import Drawing, Worker
from services.client import Client, Picture
from services.process.config import Config
from tests.support.serving import TINY
from tests.support.small_disk import small_disk

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

MARKED = Picture(mark=True)


@pytest.fixture(scope="module")
def job() -> Job:
    bundle = load_bundle(TINY)
    recipe = from_json(json.dumps(RECIPE))
    return new_job(np.array([5, 3, 2**32 - 1]), recipe, MARKED, bundle.limits(Config(bundle=TINY).call_limits))


@pytest.fixture(scope="module")
def pictures(job: Job) -> list[bytes]:
    """The files of the job, rendered without any of the bulk code."""
    with Client.local(TINY) as client:
        recipes = [job.recipe(index) for index in range(len(job))]
        return [image.data for image in client.sample(latents=recipes, picture=MARKED)]


def test_the_recipe_of_an_index_has_the_seed_and_all_edits(job: Job) -> None:
    recipe = job.recipe(2)
    assert recipe.seed == 2**32 - 1
    (move,) = recipe.component_edits
    assert (move.index, move.sigmas, move.layer_start, move.layer_end) == (0, 2.0, 0, 4)
    (transfer,) = recipe.style_transfers
    assert (transfer.reference.seed, transfer.reference.truncation.psi) == (12, 0.8)
    assert (transfer.epsilon, transfer.strength, transfer.rho) == (80, 0.5, 0.1)
    assert [region.index for region in transfer.regions] == [1, 2]
    epsilons = {entry.layer: entry.epsilon for entry in transfer.layer_epsilons}
    assert epsilons == {0: 4, 1: 4, 2: 4, 3: 4, 4: 2.5, 5: 4}  # the bundle's 4 for layers of 4x4 and 8x8
    assert job.file_name(2) == "images/00000002.png"


def test_names_and_references(limits: Limits) -> None:
    edits = {
        "component_edits": [{"name": "density", "sigmas": -1, "mode": "EDIT_MODE_ABSOLUTE"}],
        "style_transfers": [
            {"reference": {"seed": "4", "truncation": {"psi": 1}}, "regions": [{"name": "nipple"}], "rho": 0}
        ],
    }
    recipe = new_job(np.array([1]), from_json(json.dumps(edits)), MARKED, limits).recipe(0)
    (move,), (transfer,) = recipe.component_edits, recipe.style_transfers
    assert (move.index, move.layer_start, move.layer_end) == (3, 2, 6)
    assert (move.sigmas, move.mode) == (1, latents_pb2.EDIT_MODE_ABSOLUTE), "density is reversed"
    assert (transfer.regions[0].index, transfer.reference.truncation.psi, transfer.rho) == (2, 1, 0)


def test_each_image_has_noise_of_its_own_unless_the_recipe_names_one(job: Job, limits: Limits) -> None:
    noises = [job.recipe(index).noise for index in range(3)]
    assert all(noise.mode == latents_pb2.NOISE_MODE_RANDOM for noise in noises)
    assert len({noise.seed for noise in noises}) == 3
    for noise in (latents_pb2.Noise(mode="NOISE_MODE_CONST"), latents_pb2.Noise(mode="NOISE_MODE_RANDOM", seed=3)):
        named = new_job(job.seeds, latents_pb2.Recipe(noise=noise), MARKED, limits)
        assert [named.recipe(index).noise for index in range(3)] == [noise] * 3
    saved = job.recipe(1)  # as the studio or the ledger gives it: complete, with its own noise
    again = new_job(job.seeds, saved, MARKED, load_bundle(TINY).limits())
    assert [again.recipe(index) for index in range(3)] == [job.recipe(index) for index in range(3)]


def test_a_recipe_of_another_bundle_is_refused(job: Job) -> None:
    foreign = latents_pb2.Recipe(seed=1, bundle_digest="1" * 64, bundle_name="clinic 3.0.0")
    with pytest.raises(OtherBundle, match=r"recipe\.bundle_digest: .*clinic 3\.0\.0"):
        new_job(job.seeds, foreign, MARKED, load_bundle(TINY).limits())


def test_recipes_in_the_folder_say_which_bundle_they_belong_to(job: Job) -> None:
    manifest = json.loads((TINY / "manifest.json").read_text())
    for recipe in (job.description()["recipe_of_first_image"], ledger_line(job, 2, "0" * 64)["recipe"]):
        assert recipe["bundle_digest"] == job.bundle_digest
        assert recipe["bundle_name"] == f"{manifest['name']} {manifest['version']}"


def transferred(**fields: object) -> dict[str, object]:
    return {"style_transfers": [{"reference": {"seed": 1}, "regions": [{"index": 0}], **fields}]}


@pytest.mark.parametrize(
    ("recipe", "field"),
    [
        ("{", "recipe"),
        ("[]", "recipe"),
        ('[{"component": 0, "sigmas": 1}]', "recipe"),
        ("[" * 100_000, "recipe"),
        ({"component_edits": [{"index": 0, "sigmas": 1}, 7]}, "recipe.component_edits[1]"),
        ({"component_edits": [{}]}, "recipe.component_edits[0]"),
        ({"component_edits": [{"index": 0, "regions": [1]}]}, "recipe.component_edits[0]"),
        ({"component_edits": [{"index": 0, "sigmas": "much"}]}, "recipe.component_edits[0].sigmas"),
        ({"component_edits": [{"index": 0, "sigmas": True}]}, "recipe.component_edits[0].sigmas"),
        ({"component_edits": [{"index": 0, "sigmas": 10**400}]}, "recipe.component_edits[0].sigmas"),
        ({"component_edits": [{"index": 0, "mode": "fast"}]}, "recipe.component_edits[0].mode"),
        ({"component_edits": [{"index": 0, "mode": []}]}, "recipe.component_edits[0].mode"),
        ({"component_edits": [{"index": 0, "sigma": 2}]}, "recipe.component_edits[0]"),
        ({"component_edits": [{"index": -1}]}, "recipe.component_edits[0].index"),
        ({"component_edits": [{"index": 0, "layer_start": 3, "layer_end": 1}]}, "recipe.component_edits[0].layer_end"),
        ({"component_edits": [{"index": 0, "sigmas": 21}]}, "recipe.component_edits[0].sigmas"),
        ({"component_edits": [{"index": 0, "sigmas": math.nan}]}, "recipe.component_edits[0].sigmas"),
        ({"component_edits": [{"index": 8, "sigmas": 1}]}, "recipe.component_edits[0].index"),
        (transferred(reference=None), "recipe.style_transfers[0].reference"),
        (transferred(regions=[]), "recipe.style_transfers[0].regions"),
        (transferred(regions=3), "recipe.style_transfers[0].regions"),
        (transferred(regions=[{"index": 0.5}]), "recipe.style_transfers[0].regions[0].index"),
        (transferred(regions=[{"index": 5}]), "recipe.style_transfers[0].regions[0].index"),
        (transferred(layer_epsilons={"4": 1}), "recipe.style_transfers[0].layer_epsilons"),
        (transferred(layer_epsilons=[4]), "recipe.style_transfers[0].layer_epsilons[0]"),
        (transferred(layer_epsilons=[{"layer": -1}]), "recipe.style_transfers[0].layer_epsilons[0].layer"),
        (
            transferred(layer_epsilons=[{"layer": 4, "epsilon": 513}]),
            "recipe.style_transfers[0].layer_epsilons[0].epsilon",
        ),
        (transferred(reference={"seed": -1}), "recipe.style_transfers[0].reference.seed"),
        (transferred(reference={"sed": 1}), "recipe.style_transfers[0].reference"),
        (transferred(epsilon=513), "recipe.style_transfers[0].epsilon"),
        ({"code": {"values": [0] * 4}}, "recipe"),
        ({"interpolation": {"start": {"seed": 1}, "end": {"seed": 2}}}, "recipe"),
    ],
)
def test_a_bad_recipe_is_refused_by_name_before_anything_starts(limits: Limits, recipe: object, field: str) -> None:
    text = recipe if isinstance(recipe, str) else json.dumps(recipe)
    with pytest.raises(InvalidArgument) as caught:
        new_job(np.array([1]), from_json(text), MARKED, limits)
    assert caught.value.field == field


def fill(store: Store, pictures: list[bytes], indices: range) -> dict[int, Line]:
    """Does what workers and driver do."""
    lines = {}
    for index in indices:
        files.write(store.out / store.job.file_name(index), pictures[index])
        lines[index] = ledger_line(store.job, index, hashlib.sha256(pictures[index]).hexdigest())
    store.add(lines.values())
    return lines


def test_what_is_whole_is_kept_and_the_rest_removed(tmp_path: Path, job: Job, pictures: list[bytes]) -> None:
    out = tmp_path / "out"
    with Store(out, job) as store:
        assert store.existing() == {}
        lines = fill(store, pictures, range(2))
    manifest = out / "manifest.jsonl"
    manifest.write_bytes(manifest.read_bytes()[:-30])  # the crash came in the middle of the line of image 1
    files.write(out / job.file_name(2), pictures[2])  # ... and the line of image 2 never was written
    (out / "images" / ".00000001.png.77.part").write_bytes(b"half")
    (out / ".manifest.jsonl.77-0a1b2c3d.part").write_bytes(b"half")
    (out / "images" / "00000003.png").write_bytes(pictures[0])
    (out / "images" / "1.png").write_bytes(pictures[1])
    with Store(out, job) as store:
        found = store.existing()
    assert sorted(found) == [0, 1, 2]
    assert found[1] == lines[1]
    assert sorted(path.name for path in (out / "images").iterdir()) == [f"{index:08d}.png" for index in range(3)]
    assert files.leftovers(out) == []


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('{"index":1e400}', "a number beyond the range of float64"),
        ('{"index":NaN}', "NaN, which is no JSON"),
        ('{"index":' + "9" * 5000 + "}", "an integer of 5000 digits; allowed: 4000"),
        ('{"index":' + "9" * 50 + "}", "an integer of more than 64 bits"),
        ("[" * 100_000, "more than 40 levels deep"),
        (r'{"index":0,"file":"\ud800"}', "half of a surrogate pair, which is no character"),
        ('{"index":"x"}', "no object with the integer index"),
        ('{"index":true}', "no object with the integer index"),
        ("7", "no object with the integer index"),
        ('{"index":0,"fil', "not JSON at line 1, column 12"),
    ],
    ids=lambda text: text[:20],
)
def test_a_strange_line_costs_nothing_but_itself(
    tmp_path: Path, job: Job, pictures: list[bytes], line: str, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    out = tmp_path / "out"
    with Store(out, job) as store:
        lines = fill(store, pictures, range(3))
    ledger = out / "manifest.jsonl"
    first, second, third = ledger.read_text().splitlines()
    ledger.write_text(f"{first}\n{line}\n{line}\n{third}\n")
    with Store(out, job) as store:
        assert store.existing() == lines, "the image without a line is proved by what it carries"
    assert ledger.read_text().splitlines() == [first, second, third]
    (said,) = caplog.messages
    assert said.startswith(f"{ledger}, line 2: {reason} (1 more); ")


@pytest.mark.parametrize("damage", ["flip", "cut", "empty", "other", "text"])
def test_a_damaged_file_is_made_again(tmp_path: Path, job: Job, pictures: list[bytes], damage: str) -> None:
    with Store(tmp_path / "out", job) as store:
        fill(store, pictures, range(3))
    path = tmp_path / "out" / job.file_name(1)
    data = bytearray(pictures[1])
    if damage == "flip":
        data[len(data) // 2] ^= 1
    contents = {"flip": bytes(data), "cut": pictures[1][:-100], "empty": b"", "other": pictures[0], "text": b"text"}
    path.write_bytes(contents[damage])
    with Store(tmp_path / "out", job) as store:
        assert sorted(store.existing()) == [0, 2]
    assert not path.exists()


def test_another_job_is_refused(tmp_path: Path, job: Job, pictures: list[bytes]) -> None:
    with Store(tmp_path / "out", job) as store:
        fill(store, pictures, range(1))
    others: list[dict[str, Any]] = [
        {"seeds": job.seeds[:2]},
        {"seeds": job.seeds[::-1]},
        {"picture": Picture("png16", True)},
        {"bundle_digest": "1" * 64},
        {"picture": Picture(mark=False)},
        {"template": dataclasses.replace(job.template, own_noise=False)},
        {"template": Template(latents_pb2.Recipe(), own_noise=False)},
    ]
    for change in others:
        fields = {
            "seeds": job.seeds,
            "template": job.template,
            "picture": job.picture,
            "bundle_digest": job.bundle_digest,
            "bundle_name": job.bundle_name,
        }
        with pytest.raises(FailedPrecondition, match="another bulk job"):
            Store(tmp_path / "out", Job(**{**fields, **change}))
    assert (tmp_path / "out" / job.file_name(0)).read_bytes() == pictures[0]


def test_a_folder_in_use_or_of_other_things_is_refused(tmp_path: Path, job: Job) -> None:
    with Store(tmp_path / "out", job), pytest.raises(FailedPrecondition, match="in use"):
        Store(tmp_path / "out", job)
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "holiday.png").write_bytes(b"")
    with pytest.raises(FailedPrecondition, match="not empty"):
        Store(tmp_path / "photos", job)
    assert [path.name for path in (tmp_path / "photos").iterdir()] == ["holiday.png"]
    with Store(tmp_path / "out", job) as store:  # a lock ends with its process or its holder
        assert store.existing() == {}
        with (tmp_path / "out" / ".lock").open("w") as lock, pytest.raises(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_a_driver_that_ends_before_its_job_stands_there_is_no_hindrance(
    tmp_path: Path, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(path: Path, data: bytes) -> None:
        path.with_name(f".{path.name}.77-0a1b2c3d.part").write_bytes(data[:9])
        raise KeyboardInterrupt

    out = tmp_path / "out"
    with monkeypatch.context() as patch:
        patch.setattr("mammoganesis.files.write", stopped)
        with pytest.raises(KeyboardInterrupt):
            Store(out, job)
    with Store(out, job) as store:
        assert store.existing() == {}
    assert sorted(path.name for path in out.iterdir()) == [".lock", "images", "job.json", "manifest.jsonl"]


def test_a_worker_is_not_bound_by_the_limits_of_a_server(
    tmp_path: Path, job: Job, pictures: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = {"MAX_BATCH_SIZE": "1", "MAX_QUEUED_IMAGES": "1", "MAX_IMAGES_PER_CALL": "1", "MAX_MESSAGE_BYTES": "65536"}
    for name, value in {**limits, "MAX_DEADLINE_SECONDS": "0.1", "DEFAULT_DEADLINE_SECONDS": "0.1"}.items():
        monkeypatch.setenv(f"MAMMOGANESIS_{name}", value)
    (tmp_path / "images").mkdir()
    lines = Worker(job, str(TINY), str(tmp_path), Drawing(1)).render(range(3))
    assert [line["index"] for line in lines] == [0, 1, 2]
    assert [(tmp_path / job.file_name(index)).read_bytes() for index in range(3)] == pictures


def test_the_marker_comes_last_and_goes_first(tmp_path: Path, job: Job, pictures: list[bytes]) -> None:
    out = tmp_path / "out"
    with Store(out, job) as store:
        lines = fill(store, pictures, range(3))
        assert not (out / "finished.json").exists()
        store.finish(dict(reversed(lines.items())))
    marker = json.loads((out / "finished.json").read_text())
    manifest = (out / "manifest.jsonl").read_bytes()
    assert marker == {"images": 3, "manifest_sha256": hashlib.sha256(manifest).hexdigest()}
    assert [json.loads(line)["index"] for line in manifest.splitlines()] == [0, 1, 2]
    with Store(out, job) as store:
        store.existing()
        assert not (out / "finished.json").exists()


def test_labels_are_part_of_every_recipe_of_a_job(limits: Limits) -> None:
    recipe = latents_pb2.Recipe(labels={"view": "MLO"})
    job = new_job(np.array([1, 2]), recipe, MARKED, limits)
    assert dict(job.recipe(1).labels) == {"view": "MLO"}
    assert job.description()["recipe_of_first_image"]["labels"] == {"view": "MLO"}
    with pytest.raises(InvalidArgument, match=r"labels\.view: 'LAT'"):
        new_job(np.array([1]), latents_pb2.Recipe(labels={"view": "LAT"}), MARKED, limits)


def test_the_mark_is_in_the_pixels_unless_it_is_left_out(tmp_path: Path, job: Job, pictures: list[bytes]) -> None:
    plain = replace(job, picture=Picture(mark=False))
    (tmp_path / "images").mkdir()
    Worker(plain, str(TINY), str(tmp_path), Drawing(1)).render([0])
    unmarked, marked = read_png((tmp_path / job.file_name(0)).read_bytes()), read_png(pictures[0])
    assert (unmarked.image_format.burn_in_mark, marked.image_format.burn_in_mark) == (False, True)
    assert (unmarked.pixels != marked.pixels).any()
    np.testing.assert_array_equal(burn_in_mark(unmarked.pixels), marked.pixels)
    assert "burn_in_mark" not in plain.description()
    with Store(tmp_path / "out", job) as store:
        files.write(store.out / job.file_name(0), (tmp_path / job.file_name(0)).read_bytes())
        assert store.existing() == {}, "an image without the mark is none of this job's"


def test_a_full_disk_leaves_the_ledger_as_it_was(tmp_path: Path, job: Job) -> None:
    with small_disk(tmp_path / "disk", 64 * 2**10) as disk:
        with Store(disk / "out", job) as store:
            store.add([ledger_line(job, 0, "0" * 64)])
            ledger = disk / "out" / "manifest.jsonl"
            before = ledger.read_bytes()
            files.write(disk / "other", b"0" * (os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize))
            with pytest.raises(
                DiskFull, match=r"manifest\.jsonl: the disk is full; \d+ bytes were to be written, 0 bytes"
            ):
                store.add(ledger_line(job, index % 3, "1" * 64) for index in range(64))
            assert ledger.read_bytes() == before
        (disk / "other").unlink()
        with Store(disk / "out", job) as store:
            assert store.existing() == {}


@pytest.mark.parametrize("format", ["dicom", "dicom-sc"])
def test_a_job_of_dicom_files_is_taken_up_again(tmp_path: Path, job: Job, format: str) -> None:
    wanted = replace(job, picture=Picture(format, side="L", view="CC"))
    (tmp_path / "images").mkdir()
    lines = Worker(wanted, str(TINY), str(tmp_path), Drawing(1)).render([0, 1])
    assert [line["file"] for line in lines] == ["images/00000000.dcm", "images/00000001.dcm"]
    drawn = [(tmp_path / line["file"]).read_bytes() for line in lines]
    out = tmp_path / "out"
    with Store(out, wanted) as store:
        for line, data in zip(lines, drawn, strict=True):
            files.write(out / line["file"], data)
        files.write(out / "images/00000002.dcm", drawn[0])  # another image under its name
        assert sorted(store.existing()) == [0, 1]
    other = replace(wanted, picture=Picture(format, side="R", view="CC"))
    with Store(tmp_path / "other", other) as store:
        files.write(store.out / lines[0]["file"], drawn[0])
        assert store.existing() == {}, "a left breast is none of this job's"


def test_a_job_of_mammograms_says_side_and_view(limits: Limits) -> None:
    recipe, seeds = latents_pb2.Recipe(labels={"view": "MLO"}), np.array([1])
    with pytest.raises(InvalidArgument, match=r"format\.side: nothing"):
        new_job(seeds, recipe, Picture("dicom"), limits)
    job = new_job(seeds, recipe, Picture("dicom", side="R"), limits)
    assert (job.picture_of(0).view, job.description()["side"], "view" in job.description()) == ("MLO", "R", False)
