"""Anatomical parts in a bundle: read, written, and refused where they cannot be right."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy import ndarray

from mammoganesis.bundle import catalogue as catalogues
from mammoganesis.bundle.arrays import sizes_of
from mammoganesis.bundle.catalogue_file import read_catalogue
from mammoganesis.bundle.loading import load_bundle
from mammoganesis.bundle.npz import Arrays, to_npz
from mammoganesis.bundle.regions import read_regions
from mammoganesis.bundle.writing import apply_catalogue
from mammoganesis.editing.anatomy import PARTS
from mammoganesis.errors import InvalidArgument
from tests.places import TINY_BUNDLE
from tests.support.serving import Copy, refused


def test_parts_follow_the_clusters(copy: Copy) -> None:
    copy.with_parts()
    bundle = load_bundle(copy.folder)
    assert bundle.regions is not None
    clusters = load_bundle(TINY_BUNDLE).regions
    assert clusters is not None
    assert (bundle.num_regions, len(bundle.regions.centroids), bundle.regions.parts) == (7, 4, PARTS)
    np.testing.assert_array_equal(bundle.regions.contributions[:4], clusters.contributions)
    np.testing.assert_array_equal(bundle.regions.contributions[4:], clusters.contributions[:3] / 2)
    limits = bundle.limits()
    assert limits.num_regions == 7
    assert limits.region_names.indices == {"middle": 0, "rim": 2, "skin": 4, "pectoral-muscle": 5, "axillary-tail": 6}


def test_what_is_written_is_read(copy: Copy) -> None:
    copy.with_parts(["axillary-tail"])
    bundle = load_bundle(copy.folder)
    assert bundle.regions is not None
    data = to_npz(bundle.regions.arrays())
    again = read_regions(Arrays(copy.folder / "again.npz", data), sizes_of(bundle.manifest))
    assert again.parts == ("axillary-tail",)
    np.testing.assert_array_equal(again.contributions, bundle.regions.contributions)
    np.testing.assert_array_equal(again.area_share, bundle.regions.area_share)


def parts_of(*kinds: str) -> Any:
    parts = [{"kind": kind, "name": f"part-{place}"} for place, kind in enumerate(kinds)]
    return lambda manifest: manifest["regions"].update(anatomy={"parts": parts})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (parts_of("skin", "skin", "axillary-tail"), ["regions.anatomy.parts has the kinds ['skin', 'skin'", "once"]),
        (parts_of("skin", "pectoral-muscle", "elbow"), ["'elbow'", "allowed: skin, pectoral-muscle, axillary-tail"]),
        (parts_of("skin", "axillary-tail"), ["regions.npz", "parts is ['skin', 'pectoral-muscle', 'axillary-tail']"]),
        (parts_of("axillary-tail", "pectoral-muscle", "skin"), ["regions.npz", "the manifest says ['axillary-tail'"]),
        (lambda manifest: manifest["regions"].pop("anatomy"), ["regions.npz", "the manifest says []"]),
        (lambda manifest: manifest["regions"]["anatomy"]["parts"][0].update(name="rim"), ["'rim'", "each name once"]),
        (lambda manifest: manifest["regions"]["anatomy"]["parts"][1].update(name="A b"), ["'A b'", "hyphens"]),
    ],
)
def test_manifests_that_are_wrong(copy: Copy, change: Any, words: list[str]) -> None:
    copy.with_parts()
    copy.change_manifest(change)
    refused(copy, *words)


def test_a_model_of_four_pixels_has_no_parts(copy: Copy) -> None:
    copy.with_parts()
    copy.change_manifest(lambda manifest: manifest["dimensions"].update(resolution=4))
    copy.change_manifest(lambda manifest: manifest.update(noiseSizes=[4]))
    copy.change_manifest(lambda manifest: manifest["regions"].update(gridSize=4))
    refused(copy, "regions.anatomy.parts stands in a bundle of 4 pixels; 8 or more")


def arrays_with(name: str, change: Any) -> Any:
    def spoil(arrays: dict[str, ndarray]) -> None:
        arrays[name] = change(arrays[name])

    return spoil


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (arrays_with("parts", lambda parts: parts[:2]), ["the manifest says ['skin', 'pectoral-muscle', 'axilla"]),
        (arrays_with("parts", lambda parts: np.arange(3)), ["parts is int64", "text"]),
        (arrays_with("parts", lambda parts: parts[0]), ["parts has the shape []"]),
        (arrays_with("parts", lambda parts: np.repeat(parts, 10**5)), ["parts holds 300000 texts; allowed: 3 at most"]),
        (lambda arrays: arrays.pop("parts"), ["parts is []"]),
        (lambda arrays: arrays.pop("part_contributions"), ["no array part_contributions"]),
        (arrays_with("part_contributions", lambda rows: rows[:2]), ["part_contributions", "expected [3"]),
        (arrays_with("part_contributions", lambda rows: rows * np.nan), ["part_contributions", "not finite"]),
        (arrays_with("part_contributions", lambda rows: rows + 1), ["part_contributions", "allowed: 0 to 1"]),
        (arrays_with("part_area_share", lambda shares: -shares), ["part_area_share", "allowed: 0 to 1"]),
    ],
)
def test_arrays_that_are_wrong(copy: Copy, spoil: Any, words: list[str]) -> None:
    copy.with_parts()
    copy.change_arrays("regions.npz", spoil)
    refused(copy, "regions.npz", *words)


def test_parts_are_named_by_their_kind_until_somebody_says_otherwise(copy: Copy, tmp_path: Any) -> None:
    copy.with_parts()
    old = load_bundle(copy.folder)
    listed = [{"index": 4, "name": "skin-line", "note": "Thin."}, {"index": 6, "name": "", "rejected": True}]
    apply_catalogue(copy.folder, read_catalogue({"bundle_digest": old.digest, "regions": listed}), tmp_path / "new")
    new = load_bundle(tmp_path / "new")
    parts = new.manifest.regions.anatomy.parts
    assert [(part.kind, part.name, part.note, part.rejected) for part in parts] == [
        ("skin", "skin-line", "Thin.", False),
        ("pectoral-muscle", "pectoral-muscle", "", False),
        ("axillary-tail", "", "", True),
    ]
    said = catalogues.catalogue_of(new.manifest).regions
    assert [region.name for region in said] == ["", "", "", "", "skin-line", "pectoral-muscle", ""]
    assert "| 4 | skin-line | Thin. | found in the pixels |" in (tmp_path / "new" / "MODEL_CARD.md").read_text()


@pytest.mark.parametrize(
    ("region", "words"),
    [
        ({"index": 7, "name": "elbow"}, r"regions\[0\]\.index.*0 to 6"),
        ({"index": 1, "name": "pectoral-muscle"}, "'pectoral-muscle'.*each name once"),
        ({"index": 5, "labelled_names": [{"field": "view", "value": "CC", "name": "x"}]}, r"labelled_names.*one name"),
    ],
)
def test_catalogues_that_do_not_fit(copy: Copy, tmp_path: Any, region: dict[str, Any], words: str) -> None:
    copy.with_parts()
    content = {"bundle_digest": load_bundle(copy.folder).digest, "regions": [region]}
    with pytest.raises(InvalidArgument, match=words):
        apply_catalogue(copy.folder, read_catalogue(content), tmp_path / "new")


def test_the_tables_of_the_card_call_regions_by_their_names(copy: Copy, tmp_path: Path) -> None:
    """Of what was measured, and as often as a catalogue is applied; what the author wrote stays as it is."""
    copy.with_parts()
    table = "| region | pairs |\n| --- | --- |\n| all | 9 |\n| 0 | 1 |\n| 1 | 2 |\n| 5 | 3 |\n"
    steps = "| thousand images | kid |\n| --- | --- |\n| 2 | 0.1 |\n"
    author = "## Regions\n\n| region | pairs |\n| --- | --- |\n| 0 | 1 |\n\n"
    card = f"# Model card: tiny 0.1.0\n\n{author}## Measured\n\n### Locality\n\n{table}\n{steps}\n## Limits\n"
    copy.write("MODEL_CARD.md", card.encode())
    first = {"bundle_digest": load_bundle(copy.folder).digest, "regions": [{"index": 0, "name": "middle"}]}
    apply_catalogue(copy.folder, read_catalogue(first), tmp_path / "first")
    named = (tmp_path / "first" / "MODEL_CARD.md").read_text()
    assert "| all | 9 |\n| 0, middle | 1 |\n| 1 | 2 |\n| 5, pectoral muscle | 3 |\n" in named
    assert author in named
    assert steps in named
    second = {"bundle_digest": load_bundle(tmp_path / "first").digest, "regions": [{"index": 1, "name": "the-rim"}]}
    apply_catalogue(tmp_path / "first", read_catalogue(second), tmp_path / "second")
    renamed = (tmp_path / "second" / "MODEL_CARD.md").read_text()
    assert "| all | 9 |\n| 0 | 1 |\n| 1, the rim | 2 |\n| 5, pectoral muscle | 3 |\n" in renamed
