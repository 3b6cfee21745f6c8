"""A network that is opened in bfloat16, cut in two: what stays in float32, and that nothing is lost on the way."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from typing import Any

import numpy as np
import pytest

from mammoganesis.bundle import openvino_networks
from mammoganesis.bundle.bundle import Bundle
from mammoganesis.bundle.golden import decibels, golden_feeds
from mammoganesis.bundle.loading import load_bundle
from mammoganesis.bundle.openvino_networks import MOST_AT_ONCE, OpenVinoNetwork, bfloat16_unit
from mammoganesis.bundle.openvino_parts import in_two, multiplications
from mammoganesis.bundle.runtimes import BFLOAT16, FLOAT32, OPENVINO, Runtime
from mammoganesis.bundle.sessions import Session
from tests.places import ROOT
from tests.support.serving import TINY

NETWORKS = ("synthesis", "preview", "masked")
SQUARE_ROOTS = {"synthesis": 7, "preview": 5, "masked": 7}
"""Demodulations: one of each 3x3 convolution."""
LAST_PRODUCTS = {"synthesis": 3, "preview": 3, "masked": 3}
"""Products of the last block: a transposed and a plain 3x3 convolution, and the one to image channels. The networks of
32 pixels have all others below their half, which is 16; the preview of 16 pixels has them below 8."""


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    return load_bundle(TINY)


def opened(bundle: Bundle, network: str, runtime: Runtime) -> Session:
    opens = {"synthesis": bundle.open_synthesis, "preview": bundle.open_preview, "masked": bundle.open_masked}
    return opens[network](runtime)


def feeds_of(bundle: Bundle, session: Session, count: int) -> dict[str, np.ndarray]:
    rows = np.arange(count) % len(bundle.golden.seeds)
    return {name: np.ascontiguousarray(values[rows]) for name, values in golden_feeds(bundle, session).items()}


def parts_of(network: str) -> tuple[Any, Any]:
    openvino = openvino_networks._imported()
    name = "synthesis_masked" if network == "masked" else network
    model = openvino_networks._core().read_model((TINY / f"{name}.onnx").read_bytes())
    model.reshape({port: [2, *(size.get_length() for size in list(port.partial_shape)[1:])] for port in model.inputs})
    return in_two(openvino, model)


@pytest.mark.parametrize("network", NETWORKS)
def test_only_the_last_block_is_in_the_second_part_of_a_small_network(network: str) -> None:
    first, second = parts_of(network)
    before, after = (Counter(node.get_type_name() for node in part.get_ordered_ops()) for part in (first, second))
    assert (before["Sqrt"], after["Sqrt"]) == (SQUARE_ROOTS[network], 0)
    reads = [
        node.input(0).get_source_output().shape[1]
        for node in second.get_ordered_ops()
        if node.get_type_name() in ("Convolution", "ConvolutionBackpropData")
    ]
    assert sum(channels > 1 for channels in reads) == LAST_PRODUCTS[network]
    assert {name for port in second.outputs for name in port.names} == {"image"}


def test_multiplications_of_known_shapes() -> None:
    """A convolution, a transposed one, which reads what the first gives, and a product, whose first factor is turned
    round or not."""
    openvino = openvino_networks._imported()
    image = openvino.op.Parameter(openvino.Type.f32, openvino.Shape([2, 4, 16, 16]))
    rows = openvino.op.Parameter(openvino.Type.f32, openvino.Shape([5, 3]))
    weights = [
        openvino.op.Constant(np.ones(shape, np.float32)) for shape in ((8, 4, 3, 3), (8, 6, 2, 2), (5, 7), (3, 7))
    ]
    opset = openvino.opset13
    same = opset.convolution(image, weights[0], [1, 1], [1, 1], [1, 1], [1, 1])  # [2, 8, 16, 16]
    doubled = opset.convolution_backprop_data(same, weights[1], strides=[2, 2])  # [2, 6, 32, 32]
    turned = opset.matmul(rows, weights[2], transpose_a=True, transpose_b=False)  # [3, 7]
    plain = opset.matmul(rows, weights[3], transpose_a=False, transpose_b=False)  # [5, 7]
    model = openvino.Model([doubled, turned, plain], [image, rows], "four")
    convolved = 2 * 16 * 16 * 8 * 4 * 9
    spread = 2 * 16 * 16 * 8 * 6 * 4
    assert multiplications(model) == convolved + spread + 3 * 5 * 7 + 5 * 3 * 7


@pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="OpenVINO takes no more threads than there are cores")
@pytest.mark.parametrize(("most", "threads"), [(0, [2, 2]), (10_000_000, [1, 2]), (20_000_000, [1, 1])])
def test_a_part_of_few_multiplications_has_one_thread(
    monkeypatch: pytest.MonkeyPatch, most: int, threads: list[int]
) -> None:
    """For one image the first part of the network has 8.7 million, the second 13.0; for four images four times as many,
    which is more than any of these limits."""
    monkeypatch.setattr(openvino_networks, "MOST_OF_ONE_THREAD", most)
    network = OpenVinoNetwork((TINY / "synthesis.onnx").read_bytes(), TINY, Runtime(OPENVINO, BFLOAT16, threads=2))

    def found(count: int) -> list[int]:
        requests = network._compiled(count)._requests
        return [request.get_compiled_model().get_property("INFERENCE_NUM_THREADS") for request in requests]

    assert found(1) == threads
    assert found(4) == [2, 2]


@pytest.mark.parametrize("network", NETWORKS)
def test_both_parts_in_float32_give_what_the_network_gives(
    bundle: Bundle, monkeypatch: pytest.MonkeyPatch, network: str
) -> None:
    """For one image, for three, and for one again, whose buffers the three did not touch."""
    reference = opened(bundle, network, Runtime(threads=1))
    monkeypatch.setitem(openvino_networks._HINTS, BFLOAT16, "f32")
    session = opened(bundle, network, Runtime(OPENVINO, BFLOAT16, threads=1))
    for count in (1, 3, 1):
        feeds = feeds_of(bundle, reference, count)
        for name in reference.outputs:
            (found,) = session.run(feeds, [name])
            np.testing.assert_allclose(found, reference.run(feeds, [name])[0], atol=2e-4, rtol=1e-4)


@pytest.mark.skipif(bfloat16_unit() == "", reason="this CPU has no bfloat16")
@pytest.mark.parametrize("network", NETWORKS)
def test_images_are_nearer_than_by_rounding_everything(
    bundle: Bundle, monkeypatch: pytest.MonkeyPatch, network: str
) -> None:
    reference = opened(bundle, network, Runtime(threads=1))
    feeds = feeds_of(bundle, reference, 2)
    (exact,) = reference.run(feeds, ["image"])
    ratios = {}
    for name in ("in two parts", "all rounded"):
        session = opened(bundle, network, Runtime(OPENVINO, BFLOAT16, threads=1))
        assert session.precision == BFLOAT16
        ratios[name] = decibels(session.run(feeds, ["image"])[0], exact)
        monkeypatch.setattr(OpenVinoNetwork, "_parts", lambda self, model: [(model, BFLOAT16)])
    assert ratios["in two parts"] > ratios["all rounded"] + 3, ratios


@pytest.mark.parametrize("precision", [FLOAT32, BFLOAT16])
def test_the_same_bits_come_again_alone_or_with_others(bundle: Bundle, precision: str) -> None:
    """Of what shares a run, that is; sizes of runs are for the engine to judge."""
    session = opened(bundle, "synthesis", Runtime(OPENVINO, precision, threads=1))
    feeds = feeds_of(bundle, session, 4)
    (images,) = session.run(feeds, ["image"])
    (turned,) = session.run({name: values[::-1] for name, values in feeds.items()}, ["image"])
    np.testing.assert_array_equal(images, turned[::-1])
    np.testing.assert_array_equal(images, session.run(feeds, ["image"])[0])


def test_many_images_are_drawn_in_parts_that_were_compiled_before(bundle: Bundle) -> None:
    """However many come, no more networks are kept than there are sizes of a part."""
    network = OpenVinoNetwork((TINY / "synthesis.onnx").read_bytes(), TINY, Runtime(OPENVINO, FLOAT32, threads=1))
    feeds = feeds_of(bundle, opened(bundle, "synthesis", Runtime(OPENVINO, FLOAT32, 1)), 2 * MOST_AT_ONCE + 3)
    images, features = network.run(["image", "features"], feeds)
    alone = [
        network.run(["image", "features"], {name: values[[i]] for name, values in feeds.items()}) for i in range(19)
    ]
    for found, expected in zip((images, features), zip(*alone, strict=True), strict=True):
        np.testing.assert_allclose(found, np.concatenate(expected), atol=1e-5)
    assert network._by_count.keys() == {1, 3, MOST_AT_ONCE}


SIGNAL_AFTER_NETWORKS = """
import signal, sys
from mammoganesis.bundle.loading import load_bundle
from mammoganesis.bundle.runtimes import BFLOAT16, OPENVINO, Runtime
bundle = load_bundle(sys.argv[1])
networks = [opens(Runtime(OPENVINO, BFLOAT16, 1)) for opens in (bundle.open_synthesis, bundle.open_preview)]
networks.pop(0)  # the older first
networks.pop(0)
signal.signal(signal.SIGTERM, lambda number, frame: print("stopped in order"))
signal.raise_signal(signal.SIGTERM)
"""


def test_a_signal_is_taken_after_networks_have_gone() -> None:
    """As where `auto` has tried bfloat16 and goes on in float32."""
    command = [sys.executable, "-c", SIGNAL_AFTER_NETWORKS, str(TINY)]
    run = subprocess.run(command, env={**os.environ, "PYTHONPATH": str(ROOT)}, cwd=ROOT, capture_output=True, text=True)
    assert (run.returncode, run.stdout) == (0, "stopped in order\n"), run.stderr[-2000:]
