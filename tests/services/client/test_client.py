"""The client, over a channel and in this process: one set of tests on both."""

from __future__ import annotations

import asyncio
import io
import signal
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from PIL import Image as Pil
from PIL.PngImagePlugin import PngInfo

from mammoganesis import errors
from mammoganesis.v1 import latents_pb2, sampling_pb2
from services.client import Budget, Client, Picture, Sampling, Within
from services.rendering.renderer import Renderer
from tests.support.serving import TINY


def synthesised(seed: int, psi: float, sigmas: float = 0.0) -> np.ndarray:
    """[1, 32, 32]: the image of a seed, moved along component 0, straight from the bundle's files."""

    def run(name: str, **inputs: np.ndarray) -> np.ndarray:
        return np.asarray(onnxruntime.InferenceSession(TINY / f"{name}.onnx").run(None, inputs)[0])

    w_avg = np.load(TINY / "latent_stats.npz")["w_avg"]
    components = np.load(TINY / "components.npz")
    z = np.random.RandomState(seed).randn(1, 96).astype(np.float32)
    w = w_avg + np.float32(psi) * (run("mapping", z=z) - w_avg)
    w = w + np.float32(sigmas) * components["deviations"][0] * components["components"][0]
    styles = run("affine", ws=np.repeat(w[:, None], 8, axis=1).astype(np.float32))
    return run("synthesis", styles=styles, noise=np.load(TINY / "noise_const.npz")["noise"][None])[0]


def test_a_server_that_does_not_know_without_cache_is_told_from_one_that_does(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert client.sample([3], without_cache=True)[0].recipe.seed == 3
    monkeypatch.setattr(Renderer, "without_cache", lambda renderer: renderer)  # as if the field were unknown to it
    with pytest.raises(errors.FailedPrecondition, match="without_cache: this server is older than that"):
        client.sample([3], without_cache=True)
    assert client.sample([3])[0].recipe.seed == 3


def test_samples_are_the_bundles(client: Client) -> None:
    images = client.sample([3, 4], sampling=Sampling(psi=0.5, noise="const"), picture=Picture("raw"))
    assert [image.recipe.seed for image in images] == [3, 4]
    for image in images:
        np.testing.assert_allclose(image.pixels(), synthesised(image.recipe.seed, 0.5), atol=1e-4)


def test_psi_zero_is_the_mean_image_and_the_default_is_0_65(client: Client) -> None:
    first, second = client.sample([1, 2], sampling=Sampling(psi=0, noise="const"), picture=Picture("raw"))
    np.testing.assert_array_equal(first.pixels(), second.pixels())
    (default,) = client.sample([1], sampling=Sampling(noise="const"), picture=Picture("raw"))
    np.testing.assert_allclose(default.pixels(), synthesised(1, 0.65), atol=1e-4)
    assert np.abs(default.pixels() - synthesised(1, 1.0)).max() > 0.01


def test_a_server_with_shorter_streams_is_asked_more_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAMMOGANESIS_MAX_IMAGES_PER_STREAM", "3")
    with Client.local(TINY) as client:
        asked, unary = [], client._transport.unary
        monkeypatch.setattr(client._transport, "unary", lambda rpc, request: asked.append(rpc) or unary(rpc, request))
        for seeds in (range(8), range(2)):
            assert [image.recipe.seed for image in client.stream(seeds)] == list(seeds)
        assert asked == ["GetModel"]


def test_a_stream_is_in_order_and_longer_than_a_call(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.client.sampling.IMAGES_PER_STREAM_CALL", 5)
    seeds = [9, 2, 2**32 - 1, *range(20, 29)]
    assert [image.recipe.seed for image in client.stream(iter(seeds))] == seeds


def test_a_stream_may_be_left(client: Client) -> None:
    for image in client.stream(range(200)):
        assert image.recipe.seed == 0
        break
    assert client.sample([1])[0].recipe.seed == 1


def test_ctrl_c_in_a_local_stream_is_ctrl_c_and_ends_the_call(monkeypatch: pytest.MonkeyPatch) -> None:
    main, ended = threading.main_thread().ident, []
    assert main is not None

    async def endless(request: object, call: object) -> AsyncIterator[object]:
        asyncio.get_running_loop().call_later(0.1, signal.pthread_kill, main, signal.SIGINT)
        try:
            await asyncio.sleep(60)
            yield None
        finally:
            await asyncio.sleep(0.05)  # as of an engine that gives back what it has begun
            ended.append(True)

    with Client.local(TINY) as client:
        with monkeypatch.context() as patch:
            patch.setattr(client._transport, "_method", lambda rpc: endless)
            stream = client._transport.stream("StreamSamples", sampling_pb2.StreamSamplesRequest())
            with pytest.raises(KeyboardInterrupt):
                next(stream)
        assert ended == [True]
        assert client.sample([1])[0].recipe.seed == 1


def test_noise_is_each_images_own_unless_told(client: Client) -> None:
    def noises(noise: str | None = None, seed: int = 0) -> list[latents_pb2.Noise]:
        sampling = Sampling() if noise is None else Sampling(noise=noise, noise_seed=seed)
        images = client.sample([3, 4], sampling=sampling)
        return [image.recipe.noise for image in images]

    own = noises()
    assert own == noises("own") == [image.recipe.noise for image in client.stream([3, 4])]
    assert {noise.mode for noise in own} == {latents_pb2.NOISE_MODE_RANDOM}
    assert own[0].seed != own[1].seed
    assert noises("random", 9) == [latents_pb2.Noise(mode="NOISE_MODE_RANDOM", seed=9)] * 2
    assert noises("const") == [latents_pb2.Noise(mode="NOISE_MODE_CONST")] * 2
    assert noises("none") == [latents_pb2.Noise(mode="NOISE_MODE_NONE")] * 2
    assert all(step.image.recipe.noise == own[0] for step in client.sweep(3, 0, steps=3))


def test_a_file_of_another_bundle_is_refused_and_not_drawn(client: Client, tmp_path: Path) -> None:
    data = client.sample([7])[0].data
    digest = client.model().bundle_digest
    other = tmp_path / "other.png"
    with Pil.open(io.BytesIO(data)) as opened:
        text = PngInfo()
        for key, value in opened.text.items():  # type: ignore[attr-defined]
            text.add_itxt(key, "ab" * 32 if key == "mammoganesis:bundle_digest" else value)
        opened.save(other, pnginfo=text)
    with pytest.raises(errors.FailedPrecondition, match=r"latent\.recipe\.bundle_digest: .*abababababab.*tiny"):
        client.edit(other, [(0, 1.0)])
    foreign = latents_pb2.Recipe(seed=1, bundle_digest="ab" * 32, bundle_name="clinic 3.0.0")
    with pytest.raises(errors.FailedPrecondition, match=r"reference\.recipe\.bundle_digest: .*clinic 3\.0\.0"):
        client.transfer(1, foreign, 2)
    assert client.sample([1])[0].recipe.bundle_digest == digest


def test_interpolation_ends_at_its_ends(client: Client) -> None:
    start, end = client.sample([5, 6], picture=Picture("raw"))
    steps = list(client.interpolate(5, end, steps=3, picture=Picture("raw")))
    assert [step.fraction for step in steps] == [0, 0.5, 1]
    np.testing.assert_allclose(steps[0].image.pixels(), start.pixels(), atol=1e-5)
    np.testing.assert_allclose(steps[2].image.pixels(), end.pixels(), atol=1e-5)
    assert np.abs(steps[1].image.pixels() - start.pixels()).max() > 0.01


def test_edits_and_sweeps_move_along_the_component(client: Client) -> None:
    latent = latents_pb2.Recipe(seed=8, noise=latents_pb2.Noise(mode="NOISE_MODE_CONST"))
    edited = client.edit(latent, [(0, 2.0)], picture=Picture("raw"))
    np.testing.assert_allclose(edited.pixels(), synthesised(8, 0.65, sigmas=2.0), atol=1e-4)
    strip = list(client.sweep(latent, 0, sigmas=(-2, 2), steps=5, picture=Picture("raw")))
    assert [step.sigmas for step in strip] == [-2, -1, 0, 1, 2]
    for step in strip:
        np.testing.assert_allclose(step.image.pixels(), synthesised(8, 0.65, step.sigmas), atol=1e-4)
    (layered,) = client.edit(8, [(1, -1.5, 2, 4)]).recipe.component_edits
    assert (layered.index, layered.sigmas, layered.layer_start, layered.layer_end) == (1, -1.5, 2, 4)


def test_transfer_sends_every_argument(client: Client) -> None:
    image, moved = client.transfer(
        1, 2, [3, 0], budget=Budget(rho=0.2, epsilon=7, layer_epsilons={4: 2.5}, strength=0.5), picture=Picture("raw")
    )
    (transfer,) = image.recipe.style_transfers
    assert transfer.reference.seed == 2
    assert [region.index for region in transfer.regions] == [0, 3]
    assert (transfer.rho, transfer.epsilon, transfer.strength) == (0.2, 7, 0.5)
    # The bundle's 4 for the other layers of 4x4 and 8x8.
    expected = {0: 4, 1: 4, 2: 4, 3: 4, 4: 2.5, 5: 4}
    assert {entry.layer: entry.epsilon for entry in transfer.layer_epsilons} == expected
    assert moved > 0
    (target,) = client.sample([1], picture=Picture("raw"))
    assert np.abs(image.pixels() - target.pixels()).max() > 1e-3
    unchanged, none_moved = client.transfer(1, 2, 3, budget=Budget(epsilon=0), picture=Picture("raw"))
    np.testing.assert_array_equal(unchanged.pixels(), target.pixels())
    assert none_moved == 0


def test_a_transfer_within_regions_a_mask_or_a_polygon(client: Client) -> None:
    raw = Picture("raw")
    mask = np.zeros((32, 32), np.uint8)
    mask[:, :12] = 255
    image, moved = client.transfer_within(1, 2, Within(mask=mask, feather=0.0), strength=0.5, picture=raw)
    (transfer,) = image.recipe.style_transfers
    assert (transfer.locality, transfer.strength) == (latents_pb2.LOCALITY_MASKED, 0.5)
    assert (transfer.mask.size, transfer.mask.feather) == (32, 0.0)
    assert 0 < moved < 496
    corners = [(0.0, 0.0), (12 / 32, 0.0), (12 / 32, 1.0), (0.0, 1.0)]
    same, _ = client.transfer_within(1, 2, Within(polygon=corners, feather=0.0), strength=0.5, picture=raw)
    assert same.latent_id == image.latent_id
    (target,) = client.sample([1], picture=raw)
    change = np.abs(image.pixels() - target.pixels())[0]
    assert change[:, :12].mean() > 5 * change[:, 16:].mean() > 0
    regions = [0, 1, 2, 3]
    whole, _ = client.transfer_within(1, 2, Within(regions=regions), picture=raw)
    assert [region.index for region in whole.recipe.style_transfers[0].regions] == regions
    with pytest.raises(errors.InvalidArgument, match=r"float64 \(32, 32\)"):
        client.transfer_within(1, 2, Within(mask=mask / 255))
    with pytest.raises(errors.InvalidArgument, match=r"uint8 \(0, 0\)"):
        client.transfer_within(1, 2, Within(mask=mask[:0, :0]))
    with pytest.raises(errors.InvalidArgument, match=r"polygon: '4 corners'.*none beside a mask"):
        client.transfer_within(1, 2, Within(mask=mask, polygon=corners))
    with pytest.raises(errors.InvalidArgument, match=r"polygon\[1\]: '3 numbers'"):
        client.transfer_within(1, 2, Within(polygon=[(0, 0), (1, 0, 1), (1, 1)]))


def test_mixing_redrawing_and_describing(client: Client) -> None:
    base, style = client.sample([3, 4], picture=Picture("raw"))
    noise = style.recipe.noise.seed
    np.testing.assert_array_equal(
        client.mix(3, 4, noise="random", noise_seed=noise, picture=Picture("raw")).pixels(), style.pixels()
    )
    assert client.mix(3, 4).recipe.noise == base.recipe.noise
    mixed = client.mix(base, style, (2, 5), noise="random", noise_seed=9)
    assert (mixed.recipe.mixing.layer_start, mixed.recipe.mixing.layer_end) == (2, 5)
    assert mixed.recipe.noise.seed == 9
    first, second = client.redraw(mixed, [9, 8])
    assert first.data == mixed.data != second.data
    said = client.describe(second)
    assert said.latent_id == second.latent_id
    assert said.recipe == second.recipe
    assert said.sentences[-1] == "Rendered with noise drawn from seed 8."
    steps = list(client.interpolate(3, mixed, 3, space="styles", picture=Picture("raw")))
    assert steps[0].image.recipe.interpolation.space == latents_pb2.INTERPOLATION_SPACE_STYLES
    np.testing.assert_array_equal(steps[0].image.pixels(), base.pixels())


def test_absolute_edits_directions_and_previews(client: Client) -> None:
    absolute = client.edit(5, [("contrast", 2.0), (1, -1.0, 2, 6)], mode="absolute")
    assert {edit.mode for edit in absolute.recipe.component_edits} == {latents_pb2.EDIT_MODE_ABSOLUTE}
    assert absolute.data != client.edit(5, [("contrast", 2.0), (1, -1.0, 2, 6)]).data
    assert [direction.name for direction in client.list_directions()] == ["contrast", "coarseness"]
    (step, last) = client.sweep(5, "coarseness", steps=2, mode="absolute", picture=Picture("raw", resolution=16))
    assert (step.sigmas, last.sigmas) == (-2.0, 3.5)
    assert [step.sigmas for step in client.sweep(5, 0, sigmas=(None, 1), steps=2)] == [-3.0, 1.0]
    assert step.image.pixels().shape == (1, 16, 16)
    (preview,) = client.stream([5], picture=Picture(resolution=16))
    assert preview.pixels().shape == (16, 16)
    assert preview.recipe == client.sample([5])[0].recipe


def test_segment_lists_and_model(client: Client) -> None:
    segmentation = client.segment(3)
    assert segmentation.labels.shape == (8, 8)
    assert set(segmentation.labels.ravel().tolist()) <= set(range(4))
    assert segmentation.label_map.shape == (32, 32)
    assert set(segmentation.label_map.ravel().tolist()) <= set(range(4))
    assert segmentation.latent_id == client.sample([3])[0].latent_id
    assert [component.index for component in client.list_components()] == list(range(8))
    assert len(client.list_regions().regions) == 4
    assert client.model().dimensions.resolution == 32


def test_anything_that_names_a_latent_will_do(client: Client, tmp_path: Path) -> None:
    (image,) = client.sample([7])
    path = image.save(tmp_path / "deep" / "seven.png")
    latents = [image, path, image.recipe, image.latent_id, latents_pb2.Latent(recipe=image.recipe)]
    assert {again.latent_id for again in client.sample(latents=latents)} == {image.latent_id}
    assert client.segment(np.int64(7)).latent_id == image.latent_id  # type: ignore[arg-type]
    w_avg = np.load(TINY / "latent_stats.npz")["w_avg"]
    mean, from_code = client.sample([0], [w_avg], sampling=Sampling(psi=0, noise="const"), picture=Picture("raw"))
    np.testing.assert_allclose(from_code.pixels(), mean.pixels(), atol=1e-5)


def test_formats(client: Client, tmp_path: Path) -> None:
    raw, png, png16 = (client.sample([2], picture=Picture(format=name))[0] for name in ("raw", "png", "png16"))
    assert np.load(raw.save(tmp_path / "raw.npy")).dtype == np.float32
    assert raw.pixels().shape == (1, 32, 32)
    rounded = np.rint(np.clip(raw.pixels()[0] * 127.5 + 127.5, 0, 255))
    np.testing.assert_array_equal(png.pixels(), rounded)
    assert png16.pixels().dtype == np.uint16
    assert raw._repr_png_() is None
    assert png._repr_png_() == png.data
    (marked,) = client.sample([2], picture=Picture(mark=True))
    assert (marked.pixels() != png.pixels()).any()
