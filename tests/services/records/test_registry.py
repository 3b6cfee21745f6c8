"""The registry before the real edge and records: what is registered, found again, exported, and never changed."""

from __future__ import annotations

import csv
import io
import json
import time
from collections.abc import Callable
from pathlib import Path

import grpc
import numpy as np
import pytest
from PIL import Image

from mammoganesis.errors import InvalidArgument
from mammoganesis.pictures.pixels import pixels_sha256
from mammoganesis.v1 import cases_pb2, quizzes_pb2
from mammoganesis.v1 import registry_intake_pb2 as intake_pb
from mammoganesis.v1 import registry_pb2 as pb
from services.client import Client
from services.client.choices import Picture
from services.client.registry import Which
from tests.support.recorded import Recorded, case, recorded

FORMATS = ("png", "png16", "raw", "dicom-sc")


def registered(client: Client, count: int, which: Which) -> list[pb.RegistryEntry]:
    """Entries, as soon as there are `count`; the test's own time limit ends the wait."""
    while len(found := list(client.registry(which))) < count:
        time.sleep(0.05)
    assert len(found) == count
    return found


def resaved(image: bytes, save: Callable[[Image.Image, io.BytesIO], None]) -> bytes:
    file = io.BytesIO()
    with Image.open(io.BytesIO(image)) as opened:
        save(opened.convert("L"), file)
    return file.getvalue()


@pytest.fixture(scope="module")
def client(study_records: Recorded):
    with Client.connect(study_records.address) as client:
        yield client


@pytest.mark.parametrize("form", FORMATS)
def test_every_image_that_goes_out_is_registered_with_its_recipe_and_checksum(client: Client, form: str) -> None:
    seeds = [101, 102]
    images = client.sample(seeds, picture=Picture(form))
    which = Which(latent_id=images[1].latent_id)
    before = {entry.number for entry in client.registry(which)}
    while not (found := [entry for entry in client.registry(which) if entry.encoding == images[1].message.encoding]):
        time.sleep(0.05)
    entry = found[0]
    assert entry.recipe == images[1].recipe
    assert entry.bundle_digest == images[1].message.bundle_digest
    assert (entry.width, entry.height) == (images[1].message.width, images[1].message.height)
    assert entry.rpc == "SamplingService/Sample"
    assert entry.caller.startswith("ipv4:127.0.0.1")
    assert form == "raw" or entry.pixels_sha256 == pixels_sha256(images[1].pixels())
    assert abs(entry.answered_at.seconds - time.time()) < 600
    assert before <= {entry.number for entry in client.registry(which)}


def test_images_of_a_stream_are_registered_one_by_one(client: Client) -> None:
    images = list(client.stream(range(300, 305)))
    for image in images:
        (entry,) = registered(client, 1, Which(latent_id=image.latent_id))
        assert entry.rpc == "SamplingService/StreamSamples"


def test_copies_are_found_and_others_are_not(client: Client) -> None:
    image, other = client.sample([400, 401])
    (entry,) = registered(client, 1, Which(latent_id=image.latent_id))
    registered(client, 1, Which(latent_id=other.latent_id))
    copies = {
        "jpeg": lambda picture, file: picture.save(file, "JPEG", quality=40),
        "small": lambda picture, file: picture.resize((96, 96)).save(file, "PNG"),
        "large": lambda picture, file: picture.resize((300, 300)).save(file, "TIFF"),
        "rgb": lambda picture, file: picture.convert("RGB").save(file, "PNG"),
    }
    for name, save in copies.items():
        matches = client.search_registry(resaved(image.data, save))
        assert [match.entry for match in matches] == [entry], name
        assert not matches[0].same_pixels, name
        assert matches[0].likeness > 0.9, name
    assert client.search_registry(image.data)[0].same_pixels
    mirrored = Image.fromarray(image.pixels()[:, ::-1])
    file = io.BytesIO()
    mirrored.save(file, "PNG")
    assert [match.mirrored for match in client.search_registry(file.getvalue())] == [True]
    drawn = np.random.default_rng(0).integers(0, 255, mirrored.size, dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(drawn).save(file, "PNG")
    assert client.search_registry(file.getvalue()) == []


def test_what_is_no_picture_is_refused_by_its_field(client: Client) -> None:
    for data, words in ((b"", "an empty file"), (b"GIF89a" + bytes(50), "a GIF"), (b"\xff\xd8\xff" + bytes(9), "JPEG")):
        with pytest.raises(InvalidArgument, match=words):
            client.search_registry(data)
    wide = io.BytesIO()
    Image.fromarray(np.zeros((3, 20_000), np.uint8)).save(wide, "PNG")
    with pytest.raises(InvalidArgument, match="20000 x 3 pixels"):
        client.search_registry(wide.getvalue())


def test_an_export_holds_every_entry_in_both_forms(client: Client) -> None:
    image = client.sample([500])[0]
    which = Which(latent_id=image.latent_id)
    (entry,) = registered(client, 1, which)
    (line,) = b"".join(client.export_registry(which)).decode().splitlines()
    told = json.loads(line)
    assert (told["number"], told["latent_id"], told["encoding"]) == (entry.number, image.latent_id, "PNG_8")
    assert told["recipe"]["seed"] == "500" or told["recipe"]["seed"] == 500
    (row,) = csv.DictReader(io.StringIO(b"".join(client.export_registry(which, "csv")).decode("utf-8-sig")))
    assert row["pixels_sha256"] == told["pixels_sha256"]
    assert json.loads(row["recipe"]) == told["recipe"]
    everything = b"".join(client.export_registry()).decode().splitlines()
    assert [json.loads(each)["number"] for each in everything] == sorted(entry.number for entry in client.registry())
    nothing = b"".join(client.export_registry(Which(caller="nobody"), "csv")).decode("utf-8-sig")
    assert nothing.startswith("number,")


def test_the_way_in_is_closed_to_clients(study_records: Recorded) -> None:
    with grpc.insecure_channel(study_records.address) as channel:
        call = channel.unary_unary("/mammoganesis.v1.RegistryIntakeService/RegisterAnswers")
        with pytest.raises(grpc.RpcError) as caught:
            call(b"")
        assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED
    with grpc.insecure_channel(study_records.environment["MAMMOGANESIS_RECORDS_ADDRESS"]) as channel:
        call = channel.unary_unary("/mammoganesis.v1.RegistryIntakeService/RegisterAnswers")
        with pytest.raises(grpc.RpcError) as caught:
            call(intake_pb.RegisterAnswersRequest().SerializeToString())
        assert caught.value.code() is grpc.StatusCode.UNAUTHENTICATED


def test_images_are_drawn_without_records_and_registered_when_it_is_back(tmp_path: Path) -> None:
    with recorded(tmp_path) as running, Client.connect(running.address) as client:
        running.kill()
        images = client.sample([1, 2, 3])
        running.start_again()
        for image in images:
            registered(client, 1, Which(latent_id=image.latent_id))
        assert client.missed_answers() == 0


def test_what_the_edge_cannot_hold_is_counted(tmp_path: Path) -> None:
    with recorded(tmp_path, edge={"registry_held_bytes": 1}) as running, Client.connect(running.address) as client:
        client.sample([1])
        client.sample([2])
        while client.missed_answers() < 2:
            time.sleep(0.05)
        assert list(client.registry()) == []


def test_pictures_of_a_quiz_are_not_registered(study_records: Recorded, client: Client) -> None:
    """Who takes it must not find the answer by its picture."""
    made = study_records.cases.CreateCase(cases_pb2.CreateCaseRequest(case=case("Asked about"))).case
    before = len(list(client.registry()))
    study_records.quizzes.PublishQuiz(quizzes_pb2.PublishQuizRequest(title="Quiz", case_ids=[made.case_id]))
    last = client.sample([600])[0]
    registered(client, 1, Which(latent_id=last.latent_id))
    assert len(list(client.registry())) == before + 1
