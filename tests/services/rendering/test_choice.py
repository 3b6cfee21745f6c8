"""What the networks run on: the table of `attempts`, and what becomes of an attempt on a machine."""

from __future__ import annotations

import dataclasses
import logging
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from skimage.metrics import peak_signal_noise_ratio

from mammoganesis.bundle import golden
from mammoganesis.bundle.bundle import Bundle
from mammoganesis.bundle.loading import load_bundle
from mammoganesis.bundle.openvino_networks import OpenVinoNetwork, bfloat16_unit
from mammoganesis.bundle.runtimes import BFLOAT16, CPU, CUDA, FLOAT16, FLOAT32, OPENVINO, Runtime
from mammoganesis.bundle.sessions import Session
from mammoganesis.errors import BundleError, FailedPrecondition
from services.process.arithmetic import PRECISIONS, PROVIDERS
from services.process.config import Config
from services.rendering import choice
from services.rendering.choice import Networks, Offers, attempts, open_networks
from tests.support.serving import TINY, Copy

PLAIN = Offers(cuda=False, openvino=True, bfloat16="", float16_network=True)
AMX = Offers(cuda=False, openvino=True, bfloat16="AMX", float16_network=True)
GPU = Offers(cuda=True, openvino=False, bfloat16="AMX", float16_network=True)
LATER = [(OPENVINO, FLOAT32)]

TABLE: dict[tuple[str, str], dict[str, list[tuple[str, str]]]] = {
    # asked: on a plain CPU, on one with AMX, on a GPU's machine without OpenVINO; [] is refused
    ("auto", "auto"): {
        "plain": [(CPU, FLOAT32)],
        "amx": [(OPENVINO, BFLOAT16), (CPU, FLOAT32)],
        "gpu": [(CUDA, FLOAT16), (CPU, FLOAT32)],
    },
    ("auto", "float32"): {"plain": [(CPU, FLOAT32)], "amx": [(CPU, FLOAT32)], "gpu": [(CUDA, FLOAT32), (CPU, FLOAT32)]},
    ("auto", "bfloat16"): {"plain": [], "amx": [(OPENVINO, BFLOAT16)], "gpu": []},
    ("auto", "float16"): {"plain": [], "amx": [], "gpu": [(CUDA, FLOAT16)]},
    ("onnxruntime", "auto"): {"plain": [(CPU, FLOAT32)], "amx": [(CPU, FLOAT32)], "gpu": [(CPU, FLOAT32)]},
    ("onnxruntime", "float32"): {"plain": [(CPU, FLOAT32)], "amx": [(CPU, FLOAT32)], "gpu": [(CPU, FLOAT32)]},
    ("onnxruntime", "bfloat16"): {"plain": [], "amx": [], "gpu": []},
    ("onnxruntime", "float16"): {"plain": [], "amx": [], "gpu": []},
    ("openvino", "auto"): {"plain": LATER, "amx": [(OPENVINO, BFLOAT16), *LATER], "gpu": []},
    ("openvino", "float32"): {"plain": LATER, "amx": LATER, "gpu": []},
    ("openvino", "bfloat16"): {"plain": [], "amx": [(OPENVINO, BFLOAT16)], "gpu": []},
    ("openvino", "float16"): {"plain": [], "amx": [], "gpu": []},
    ("cuda", "auto"): {"plain": [], "amx": [], "gpu": [(CUDA, FLOAT16)]},
    ("cuda", "float32"): {"plain": [], "amx": [], "gpu": [(CUDA, FLOAT32)]},
    ("cuda", "bfloat16"): {"plain": [], "amx": [], "gpu": []},
    ("cuda", "float16"): {"plain": [], "amx": [], "gpu": [(CUDA, FLOAT16)]},
}


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    return load_bundle(TINY)


def test_the_table_has_all_that_can_be_asked_for() -> None:
    assert set(TABLE) == {(provider, precision) for provider in PROVIDERS for precision in PRECISIONS}


@pytest.mark.parametrize("asked", TABLE)
@pytest.mark.parametrize(("machine", "offers"), [("plain", PLAIN), ("amx", AMX), ("gpu", GPU)])
def test_what_is_tried(asked: tuple[str, str], machine: str, offers: Offers) -> None:
    expected = TABLE[asked][machine]
    if expected:
        assert [(attempt.provider, attempt.precision) for attempt in attempts(*asked, offers)] == expected
        return
    with pytest.raises(FailedPrecondition) as refusal:
        attempts(*asked, offers)
    # Which of the two cannot be, its value, and what can be done.
    assert any(f"{name} {value}: " in refusal.value.message for name, value in zip(NAMES, asked, strict=True))
    assert "install" in refusal.value.message or "take" in refusal.value.message


NAMES = ("execution provider", "synthesis precision")


def test_a_reason_goes_with_what_auto_takes() -> None:
    without = Offers(cuda=False, openvino=False, bfloat16="AMX", float16_network=True)
    assert [attempt.reason for attempt in attempts("auto", "auto", PLAIN)] == [
        "this CPU has neither AMX nor AVX512-BF16"
    ]
    assert [attempt.reason for attempt in attempts("auto", "auto", without)] == ["OpenVINO is not installed"]
    assert attempts("auto", "auto", AMX)[0].reason == "this CPU has AMX"


def test_for_few_images_auto_takes_what_opens_soonest() -> None:
    """Of both: whoever names one of them has said what he wants."""
    few = "few images"
    assert attempts("auto", "auto", AMX, few) == [choice.Attempt(CPU, FLOAT32, few)]
    for asked in set(TABLE) - {("auto", "auto")}:
        for machine, offers in (("plain", PLAIN), ("amx", AMX), ("gpu", GPU)):
            if TABLE[asked][machine]:
                assert attempts(*asked, offers, few) == attempts(*asked, offers)
    on_a_gpu = [(attempt.provider, attempt.precision) for attempt in attempts("auto", "auto", GPU, few)]
    assert on_a_gpu == TABLE["auto", "auto"]["gpu"]


@pytest.mark.parametrize(
    ("flags", "unit"),
    [
        ("fpu avx2 fma", ""),
        ("fpu avx512f avx512_bf16 avx512_vnni", "AVX512-BF16"),
        ("avx512_bf16 amx_bf16 amx_tile amx_int8", "AMX"),
        ("amx_tile amx_int8", ""),
    ],
)
def test_what_linux_says_of_the_cpu(tmp_path: Path, flags: str, unit: str) -> None:
    info = tmp_path / "cpuinfo"
    info.write_text(f"processor\t: 0\nmodel name\t: some amx_bf16 thing\nflags\t\t: {flags}\n")
    assert bfloat16_unit(info) == unit
    assert bfloat16_unit(tmp_path / "nothing") == ""


# On a machine


def opened(bundle: Bundle, offers: Offers | None = AMX, **settings: Any) -> Networks:
    return open_networks(bundle, Config(bundle=TINY, **settings), offers)


@pytest.mark.skipif(bfloat16_unit() != "", reason="this CPU has bfloat16")
def test_a_cpu_that_computes_in_float32_all_the_same(bundle: Bundle, caplog: pytest.LogCaptureFixture) -> None:
    """OpenVINO takes the wish for bfloat16 and computes in float32."""
    networks = opened(bundle)
    assert (networks.synthesis.provider, networks.synthesis.precision) == (CPU, FLOAT32)
    assert networks.reason == "OpenVINO computes in float32 here, not in bfloat16"
    assert "computes in float32 here, not in bfloat16; going on without" in caplog.text
    with pytest.raises(FailedPrecondition, match=r"synthesis precision bfloat16: OpenVINO computes in float32"):
        opened(bundle, synthesis_precision="bfloat16")
    with pytest.raises(FailedPrecondition, match=r"synthesis precision bfloat16: this CPU has neither"):
        opened(bundle, None, synthesis_precision="bfloat16")


@pytest.mark.skipif(bfloat16_unit() == "", reason="this CPU has no bfloat16")
def test_bfloat16_is_taken_exactly_where_it_agrees_with_the_golden_cases(
    bundle: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    """AVX512-BF16 is less exact than AMX."""
    network = OpenVinoNetwork((TINY / "synthesis.onnx").read_bytes(), TINY, Runtime(OPENVINO, precision=BFLOAT16))
    assert network.precision == BFLOAT16
    kept, corner = bundle.golden.image, (bundle.golden.crop_top, bundle.golden.crop_left)
    rows, columns = (slice(first, first + kept.shape[2]) for first in corner)
    feeds = {"styles": bundle.golden.styles, "noise": np.stack([bundle.noise_const] * len(kept))}
    alone = [{name: values[case : case + 1] for name, values in feeds.items()} for case in range(len(kept))]
    images = [network.run(["image"], one)[0][0][:, rows, columns] for one in alone]
    least = min(peak_signal_noise_ratio(*pair, data_range=2) for pair in zip(kept, images, strict=True))
    clocked(monkeypatch, 1.3)
    networks = opened(bundle, None)
    taken = (networks.synthesis.provider, networks.synthesis.precision)
    assert taken == ((OPENVINO, BFLOAT16) if least >= golden.LEAST_DECIBELS else (CPU, FLOAT32))
    if taken[1] == BFLOAT16:
        told = re.search(r"golden cases agree to (\d\d\.\d) dB", networks.reason)
        assert told is not None
        assert golden.LEAST_DECIBELS <= float(told[1]) <= least + 0.05  # the least of all networks of the bundle
    else:
        assert re.search(r"image in bfloat16 has [34]\d\.\d dB", networks.reason)  # the first below, not the least
    assert 35 < least < 90


def clocked(monkeypatch: pytest.MonkeyPatch, ratio: float) -> None:
    """What the clock says on these networks of 32 pixels, whatever else this machine does."""
    monkeypatch.setattr(choice, "times_as_fast", lambda *_: ratio)


def rounded(monkeypatch: pytest.MonkeyPatch, decibels: float, preview_decibels: float | None = None) -> None:
    """What OpenVINO computes, with an error of so many decibels, under the name of bfloat16."""
    exact, opens = OpenVinoNetwork.run, OpenVinoNetwork.__init__

    def opens_as_bfloat16(self: OpenVinoNetwork, *arguments: Any) -> None:
        model, path, runtime = arguments
        opens(self, model, path, dataclasses.replace(runtime, precision=FLOAT32))
        self.precision = runtime.precision
        self.is_preview = path.name == "preview.onnx"  # type: ignore[attr-defined]

    def run(self: Any, outputs: Sequence[str], feeds: Mapping[str, np.ndarray]) -> list[np.ndarray]:
        if self.precision == FLOAT32:
            return exact(self, outputs, feeds)
        level = preview_decibels if self.is_preview and preview_decibels is not None else decibels
        error = np.float32(2 * 10 ** (-level / 20))  # of every value, either way
        return [
            value + error * np.where(np.indices(value.shape).sum(0) % 2, 1, -1) for value in exact(self, outputs, feeds)
        ]

    monkeypatch.setattr(OpenVinoNetwork, "__init__", opens_as_bfloat16)
    monkeypatch.setattr(OpenVinoNetwork, "run", run)


def test_bfloat16_is_taken_where_the_golden_cases_agree(
    bundle: Bundle, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    rounded(monkeypatch, 45.5)
    clocked(monkeypatch, 1.3)
    networks = opened(bundle)
    assert (networks.synthesis.provider, networks.synthesis.precision) == (OPENVINO, BFLOAT16)
    agrees = "this CPU has AMX; the golden cases agree to 45.5 dB (at least 45)"
    assert networks.reason == f"{agrees}; it is 1.3 times as fast as float32"
    assert not caplog.records
    # The reference is not replaced by what is near to it.
    assert opened(bundle, synthesis_precision="float32").synthesis.provider == CPU


@pytest.mark.parametrize(("images", "taken"), [(None, BFLOAT16), (8192, BFLOAT16), (8191, FLOAT32), (1, FLOAT32)])
def test_how_many_images_are_few_depends_on_their_pixels(
    bundle: Bundle, monkeypatch: pytest.MonkeyPatch, images: int | None, taken: str
) -> None:
    """Of 32x32 pixels 8192 are as many pixels as the 128 of 256x256."""
    rounded(monkeypatch, 50)
    clocked(monkeypatch, 1.3)
    networks = open_networks(bundle, Config(bundle=TINY), AMX, images)
    assert networks.synthesis.precision == taken
    assert (networks.reason == "for fewer than 8192 images nothing faster is looked for") == (taken == FLOAT32)


@pytest.mark.parametrize(("provider", "instead"), [("auto", CPU), ("openvino", OPENVINO)])
def test_bfloat16_that_is_not_faster_is_taken_only_where_it_is_asked_for(
    bundle: Bundle, monkeypatch: pytest.MonkeyPatch, provider: str, instead: str
) -> None:
    rounded(monkeypatch, 50)
    clocked(monkeypatch, 1.04)
    networks = opened(bundle, execution_provider=provider)
    assert (networks.synthesis.provider, networks.synthesis.precision) == (instead, FLOAT32)
    assert "bfloat16 is only 1.0 times as fast as float32 here (at least 1.1)" in networks.reason
    asked = opened(bundle, execution_provider=provider, synthesis_precision="bfloat16")
    assert asked.synthesis.precision == BFLOAT16


def test_what_an_image_costs_is_the_least_of_several_rounds(bundle: Bundle, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a clock of our own that each network moves on."""
    now = [0.0]
    monkeypatch.setattr(choice.time, "process_time", lambda: now[0])
    quick, slow = bundle.open_synthesis(), bundle.open_synthesis()

    def takes(session: Session, seconds: list[float]) -> None:
        run = session.run

        def later(*arguments: Any) -> list[np.ndarray]:
            now[0] += seconds.pop(0)
            return run(*arguments)

        monkeypatch.setattr(session, "run", later)

    # The first run warms up, and one that something disturbed does not count.
    takes(quick, [9, 0.5, 0.4, 7, 0.4, 0.6])
    takes(slow, [1, 0.9, 0.8, 0.8, 5, 1])
    assert choice.times_as_fast(bundle, quick, slow) == pytest.approx(2)


@pytest.mark.parametrize(("decibels", "preview_decibels"), [(44.5, None), (50, 44.5)])
def test_bfloat16_that_is_wrong_is_not_taken_and_auto_says_so(
    bundle: Bundle,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    decibels: float,
    preview_decibels: float | None,
) -> None:
    rounded(monkeypatch, decibels, preview_decibels)
    with caplog.at_level(logging.WARNING):
        networks = opened(bundle)
    assert (networks.synthesis.provider, networks.synthesis.precision) == (CPU, FLOAT32)
    assert networks.preview is not None
    assert (networks.preview.provider, networks.preview.precision) == (CPU, FLOAT32)
    said = "golden case 0 (seed 0): image in bfloat16 has 44.5 dB; allowed: 45 dB or more"
    assert said in networks.reason
    assert said in caplog.text
    with pytest.raises(FailedPrecondition, match=r"synthesis precision bfloat16: bfloat16: golden case 0 .* 44\.5 dB"):
        opened(bundle, synthesis_precision="bfloat16")


def test_a_damaged_network_is_nobodys_fallback(tmp_path: Path) -> None:
    copy = Copy(tmp_path / "bundle")
    copy.change_arrays("golden.npz", lambda arrays: arrays.update(image=arrays["image"] + np.float32(0.1)))
    damaged = load_bundle(copy.folder)
    for settings in ({}, {"execution_provider": "openvino"}, {"execution_provider": "onnxruntime"}):
        with pytest.raises(BundleError, match="golden case 0"):
            opened(damaged, PLAIN, **settings)
