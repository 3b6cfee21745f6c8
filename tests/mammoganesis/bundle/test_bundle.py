"""A bundle is taken whole and right, or refused with a reason that names the file."""

from __future__ import annotations

import hashlib
import io
import pickle
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mammoganesis.bundle.golden import check_golden
from mammoganesis.bundle.loading import load_bundle, open_bundle
from mammoganesis.errors import BundleError
from services.process.config import Config
from tests.support.serving import TINY, Copy, refused
from tests.support.stylegan2_numpy import LAYERS, golden, layer_slices, styles_from_ws

FILES = sorted(path.name for path in TINY.iterdir())
LISTED = [name for name in FILES if name != "manifest.json"]


def test_what_a_bundle_holds() -> None:
    bundle = load_bundle(TINY)
    assert bundle.digest == hashlib.sha256((TINY / "manifest.json").read_bytes()).hexdigest()
    assert [layer.name for layer in bundle.manifest.style_layers] == [name for name, _ in LAYERS]
    assert list(bundle.layer_slices) == layer_slices()
    assert bundle.image_shape == (1, 32, 32)
    assert bundle.num_noise == 4**2 + 2 * (8**2 + 16**2 + 32**2)
    limits = bundle.limits(Config(max_images_per_call=5).call_limits)
    assert (limits.z_dim, limits.w_dim, limits.num_ws, limits.num_styles) == (96, 96, 8, 496)
    assert (limits.num_style_layers, limits.num_components, limits.num_regions) == (11, 8, 4)
    assert limits.calls.max_images_per_call == 5
    # What does not fit into the engine's queue could never be answered.
    assert (
        bundle.limits(
            Config(max_images_per_call=5, max_batch_size=2, max_queued_images=3).call_limits
        ).calls.max_images_per_call
        == 3
    )


def test_codes_agree_with_the_reference() -> None:
    bundle, reference = load_bundle(TINY), golden()
    for case in range(4):
        w = bundle.w_from_z(reference["z"][case : case + 1])
        np.testing.assert_allclose(w, reference["w_psi1"][case : case + 1], rtol=1e-4, atol=1e-5)
        ws = reference["ws_psi065"][case]
        np.testing.assert_allclose(bundle.styles_from_ws(ws), styles_from_ws(ws), rtol=1e-4, atol=1e-5)


def test_arrays_cannot_be_written_to() -> None:
    bundle = load_bundle(TINY)
    with pytest.raises(ValueError, match="read-only"):
        bundle.w_avg[0] = 1.0


def test_golden_cases_pass() -> None:
    check_golden(load_bundle(TINY))


def test_no_folder(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="no such folder"):
        load_bundle(tmp_path / "absent")


# Damage that the manifest gives away


@pytest.mark.parametrize("name", FILES)
def test_missing_file(copy: Copy, name: str) -> None:
    (copy.folder / name).unlink()
    refused(copy, name, "missing")


@pytest.mark.parametrize("name", LISTED)
def test_truncated_file(copy: Copy, name: str) -> None:
    data = (copy.folder / name).read_bytes()
    (copy.folder / name).write_bytes(data[: len(data) // 2])
    refused(copy, name, f"{len(data) // 2} bytes", str(len(data)))


def test_truncated_manifest(copy: Copy) -> None:
    data = (copy.folder / "manifest.json").read_bytes()
    (copy.folder / "manifest.json").write_bytes(data[: len(data) // 2])
    refused(copy, "manifest.json", "JSON")


@given(name=st.sampled_from(LISTED), place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_one_flipped_bit_anywhere(copy: Copy, name: str, place: float, bit: int) -> None:
    path = copy.folder / name
    original = path.read_bytes()
    damaged = bytearray(original)
    damaged[int(place * len(damaged))] ^= 1 << bit
    path.write_bytes(damaged)
    try:
        with pytest.raises(BundleError, match=rf"{re.escape(name)}: SHA-256"):
            check_golden(open_bundle(copy.folder))
    finally:
        path.write_bytes(original)


def test_extra_file(copy: Copy) -> None:
    (copy.folder / "notes.txt").write_text("hello")
    refused(copy, "notes.txt", "does not list")


def test_folder_inside(copy: Copy) -> None:
    (copy.folder / "more").mkdir()
    refused(copy, "more", "plain files only")


@pytest.mark.parametrize("name", ["mapping.onnx", "manifest.json"])
def test_symbolic_link(copy: Copy, tmp_path: Path, name: str) -> None:
    (copy.folder / name).rename(tmp_path / name)
    (copy.folder / name).symlink_to(tmp_path / name)
    refused(copy, name, "link")


def test_regions_without_their_file(copy: Copy) -> None:
    copy.remove("regions.npz")
    refused(copy, "regions and regions.npz go together")


def test_additions_of_a_later_minor_version_are_ignored(copy: Copy) -> None:
    (copy.folder / "colours.npz").write_bytes(b"x")

    def add(manifest: dict[str, Any]) -> None:
        manifest |= {"format_minor": 9, "colour": "grey"}
        manifest["files"].append({"name": "colours.npz", "size": "1", "sha256": hashlib.sha256(b"x").hexdigest()})

    copy.change_manifest(add)
    assert load_bundle(copy.folder).manifest.name == "tiny"


def test_bundle_without_components_and_regions(copy: Copy) -> None:
    copy.remove("components.npz")
    copy.remove("regions.npz")
    copy.change_manifest(lambda manifest: manifest.pop("regions"))
    bundle = load_bundle(copy.folder)
    assert bundle.components is None
    assert bundle.regions is None
    check_golden(bundle)


def test_a_bundle_of_the_first_format(copy: Copy) -> None:
    copy.to_first_format()
    bundle = load_bundle(copy.folder)
    check_golden(bundle)
    limits = bundle.limits(Config().call_limits)
    assert (limits.default_epsilon, limits.low_resolution_epsilon) == (40.0, 5.0)
    assert (limits.preview_resolution, limits.label_fields, limits.component_names) == (0, {}, {})
    assert not bundle.has_float16


def test_what_a_curated_bundle_says() -> None:
    limits = load_bundle(TINY).limits(Config().call_limits)
    assert limits.component_names == {"contrast": ((0, 0, 4, 1.0),), "coarseness": ((2, 2, 8, -1.0),)}
    assert limits.region_names.indices == {"middle": 0, "rim": 2}
    assert (limits.default_epsilon, limits.low_resolution_epsilon) == (20.0, 4.0)
    assert limits.preview_resolution == 16


def test_layers_of_low_resolution_read_activations_of_4x4_and_8x8() -> None:
    bundle = load_bundle(TINY)
    names = [bundle.manifest.style_layers[i].name for i in bundle.low_resolution_layers]
    # The convolution that doubles 8x8 to 16x16 reads 8x8.
    assert names == ["b4.conv1", "b4.torgb", "b8.conv0", "b8.conv1", "b8.torgb", "b16.conv0"]


# Files that agree with the manifest and are wrong all the same


@pytest.mark.parametrize(
    ("name", "array"),
    [
        ("latent_stats.npz", "w_avg"),
        ("noise_const.npz", "noise"),
        ("components.npz", "components"),
        ("components.npz", "deviations"),
        ("components.npz", "mean"),
        ("components.npz", "explained_variance_ratio"),
        ("regions.npz", "centroids"),
        ("regions.npz", "contributions"),
        ("regions.npz", "area_share"),
        ("golden.npz", "w"),
        ("golden.npz", "styles"),
        ("golden.npz", "image"),
    ],
)
@pytest.mark.parametrize("fault", ["nan", "infinity", "integers", "absent", "one row less", "one dimension more"])
def test_wrong_array(copy: Copy, name: str, array: str, fault: str) -> None:
    def spoil(arrays: dict[str, np.ndarray]) -> None:
        value = arrays.pop(array)
        if fault in ("nan", "infinity"):
            value.flat[value.size // 2] = np.nan if fault == "nan" else np.inf
        elif fault == "integers":
            value = value.astype(np.int32)
        elif fault == "one row less":
            value = value[:-1]
        elif fault == "one dimension more":
            value = value[None]
        if fault != "absent":
            arrays[array] = value

    copy.change_arrays(name, spoil)
    # A shorter list of components is wrong only because its deviations are not shorter too.
    refused(copy, name, {"nan": "not finite", "infinity": "not finite", "absent": "no array"}.get(fault, ""))


def scaled(array: str, factor: float) -> Any:
    def change(arrays: dict[str, np.ndarray]) -> None:
        arrays[array] = arrays[array] * np.asarray(factor, arrays[array].dtype)

    return change


@pytest.mark.parametrize(
    ("name", "array", "factor", "words"),
    [
        ("components.npz", "components", 1.01, ["components[", "length 1.01"]),
        ("components.npz", "deviations", -1, ["deviations", "above 0"]),
        ("components.npz", "explained_variance_ratio", -1, ["explained_variance_ratio", "0 to 1"]),
        ("regions.npz", "centroids", 0.9, ["centroids[", "length 0.9"]),
        ("regions.npz", "contributions", 0.9, ["contributions of channel", "add up to 0.9"]),
        ("regions.npz", "area_share", -1, ["area_share", "0 to 1"]),
        ("golden.npz", "crop_top", -1, ["crop_top"]),
        ("golden.npz", "truncation_psi", 4, ["truncation_psi", "0 to 2"]),
        ("golden.npz", "w", 1.01, ["mapping.onnx", "golden case 0 (seed", "w differs"]),
        ("latent_stats.npz", "w_avg", 2, ["affine.onnx", "golden case 0", "styles differs"]),
    ],
)
def test_wrong_values(copy: Copy, name: str, array: str, factor: float, words: list[str]) -> None:
    if array == "crop_top":
        copy.change_arrays(name, lambda arrays: arrays.update(crop_top=np.int64(1000)))
    else:
        copy.change_arrays(name, scaled(array, factor))
    refused(copy, *words)


def test_golden_image_that_differs(copy: Copy) -> None:
    copy.change_arrays("golden.npz", scaled("image", 1.1))
    bundle = load_bundle(copy.folder)
    with pytest.raises(BundleError, match=r"synthesis\.onnx: golden case 0 .*image differs"):
        check_golden(bundle)


class Payload:
    """Pickled, it calls `print` when it is loaded."""

    def __reduce__(self) -> tuple[Any, ...]:
        return print, ("code of a pickle was executed",)


def test_pickle_inside_an_npz_is_not_executed(copy: Copy, capsys: pytest.CaptureFixture[str]) -> None:
    buffer = io.BytesIO()
    np.savez(buffer, w_avg=np.array([Payload()] * 96, dtype=object))
    copy.write("latent_stats.npz", buffer.getvalue())
    refused(copy, "latent_stats.npz", "no npz of plain arrays")
    assert "executed" not in capsys.readouterr().out


@pytest.mark.parametrize("data", [b"", b"PK\x05\x06" + bytes(18), pickle.dumps({"w_avg": 1}), bytes(100)])
def test_file_that_is_no_npz(copy: Copy, data: bytes) -> None:
    copy.write("latent_stats.npz", data)
    refused(copy, "latent_stats.npz")


@pytest.mark.parametrize("kept", [0, 1, 100, 50_000])
@pytest.mark.parametrize("name", ["mapping.onnx", "affine.onnx"])
def test_truncated_network_with_a_right_digest(copy: Copy, name: str, kept: int) -> None:
    copy.write(name, (copy.folder / name).read_bytes()[:kept])
    refused(copy, name)


def test_networks_in_each_others_place(copy: Copy) -> None:
    copy.write("mapping.onnx", (TINY / "affine.onnx").read_bytes())
    refused(copy, "mapping.onnx", "inputs ['ws']", "expected ['z']")


def test_synthesis_that_is_another_network(copy: Copy) -> None:
    copy.write("synthesis.onnx", (TINY / "affine.onnx").read_bytes())
    bundle = load_bundle(copy.folder)  # opened by the engine and by `check_golden`
    with pytest.raises(BundleError, match=r"synthesis\.onnx: inputs \['ws'\]; expected \['noise', 'styles'\]"):
        check_golden(bundle)


def test_synthesis_changed_after_loading(copy: Copy) -> None:
    bundle = load_bundle(copy.folder)
    data = bytearray((copy.folder / "synthesis.onnx").read_bytes())
    data[len(data) // 2] ^= 1  # the lowest bits of a weight: ONNX Runtime would not notice
    (copy.folder / "synthesis.onnx").write_bytes(data)
    with pytest.raises(BundleError, match=r"synthesis\.onnx: SHA-256"):
        bundle.open_synthesis()
