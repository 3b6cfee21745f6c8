"""Studies whose transfers are masked: a picture has a true place, which is where it was changed, and marks are judged
by it once the study has closed."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import grpc
import numpy as np
import pytest
from scipy import ndimage
from sklearn.metrics import roc_auc_score

from mammoganesis.pictures.png import read_png
from mammoganesis.recipe.canonical import from_json
from mammoganesis.v1 import studies_pb2 as pb
from mammoganesis.v1 import study_design_pb2 as design_pb
from mammoganesis.v1.latents_pb2 import LOCALITY_MASKED, Latent
from mammoganesis.v1.sampling_pb2 import SampleRequest
from mammoganesis.v1.sampling_pb2_grpc import SamplingServiceStub
from mammoganesis.v1.style_transfer_pb2 import Point
from services.study.pictures import shown_picture
from tests.support.recorded import Recorded
from tests.support.studied import Reader, design, opened

TOLERANCE = 0.05


def _design() -> design_pb.StudyDesign:
    task = design_pb.StudyTask(name="Marks", location=design_pb.LocationTask(places=2, tolerance=TOLERANCE))
    made = design(task, real=6, synthesised=2, edited=5)
    made.generation.locality = LOCALITY_MASKED
    made.generation.transfer_probability = 1.0
    made.generation.edit_probability = 0.5
    return made


def _marks(trial: pb.Trial) -> pb.ReadingAnswer:
    """Nobody knows the truth: every second answer has a mark in the middle of the breast, another one beside it."""
    places = [Point(x=0.7, y=0.5), Point(x=0.75, y=0.35)][: 1 + trial.number % 2]
    return pb.ReadingAnswer(location=pb.LocationAnswer(confidence=1 + trial.number % 6, places=places))


def test_marks_are_judged_by_where_a_picture_was_changed(study_records: Recorded) -> None:
    study = opened(study_records, _design(), reals=6)
    reader = Reader.invited(study_records, study.study_id)
    reader.begin()
    assert len(reader.read_all(_marks)) == 13
    study_records.studies.CloseStudy(pb.CloseStudyRequest(study_id=study.study_id))
    request = pb.ExportStudyRequest(study_id=study.study_id, format=pb.STUDY_FILE_FORMAT_ZIP)
    packed = b"".join(piece.data for piece in study_records.studies.ExportStudy(request, timeout=240))
    with zipfile.ZipFile(io.BytesIO(packed)) as kept:
        whole = json.loads(kept.read("study.json"))
        names = [each["name"] for each in whole["pictures"] if each["origin"] == "edited"]
        places = {name: read_png(kept.read(f"places/{name}.png")).pixels > 127 for name in names}
        shown = {name: read_png(kept.read(f"pictures/{name}.png")).pixels for name in names}
        assert sum(entry.startswith("places/") for entry in kept.namelist()) == len(names) == 5
    edited = [each for each in whole["pictures"] if each["name"] in places]
    inside = [
        _change_there(study_records, each["recipe"], places[each["name"]], shown[each["name"]]) for each in edited
    ]
    assert np.median(inside) > 0.7
    _is_scored(study_records, reader, places, whole["results"]["tasks"][0]["localisation"])


def _change_there(records: Recorded, recipe: dict[str, Any], place: np.ndarray, shown: np.ndarray) -> float:
    """The share of the change that lies in the place or near it, where the picture is drawn again without its transfer
    and brought into the same pose."""
    assert not recipe.get("component_edits")
    before = from_json(json.dumps(recipe))
    del before.style_transfers[:]
    with grpc.insecure_channel(records.address) as channel:
        sampling = SamplingServiceStub(channel)
        image = sampling.Sample(SampleRequest(latents=[Latent(recipe=before)])).images[0].data
    other = read_png(shown_picture(image, shown.shape[0], np.random.default_rng(0)).data).pixels
    near = ndimage.distance_transform_edt(~place) <= 0.06 * shown.shape[1]
    gain, offset = np.polyfit(other[~near], shown[~near], 1)  # a changed brightest place changes the whole grey range
    change = ndimage.gaussian_filter(shown - (gain * other + offset), 1.0) ** 2  # the dither is noise of single pixels
    return float(change[near].sum() / change.sum())


def _is_scored(records: Recorded, reader: Reader, places: dict[str, np.ndarray], found: dict[str, Any]) -> None:
    debrief = records.studies.GetDebrief(pb.GetDebriefRequest(token=reader.token), timeout=120)
    by_name = {image["name"]: image for image in found["images"]}
    assert {name for name, image in by_name.items() if image["place"]} == set(places)
    truth, score, located = [], [], 0
    for image in by_name.values():
        if image["origin"] == "synthesised":
            continue
        hits = []
        if image["name"] in places:
            rows, columns = np.nonzero(places[image["name"]])
            side = places[image["name"]].shape[0]
            for mark in image["marks"]:
                row, column = int(mark["y"] * side), int(mark["x"] * side)
                hits.append(bool((np.hypot(rows - row, columns - column) <= TOLERANCE * side).any()))
                assert mark["met"] is hits[-1]
        truth.append(image["origin"] == "edited")
        located += any(hits)
        confidence = image["marks"][0]["confidence"]
        score.append(confidence if not truth[-1] or any(hits) else 0)
    (result,) = found["lroc"]["readers"]
    assert (result["located"]["count"], result["located"]["total"]) == (located, 5)
    assert result["area"] == pytest.approx(roc_auc_score(truth, score))
    assert 0 < found["covered"] < 1
    told = [each for each in debrief.trials if each.true_places]
    assert len(told) == 5
    assert sum(any(each.met) for each in told) == located
    assert all(len(each.met) == len(each.answer.location.places) for each in told)
