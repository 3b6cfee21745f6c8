"""Previews, half precision and labels of a bundle; catalogues that belong to other weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest

from mammoganesis.bundle.golden import check_golden, check_golden_images, check_golden_previews
from mammoganesis.bundle.loading import load_bundle
from mammoganesis.bundle.runtimes import FLOAT16, Runtime
from mammoganesis.editing import latents
from mammoganesis.errors import BundleError
from services.process.config import Config
from tests.support.serving import TINY, Copy, refused

CONDITIONAL = TINY.with_name("tiny_conditional_bundle")


def test_previews_and_half_precision_agree_with_the_golden_cases(copy: Copy) -> None:
    bundle = load_bundle(copy.folder)
    check_golden_previews(bundle, bundle.open_preview())
    half = bundle.open_synthesis(Runtime(precision=FLOAT16))
    check_golden_images(bundle, half)
    feeds = {"styles": bundle.golden.styles, "noise": np.repeat(bundle.noise_const[None], 4, axis=0)}
    ours, exact = (session.run(feeds, ["image"])[0] for session in (half, bundle.open_synthesis()))
    difference = np.abs(ours - exact).max()
    assert 1e-5 < difference < bundle.manifest.golden_tolerance.image_float16  # another arithmetic, close to ours


@pytest.mark.parametrize("name", ["preview", "image", "masked"])
def test_golden_cases_that_differ_are_found_in_every_network(copy: Copy, name: str) -> None:
    copy.change_arrays("golden.npz", lambda arrays: arrays.update({name: arrays[name] + np.float32(0.05)}))
    tolerance = 0.2 if name == "image" else 0.002  # the float32 network passes with it
    copy.change_manifest(lambda manifest: manifest["golden_tolerance"].update(image=tolerance))
    bundle = load_bundle(copy.folder)
    with pytest.raises(BundleError, match="golden case 0") as caught:
        check_golden(bundle)
    networks = {"preview": "preview.onnx", "image": "synthesis_fp16.onnx", "masked": "synthesis_masked.onnx"}
    assert networks[name] in caught.value.path


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("preview", np.full((4, 1, 16, 16), np.nan, np.float32), ["preview", "not finite"]),
        ("preview", np.zeros((3, 1, 16, 16), np.float32), ["preview has the shape"]),
        ("preview", np.zeros((4, 1, 16, 8), np.float32), ["preview has the shape"]),
        ("preview", None, ["previews go together"]),
        ("masked", np.full((4, 1, 32, 32), np.nan, np.float32), ["masked", "not finite"]),
        ("masked", np.zeros((4, 1, 16, 16), np.float32), ["masked and image are crops of two sizes"]),
        ("masked", None, ["masked"]),
    ],
)
def test_golden_images_that_cannot_be(copy: Copy, name: str, value: Any, words: list[str]) -> None:
    def change(arrays: dict[str, Any]) -> None:
        arrays.pop(name)
        arrays.update({} if value is None else {name: value})

    copy.change_arrays("golden.npz", change)
    refused(copy, "golden.npz", *words)


@pytest.mark.parametrize("name", ["components.npz", "regions.npz"])
def test_a_catalogue_of_another_generator(copy: Copy, name: str) -> None:
    digest = copy.manifest()["training_digest"]
    copy.change_arrays(name, lambda arrays: arrays.update(generator_digest=np.array(digest)))
    load_bundle(copy.folder)
    copy.change_arrays(name, lambda arrays: arrays.update(generator_digest=np.array("0" * 64)))
    refused(copy, name, "generator '0000", digest)
    copy.change_arrays(name, lambda arrays: arrays.update(generator_digest=np.array(7)))
    refused(copy, name, "expected text")


def test_a_preview_of_other_sizes(copy: Copy) -> None:
    copy.write("preview.onnx", (copy.folder / "synthesis.onnx").read_bytes())
    with pytest.raises(BundleError, match=r"preview\.onnx"):
        load_bundle(copy.folder).open_preview()


def test_labels_move_w_and_none_leave_it(copy: Copy) -> None:
    embedding = copy.to_conditional()
    bundle, plain = load_bundle(copy.folder), load_bundle(TINY)
    z = latents.z_from_seed(7, 96)
    w = plain.w_from_z(z)
    np.testing.assert_array_equal(bundle.w_from_z(z), w)
    np.testing.assert_allclose(bundle.w_from_z(z, {"view": "MLO"}), w + embedding[1], rtol=1e-5, atol=1e-6)
    both = bundle.w_from_z(z, {"density": "B", "view": "CC"})
    np.testing.assert_allclose(both, w + embedding[0] + embedding[3], rtol=1e-5, atol=1e-5)
    assert bundle.limits(Config().call_limits).label_fields == {"view": ("CC", "MLO"), "density": ("A", "B", "C")}


def test_a_conditional_bundle_as_it_is_exported() -> None:
    bundle = load_bundle(CONDITIONAL)
    check_golden(bundle)
    fields = bundle.limits(Config().call_limits).label_fields
    assert fields
    session = onnxruntime.InferenceSession(CONDITIONAL / "mapping.onnx")
    z = latents.z_from_seed(3, bundle.manifest.dimensions.z_dim)
    codes = []
    for name, values in fields.items():
        for value in values:
            place = [(n, v) for n, vs in fields.items() for v in vs].index((name, value))
            c = np.zeros((1, sum(map(len, fields.values()))), np.float32)
            c[0, place] = 1
            codes.append(bundle.w_from_z(z, {name: value}))
            np.testing.assert_array_equal(codes[-1], session.run(["w"], {"z": z, "c": c})[0])
    assert len({code.tobytes() for code in codes}) == len(codes), "every label moves w"


def test_golden_cases_ask_for_every_value_of_a_label_and_for_none() -> None:
    """Those without labels are what readers of format 1.1 find under the names that they know."""
    bundle = load_bundle(CONDITIONAL)
    with np.load(CONDITIONAL / "golden.npz", allow_pickle=False) as file:
        stored = dict(file)
    assert bundle.golden.c[:4].max() == 0
    assert stored["labelled_c"].max(axis=0).tolist() == [1] * 6
    session = onnxruntime.InferenceSession(CONDITIONAL / "mapping.onnx")
    for prefix, c in (("", np.zeros((4, 6), np.float32)), ("labelled_", stored["labelled_c"])):
        z = latents.z_from_seeds(stored[f"{prefix}seeds"].tolist(), 16)
        np.testing.assert_allclose(session.run(["w"], {"z": z, "c": c})[0], stored[f"{prefix}w"], atol=1e-4)
        assert len(stored[f"{prefix}image"]) == len(stored[f"{prefix}preview"]) == len(c)


@pytest.fixture
def conditional(tmp_path: Path) -> Copy:
    return Copy(tmp_path / "conditional", CONDITIONAL)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"labelled_c": np.eye(6, dtype=np.float32)[:4] * 0.5}, ["labelled_c", "zeros and one 1 at most"]),
        ({"labelled_c": np.ones((4, 6), np.float32)}, ["labelled_c", "zeros and one 1 at most"]),
        ({"labelled_c": np.zeros((4, 5), np.float32)}, ["labelled_c has the shape"]),
        ({"labelled_w": np.zeros((3, 16), np.float32)}, ["labelled_w has the shape"]),
        ({"labelled_image": np.zeros((4, 1, 8, 8), np.float32)}, ["crops of two sizes"]),
        ({"labelled_preview": None}, ["previews go together"]),
        ({"labelled_c": np.roll(np.eye(6, dtype=np.float32)[:4], 1, axis=1)}, ["golden case 4", "w differs by"]),
    ],
)
def test_golden_cases_with_labels_that_cannot_be(conditional: Copy, change: dict[str, Any], words: list[str]) -> None:
    def changed(arrays: dict[str, Any]) -> None:
        arrays.update(change)
        for name in [name for name, value in arrays.items() if value is None]:
            del arrays[name]

    conditional.change_arrays("golden.npz", changed)
    refused(conditional, *words)


def test_a_bundle_of_format_1_1_takes_all_labels_as_equally_frequent(conditional: Copy) -> None:
    def older(arrays: dict[str, Any]) -> None:
        for name in [name for name in arrays if name.startswith("labelled_")]:
            del arrays[name]

    exported = load_bundle(conditional.folder)
    assert exported.label_mixture.describe() == (
        "view: CC 70%, MLO 30%; density: A 5%, B 32%, C 30%, D 2%, not known 30%"
    )
    conditional.without_masked()
    conditional.change_arrays("golden.npz", older)
    conditional.change_manifest(lambda manifest: manifest.update(format_minor=1, label_mixture=None))
    bundle = load_bundle(conditional.folder)
    check_golden(bundle)
    assert len(bundle.golden.seeds) == 4
    assert bundle.label_mixture.describe() == "view: CC 50%, MLO 50%; density: A 25%, B 25%, C 25%, D 25%"


@pytest.mark.parametrize(
    ("combinations", "words"),
    [
        ([], ["label_mixture has 0 combinations"]),
        ([{"values": ["CC"], "images": 3}], ["label_mixture.combinations[0].values is ['CC']"]),
        ([{"values": ["LM", "A"], "images": 3}], ["combinations[0].values is ['LM', 'A']; expected one value"]),
        ([{"values": ["CC", "A"], "images": 0}], ["combinations[0].images is 0"]),
        ([{"values": ["CC", "A"], "images": 1}] * 2, ["holds a combination twice"]),
    ],
)
def test_label_mixtures_that_cannot_be(conditional: Copy, combinations: list, words: list[str]) -> None:
    conditional.change_manifest(lambda manifest: manifest["label_mixture"].update(combinations=combinations))
    refused(conditional, *words)


def test_a_label_mixture_goes_with_labels(copy: Copy) -> None:
    mixture = {"combinations": [{"values": [], "images": 3}], "withheld": 0}
    copy.change_manifest(lambda manifest: manifest.update(label_mixture=mixture))
    refused(copy, "label_mixture and label_fields go together")
    mixture = {"combinations": [{"values": [], "images": 3}], "withheld": 2}
    copy.change_manifest(lambda manifest: manifest.update(label_mixture=mixture))
    refused(copy, "label_mixture.withheld is 2")


@pytest.mark.parametrize("folder", [TINY, CONDITIONAL])
def test_a_row_of_many_has_the_bits_that_it_has_alone(folder: Path) -> None:
    bundle = load_bundle(folder)
    dims = bundle.manifest.dimensions
    z = latents.z_from_seeds(range(70), dims.z_dim)
    labels = [bundle.label_mixture.labels_of_seed(seed) for seed in range(70)]
    w = bundle.w_of_rows(z, labels)
    assert w.shape == (70, dims.w_dim)
    ws = np.stack([latents.truncate(row, bundle.w_avg, 0.65, 3, dims.num_ws) for row in w])
    styles = bundle.styles_of_rows(ws)
    for i in range(70):
        np.testing.assert_array_equal(w[i], bundle.w_from_z(z[i : i + 1], labels[i])[0])
        np.testing.assert_array_equal(styles[i], bundle.styles_from_ws(ws[i]))


def test_where_rows_depend_on_each_other_each_has_a_run_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    bundle = load_bundle(TINY)
    network, sizes = bundle.affine._network, []

    class Blocked:
        """As a processor that adds up in another order when there are several rows."""

        provider, precision = network.provider, network.precision

        def run(self, outputs: list[str], feeds: dict[str, np.ndarray]) -> list[np.ndarray]:
            sizes.append(len(feeds["ws"]))
            (styles,) = network.run(outputs, feeds)
            return [styles if len(styles) == 1 else np.nextafter(styles, np.float32(9))]

    monkeypatch.setattr(bundle.affine, "_network", Blocked())
    ws = np.repeat(bundle.w_avg[None, None], bundle.manifest.dimensions.num_ws, axis=1)
    alone = bundle.styles_from_ws(ws[0])
    assert (bundle.styles_of_rows(np.repeat(ws, 5, axis=0)) == alone).all()
    assert sizes[-5:] == [1] * 5
