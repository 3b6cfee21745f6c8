"""Labels drawn as often as the training images have them, over a real edge and in this process."""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Callable, Iterator

import pydicom
import pytest

from mammoganesis import errors
from mammoganesis.pictures.png import read_png
from mammoganesis.v1 import sampling_pb2
from mammoganesis.v1.latents_pb2 import Recipe
from services.client import Client, Image, Picture, Sampling
from services.rendering.renderer import Renderer
from services.servicers import composition
from tests.support.served import served_edge
from tests.support.serving import TINY

CONDITIONAL = TINY.with_name("tiny_conditional_bundle")
DRAWN = Sampling(labels_drawn=True)


@pytest.fixture(scope="module")
def edge() -> Iterator[str]:
    with served_edge(CONDITIONAL) as address:
        yield address


@pytest.fixture(params=["edge", "local"], scope="module")
def client(request: pytest.FixtureRequest) -> Iterator[Client]:
    local = request.param == "local"
    with Client.local(CONDITIONAL) if local else Client.connect(request.getfixturevalue("edge")) as opened:
        yield opened


def labels(image: Image) -> dict[str, str]:
    return dict(image.recipe.labels)


def test_labels_come_as_often_as_in_training(client: Client) -> None:
    manifest = json.loads((CONDITIONAL / "manifest.json").read_text())
    names = [field["name"] for field in manifest["label_fields"]]
    expected = {
        tuple((name, value) for name, value in zip(names, entry["values"], strict=True) if value): entry["images"]
        for entry in manifest["label_mixture"]["combinations"]
    }
    images = sum(expected.values())
    found = Counter(
        tuple((name, image.recipe.labels[name]) for name in names if image.recipe.labels[name])
        for image in client.stream(range(1000, 1000 + 4 * images), sampling=DRAWN, picture=Picture(resolution=16))
    )
    assert found.keys() == expected.keys()
    assert all(abs(found[row] - 4 * count) <= 2 for row, count in expected.items()), found  # chance would be off by 5


def test_an_image_of_drawn_labels_is_the_one_that_asks_for_them(client: Client) -> None:
    drawn = client.sample([3, 4, 8], sampling=DRAWN)
    assert len({tuple(sorted(labels(image).items())) for image in drawn}) > 1
    for image in drawn:
        (asked,) = client.sample([image.recipe.seed], sampling=Sampling(labels=labels(image)))
        assert (image.latent_id, image.data) == (asked.latent_id, asked.data)
        written = read_png(image.data).recipe
        assert written is not None
        assert dict(written.labels) == labels(image)
    assert client.sample([3], sampling=Sampling())[0].data != drawn[0].data


def test_a_seed_has_its_labels_whatever_stands_beside_it(client: Client) -> None:
    seeds = [8, 3, 2**32 - 1, 3]
    together = client.sample(seeds, sampling=DRAWN)
    alone = [client.sample([seed], sampling=DRAWN)[0] for seed in seeds]
    streamed = list(client.stream(seeds, sampling=DRAWN))
    assert [image.latent_id for image in together] == [image.latent_id for image in alone]
    assert [image.data for image in together] == [image.data for image in alone] == [image.data for image in streamed]
    found = list(client.find_seeds(range(12), {}, 12, sampling=DRAWN))
    sampled = client.sample(range(12), sampling=DRAWN)
    assert [one.image.data for one in found] == [image.data for image in sampled]
    assert {labels(one.image)["view"] for one in found} == {"CC", "MLO"}


def test_labels_that_are_given_are_kept(client: Client) -> None:
    oblique = client.sample(range(24), sampling=Sampling(labels={"view": "MLO"}, labels_drawn=True))
    assert {labels(image)["view"] for image in oblique} == {"MLO"}
    assert {labels(image)["density"] for image in oblique} == {"B", "C", "D"}  # A is of no such training image
    dense = client.sample(range(24), sampling=Sampling(labels={"density": "D"}, labels_drawn=True))
    assert {tuple(labels(image).items()) for image in dense} <= {
        (("view", "MLO"), ("density", "D")),
        (("density", "D"), ("view", "MLO")),
    }
    nobody = client.sample([1, 2], sampling=Sampling(labels={"view": "CC", "density": "D"}, labels_drawn=True))
    assert [labels(image) for image in nobody] == [{"view": "CC", "density": "D"}] * 2


def test_latents_bring_their_own(client: Client) -> None:
    unlabelled = client.sample([3])[0]
    request = sampling_pb2.SampleRequest(seeds=[3], labels_drawn=True)
    request.latents.add().recipe.CopyFrom(unlabelled.recipe)
    drawn, again = client._transport.unary("Sample", request).images
    assert (again.latent_id, again.data) == (unlabelled.latent_id, unlabelled.data)
    assert drawn.latent_id != again.latent_id


def test_a_dicom_file_states_the_view_that_was_drawn(client: Client) -> None:
    images = client.sample(range(4), sampling=DRAWN, picture=Picture("dicom", side="R"))
    views = [pydicom.dcmread(io.BytesIO(image.data)).ViewCodeSequence[0].CodeValue for image in images]
    codes = {"CC": "399162004", "MLO": "399368009"}  # SNOMED CT: cranio-caudal, medio-lateral oblique
    assert views == [codes[image.recipe.labels["view"]] for image in images]
    assert len(set(views)) == 2


@pytest.mark.parametrize(
    ("given", "field"),
    [({"view": "LAT"}, "labels.view"), ({"side": "L"}, "labels"), ({"density": ""}, "labels.density")],
)
def test_labels_that_the_model_does_not_have_are_refused(client: Client, given: dict[str, str], field: str) -> None:
    sampling = Sampling(labels=given, labels_drawn=True)
    with pytest.raises(errors.InvalidArgument, match=f"{field}: "):
        client.sample([1], sampling=sampling)
    with pytest.raises(errors.InvalidArgument, match=f"{field}: "):
        list(client.stream([1], sampling=sampling))
    with pytest.raises(errors.InvalidArgument, match=f"{field}: "):
        list(client.find_seeds(range(2), {}, sampling=sampling))


def test_a_server_that_does_not_know_drawn_labels_is_told_from_one_that_does(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = composition.of_seeds

    def unknown(renderer: Renderer, request: composition.OfSeeds) -> Callable[[int], Recipe]:
        request.labels_drawn = False  # as if the field were unknown to it
        return known(renderer, request)

    monkeypatch.setattr(composition, "of_seeds", unknown)
    for asked in (
        lambda: client.sample([3], sampling=DRAWN),
        lambda: next(iter(client.stream([3], sampling=DRAWN))),
        lambda: next(iter(client.find_seeds(range(3, 4), {}, sampling=DRAWN))),
    ):
        with pytest.raises(errors.FailedPrecondition, match="labels_drawn: this server is older than that"):
            asked()
    assert labels(client.sample([3])[0]) == {}


def test_who_does_not_ask_gets_what_they_got(client: Client) -> None:
    assert labels(client.sample([3])[0]) == {}
    assert labels(client.sample([3], sampling=Sampling(labels={"view": "CC"}))[0]) == {"view": "CC"}


def test_a_model_without_labels_draws_none() -> None:
    with Client.local(TINY) as client:
        plain, drawn = client.sample([3]), client.sample([3], sampling=DRAWN)
        assert plain[0].data == drawn[0].data
        with pytest.raises(errors.InvalidArgument, match="labels: 'view' is not allowed; allowed: none"):
            client.sample([3], sampling=Sampling(labels={"view": "CC"}, labels_drawn=True))
