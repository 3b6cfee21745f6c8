"""What `evaluate locality` and the curation sheets measure is what the services serve, to the bit, on a real bundle."""

from __future__ import annotations

import numpy as np
import onnxruntime
import pytest

from mammoganesis.editing import latents
from mammoganesis.editing.labels import c_of_images
from mammoganesis.recipe import completion
from mammoganesis.v1.latents_pb2 import Recipe
from tests.places import TINY_BUNDLE
from tests.support.serving import serving
from training.evaluation import directions, locality
from training.evaluation.locality import Pairs, Setting
from training.evaluation.network import Array, BundleNetwork, ask_for, open_network
from training.evaluation.network import codes as network_codes

PSI = 0.7


class Listening:
    """A network that keeps the styles of every image that it is asked for."""

    def __init__(self, network: BundleNetwork) -> None:
        self._network = network
        self.rendered: list[Array] = []

    def __getattr__(self, name: str):
        return getattr(self._network, name)

    def render(self, styles: Array) -> tuple[Array, Array]:
        self.rendered.extend(styles)
        return self._network.render(styles)


@pytest.fixture
def network() -> Listening:
    opened = open_network(str(TINY_BUNDLE), threads=1)
    assert isinstance(opened, BundleNetwork)
    return Listening(opened)


@pytest.mark.parametrize(("epsilon", "low"), [(20.0, 4.0), (8.0, 4.0), (2.0, 4.0)])
async def test_a_measured_transfer_is_the_served_one(network: Listening, epsilon: float, low: float) -> None:
    """The tiny bundle's own low-resolution epsilon is 4; requests name the other one."""
    regions = network.bundle.regions
    measured = locality.measure(network, regions, [Setting(epsilon, low)], Pairs(2, PSI, seed=5))  # type: ignore[arg-type]
    images = {styles.tobytes() for styles in network.rendered}
    async with serving() as servicers:
        renderer = servicers.renderer
        for region in np.flatnonzero(measured.pairs):
            found = []
            for seed in range(5, 13):
                recipe = _transfer(seed, int(region), epsilon)
                complete = completion.complete(recipe, renderer.limits)
                found.append((await renderer.field(complete)).own.tobytes() in images)
                q = renderer.query(complete.style_transfers[0])
                assert q.sum() == measured.channels[region, 0] > 0
                np.testing.assert_array_equal(
                    Setting(epsilon, low).query(regions.contributions, int(region), network.layers), q
                )
            assert sum(found) >= measured.pairs[region], region


def test_codes_of_a_conditional_network_have_the_labels_of_its_training_images() -> None:
    """Against the graph: 40 seeds hold the 40 images of the mixture in their shares."""
    network = open_network(str(TINY_BUNDLE.with_name("tiny_conditional_bundle")), threads=1)
    assert isinstance(network, BundleNetwork)
    session = onnxruntime.InferenceSession(network.bundle.path / "mapping.onnx")
    z = latents.z_from_seeds(range(40), network.z_dim)
    found = network_codes(network, range(40), 1.0)[:, 0]
    left = np.ones(40, bool)
    for entry in network.bundle.manifest.label_mixture.combinations:
        c = c_of_images([dict(zip(("view", "density"), entry.values, strict=True))] * 40, network.bundle.label_fields)
        same = np.abs(session.run(["w"], {"z": z, "c": c})[0] - found).max(axis=1) < 1e-5
        assert abs(same.sum() - entry.images) <= 1, entry
        left &= ~same
    assert not left.any()


def test_all_images_have_the_labels_that_are_asked_for() -> None:
    network = open_network(str(TINY_BUNDLE.with_name("tiny_conditional_bundle")), threads=1)
    assert isinstance(network, BundleNetwork)
    ask_for(network, {"View": "mlo"})
    session = onnxruntime.InferenceSession(network.bundle.path / "mapping.onnx")
    c = np.tile(np.array([0, 1, 0, 0, 0, 0], np.float32), (8, 1))
    expected = session.run(["w"], {"z": latents.z_from_seeds(range(8), network.z_dim), "c": c})[0]
    np.testing.assert_allclose(network_codes(network, range(8), 1.0)[:, 0], expected, atol=1e-5)


async def test_a_measured_component_edit_is_the_served_one(network: Listening) -> None:
    components = network.bundle.components
    assert components is not None
    moves = directions.Moves((-2.0, 0.0, 1.5), [3, 4], PSI, layers=(1, 5))
    along = moves.along_components(network, 2)  # type: ignore[arg-type]
    directions.sweep(network, components, along, moves)  # type: ignore[arg-type]
    images = {styles.tobytes() for styles in network.rendered}
    assert len(images) == 2 * (2 * 2 + 1)
    async with serving() as servicers:
        for seed in moves.seeds:
            for index in (0, 1):
                for sigmas in moves.sigmas:
                    edit = {"index": index, "sigmas": sigmas, "layer_start": 1, "layer_end": 5}
                    recipe = Recipe(seed=seed, truncation={"psi": PSI}, component_edits=[edit])
                    complete = completion.complete(recipe, servicers.renderer.limits)
                    assert (await servicers.renderer.field(complete)).own.tobytes() in images


def _transfer(seed: int, region: int, epsilon: float) -> Recipe:
    """A recipe of the seed with the region's style from the next seed."""
    reference = {"seed": seed + 1, "truncation": {"psi": PSI}}
    transfer = {"reference": reference, "regions": [{"index": region}], "epsilon": epsilon}
    return Recipe(seed=seed, truncation={"psi": PSI}, style_transfers=[transfer])
