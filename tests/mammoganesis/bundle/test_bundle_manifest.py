"""Manifests that are wrong in themselves are refused with the field that is."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.serving import Copy, refused


def set_to(*path: str | int, value: Any) -> Any:
    def change(manifest: dict[str, Any]) -> None:
        place: Any = manifest
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = value

    return change


def _five_regions(manifest: dict[str, Any]) -> None:
    manifest["regions"].update(num_regions=5, names=[], notes=[])


def combined(*further: dict[str, Any], name: str = "thickness") -> dict[str, Any]:
    """A direction along several components."""
    one = {"index": 2, "weight": -0.5, "layer_start": 0, "layer_end": 4}
    return {"index": 1, "name": name, "layer_end": 8, "further": list(further) or [one]}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (set_to("format_major", value=2), ["format_major is 2", "reads 1"]),
        (set_to("format_major", value="1; drop"), ["format_major"]),
        (set_to("colour", value=1), ["colour"]),
        (set_to("dimensions", "z_dim", value=0), ["dimensions.z_dim is 0"]),
        (set_to("dimensions", "channels", value=2), ["dimensions.channels is 2", "1 or 3"]),
        (set_to("dimensions", "num_styles", value=500), ["496", "500"]),
        (set_to("dimensions", "resolution", value=10**6), ["dimensions.resolution is 1000000", "4096"]),
        (set_to("style_layers", 3, "ws_index", value=8), ["style_layers[3]", "num_ws is 8"]),
        (set_to("noise_sizes", value=[]), ["noise_sizes"]),
        (set_to("noise_sizes", value=[4, 8, 8, 16, 16]), ["noise_const.npz", "2704", "656"]),
        (set_to("files", 0, "name", value="../MODEL_CARD.md"), ["files[0].name"]),
        (set_to("files", 0, "name", value="/etc/passwd"), ["files[0].name"]),
        (set_to("files", 0, "name", value="a\\b"), ["files[0].name"]),
        (set_to("files", 0, "name", value="manifest.json"), ["files[0].name"]),
        (set_to("files", 0, "name", value="affine.onnx"), ["twice"]),
        (set_to("files", 0, "name", value="OTHER.md"), ["lacks MODEL_CARD.md"]),
        (set_to("files", 0, "sha256", value="00"), ["files[0].sha256"]),
        (set_to("files", value=[]), ["lacks", "golden.npz"]),
        (set_to("name", value="Tiny Model"), ["name is 'Tiny Model'"]),
        (set_to("version", value=""), ["version"]),
        (set_to("reach_evidence", value={}), ["reach_evidence counts no images"]),
        (
            set_to("reach_evidence", value={"images_beyond": 3, "unlike_beyond": 4}),
            ["reach_evidence.unlike_beyond is 4", "images_beyond, 3"],
        ),
        (set_to("intended_use", value=""), ["intended_use"]),
        (set_to("training_digest", value=""), ["training_digest"]),
        (set_to("golden_tolerance", "image", value=1e9), ["golden_tolerance.image"]),
        (set_to("golden_tolerance", "latents", value="NaN"), ["golden_tolerance.latents is nan"]),
        (_five_regions, ["regions.npz", "expected [5"]),
        (set_to("regions", "notes", value=["one"]), ["1 notes for 4 regions"]),
        (set_to("regions", "rejected", value=[4]), ["regions.rejected is [4]", "0 to 3"]),
        (set_to("regions", "rejected", value=[1, 1]), ["regions.rejected"]),
        (
            set_to("regions", "default_epsilon", value=513),
            ["regions.default_epsilon: 513.0", "0 to 512"],
        ),
        (
            set_to("regions", "low_resolution_epsilon", value="NaN"),
            ["regions.low_resolution_epsilon: nan"],
        ),
        (set_to("regions", "grid_size", value=16), ["regions.npz", "grid_size is 8", "is 16 x 16"]),
        (set_to("curated_from", value="abc"), ["curated_from is 'abc'"]),
        (set_to("rejected_components", value=[8]), ["rejected_components goes up to 8", "has 8"]),
        (set_to("rejected_components", value=[2, 2]), ["rejected_components: 2 is not allowed", "each component once"]),
        (set_to("preview", "resolution", value=32), ["preview.resolution is 32", "below 32"]),
        (set_to("preview", "resolution", value=12), ["preview.resolution is 12", "power of two"]),
        (set_to("preview", "resolution", value=8), ["golden.npz", "preview has the shape"]),
        (set_to("preview", "num_styles", value=383), ["preview.num_styles is 383"]),
        (set_to("preview", "num_noise", value=655), ["preview.num_noise is 655"]),
        (lambda manifest: manifest.pop("preview"), ["preview and preview.onnx go together"]),
        (lambda manifest: manifest.pop("masked_synthesis"), ["masked_synthesis and synthesis_masked.onnx go together"]),
        (set_to("masked_synthesis", "style_sets", value=17), ["masked_synthesis.style_sets is 17; allowed: 2 to 16"]),
        (set_to("masked_synthesis", "style_sets", value=1), ["masked_synthesis.style_sets is 1"]),
        (set_to("golden_tolerance", "image_float16", value=0), ["image_float16 is 0", "above 0 to 1"]),
        (set_to("label_fields", value=[{"name": "View", "values": ["a", "b"]}]), ["label_fields[0].name is 'View'"]),
        (set_to("label_fields", value=[{"name": "view", "values": ["a"]}]), ["label_fields[0].values", "two or more"]),
        (set_to("label_fields", value=[{"name": "view", "values": ["a", "a"]}]), ["label_fields[0].values"]),
        (set_to("label_fields", value=[{"name": "v", "values": ["a", "b"]}] * 2), ["label_fields holds a name twice"]),
        (set_to("label_fields", value=[{"name": "v", "values": ["a", "b"]}]), ["mapping.onnx", "expected ['c', 'z']"]),
        (
            set_to("named_components", 0, "sigmas_start", value=-21),
            ["named_components[0].sigmas_start: -21", "-20 to 20"],
        ),
        (set_to("named_components", 0, "sigmas_end", value=-5), ["named_components[0].sigmas_end: -5"]),
        (
            set_to("named_components", 1, "evidence", "spearman_rho", value=1.5),
            ["named_components[1].evidence.spearman_rho: 1.5", "-1 to 1"],
        ),
        (
            set_to("named_components", 1, "name", value="contrast"),
            ["named_components: 'contrast' is not allowed", "each name once"],
        ),
        (set_to("regions", "names", value=["skin", "skin", "", ""]), ["regions.names: 'skin'", "each name once"]),
        (set_to("regions", "names", value=["skin"]), ["1 names for 4 regions"]),
        (
            set_to("named_components", value=[{"index": 8, "name": "size", "layer_end": 8}]),
            ["named_components[0].index: 8 is not allowed", "0 to 7"],
        ),
        (
            set_to("named_components", 0, "further", value=[{"index": 1, "weight": 1, "layer_end": 8}]),
            ["named_components[0].further: '1 components'", "combined_components"],
        ),
        (
            set_to("combined_components", value=[combined({"index": 8, "weight": 0.5, "layer_end": 8})]),
            ["combined_components[0].further[0].index: 8 is not allowed", "0 to 7"],
        ),
        (
            set_to("combined_components", value=[combined({"index": 2, "weight": 0, "layer_end": 8})]),
            ["combined_components[0].further[0].weight: 0.0", "-1 to 1, not 0"],
        ),
        (
            set_to("combined_components", value=[combined(name="contrast")]),
            ["combined_components: 'contrast' is not allowed", "each name once"],
        ),
        (
            set_to("named_components", value=[{"index": 1, "name": "size", "layer_start": 4, "layer_end": 4}]),
            ["named_components[0].layer_end: 4", "layer_start + 1, 5, to 8"],
        ),
    ],
)
def test_wrong_manifest(copy: Copy, change: Any, words: list[str]) -> None:
    copy.change_manifest(change)
    refused(copy, *words)


@pytest.mark.parametrize("text", ["", "[]", "null", "{}", "[" * 100_000, '{"format_major": 1, "name": 3}', "\xff"])
def test_manifest_that_is_no_manifest(copy: Copy, text: str) -> None:
    (copy.folder / "manifest.json").write_text(text, encoding="latin-1")
    refused(copy, "manifest.json")
