"""The catalogue of a bundle: hostile files, what fits a bundle, and new versions that leave the old one alone."""

from __future__ import annotations

import copy
import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from google.protobuf.json_format import Parse

from mammoganesis.bundle import catalogue as catalogues
from mammoganesis.bundle.catalogue_file import read_catalogue, write_catalogue
from mammoganesis.bundle.files import read_manifest
from mammoganesis.bundle.loading import load_bundle
from mammoganesis.bundle.v1.catalogue_pb2 import Catalogue
from mammoganesis.bundle.v1.manifest_pb2 import BundleManifest
from mammoganesis.bundle.writing import apply_catalogue, manifest_json
from mammoganesis.errors import BundleError, InvalidArgument
from tests.places import TINY_BUNDLE
from tests.support.serving import Copy

DIRECTION: dict[str, Any] = {"name": "size", "index": 1, "layer_start": 0, "layer_end": 4}
FURTHER: dict[str, Any] = {"index": 2, "weight": -0.5, "layer_start": 4, "layer_end": 8}
VIEW = {"field": "view", "value": "MLO", "name": "axillary-tail"}
CC = {"field": "view", "value": "CC", "name": "lateral"}
EFFECT: dict[str, Any] = {"attribute": "texture", "at_start": -0.25, "at_end": 1.5, "num_seeds": 100}
GOOD: dict[str, Any] = {
    "directions": [
        DIRECTION | {"note": "small | large <!-- catalogue: end -->", "sigmas_start": -1, "sigmas_end": 2.5},
        {"name": "density", "index": 3, "layer_start": 4, "layer_end": 8, "reversed": True}
        | {"evidence": {"attribute": "dense_share", "spearman_rho": -0.9, "num_seeds": 50}},
    ],
    "rejected_components": [7, 0],
    "regions": [{"index": 3, "name": "nipple", "note": "bright spot"}, {"index": 0, "rejected": True}],
    "default_epsilon": 55,
    "low_resolution_epsilon": 0,
}


def digest(bundle: Path) -> str:
    return hashlib.sha256((bundle / "manifest.json").read_bytes()).hexdigest()


def manifest_of(bundle: Path) -> BundleManifest:
    return Parse((bundle / "manifest.json").read_text(), BundleManifest())


def good(**changes: Any) -> dict[str, Any]:
    return copy.deepcopy(GOOD) | {"bundle_digest": digest(TINY_BUNDLE)} | changes


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A copy of the tiny bundle that nobody may write to."""
    bundle = tmp_path / "old"
    shutil.copytree(TINY_BUNDLE, bundle)
    for path in bundle.iterdir():
        path.chmod(0o444)
    bundle.chmod(0o555)
    yield bundle
    bundle.chmod(0o755)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"directions": [DIRECTION | {"name": "Breast size"}]}, "directions[0].name"),
        ({"directions": [DIRECTION | {"name": ""}]}, "directions[0].name"),
        ({"directions": [DIRECTION | {"name": "../../etc"}]}, "directions[0].name"),
        ({"directions": [DIRECTION | {"name": "a" * 65}]}, "directions[0].name"),
        ({"directions": [DIRECTION | {"name": ["a"]}]}, "directions[0].name"),
        ({"directions": [DIRECTION, DIRECTION | {"index": 2}]}, "directions"),
        ({"directions": [DIRECTION | {"index": -1}]}, "directions[0].index"),
        ({"directions": [DIRECTION | {"index": True}]}, "directions[0].index"),
        ({"directions": [DIRECTION | {"index": 1.5}]}, "directions[0].index"),
        ({"directions": [DIRECTION | {"index": 10**30}]}, "directions[0].index"),
        ({"directions": [{"name": "a", "index": 0, "layer_start": 0}]}, "directions[0].layer_end"),
        ({"directions": [DIRECTION | {"layer_start": 4}]}, "directions[0].layer_end"),
        ({"directions": [DIRECTION | {"sigmas_start": -21}]}, "directions[0].sigmas_start"),
        ({"directions": [DIRECTION | {"sigmas_start": float("nan")}]}, "directions[0].sigmas_start"),
        ({"directions": [DIRECTION | {"sigmas_end": 10**400}]}, "directions[0].sigmas_end"),
        ({"directions": [DIRECTION | {"sigmas_start": 2, "sigmas_end": 1}]}, "directions[0].sigmas_end"),
        ({"directions": [DIRECTION | {"sigmas_start": 4}]}, "directions[0].sigmas_end"),
        ({"directions": [DIRECTION | {"reversed": 1}]}, "directions[0].reversed"),
        ({"directions": [DIRECTION | {"note": "two\nlines"}]}, "directions[0].note"),
        ({"directions": [DIRECTION | {"note": "x" * 501}]}, "directions[0].note"),
        ({"directions": [DIRECTION | {"colour": "red"}]}, "directions[0]"),
        ({"directions": [DIRECTION | {"evidence": {"attribute": "a"}}]}, "directions[0].evidence.spearman_rho"),
        (
            {"directions": [DIRECTION | {"evidence": {"attribute": "a", "spearman_rho": 1.01, "num_seeds": 9}}]},
            "directions[0].evidence.spearman_rho",
        ),
        ({"directions": [DIRECTION | {"further": [FURTHER | {"weight": 1.01}]}]}, "directions[0].further[0].weight"),
        ({"directions": [DIRECTION | {"further": [FURTHER | {"weight": 0}]}]}, "directions[0].further[0].weight"),
        (
            {"directions": [DIRECTION | {"further": [{"index": 2, "weight": 1}]}]},
            "directions[0].further[0].layer_start",
        ),
        ({"directions": [DIRECTION | {"further": [FURTHER | {"layer_end": 3}]}]}, "directions[0].further[0].layer_end"),
        (
            {"directions": [DIRECTION | {"further": [FURTHER | {"index": 1, "layer_start": 3}]}]},
            "directions[0].further[0]",
        ),
        ({"directions": [DIRECTION | {"further": [FURTHER, FURTHER]}]}, "directions[0].further[1]"),
        (
            {"directions": [DIRECTION | {"further": [FURTHER | {"index": i} for i in (0, 2, 3, 4)]}]},
            "directions[0].further",
        ),
        ({"directions": [DIRECTION | {"side_effects": [EFFECT, EFFECT]}]}, "directions[0].side_effects"),
        (
            {"directions": [DIRECTION | {"side_effects": [{"attribute": "a"}]}]},
            "directions[0].side_effects[0].at_start",
        ),
        (
            {"directions": [DIRECTION | {"side_effects": [EFFECT | {"num_seeds": 0}]}]},
            "directions[0].side_effects[0].num_seeds",
        ),
        (
            {"directions": [DIRECTION | {"side_effects": [EFFECT | {"at_end": float("inf")}]}]},
            "directions[0].side_effects[0].at_end",
        ),
        ({"directions": ["size"]}, "directions[0]"),
        ({"directions": {"size": 1}}, "directions"),
        ({"rejected_components": [1]}, "directions[0].index"),
        ({"rejected_components": [5, 5]}, "rejected_components"),
        ({"rejected_components": ["five"]}, "rejected_components[0]"),
        ({"regions": [{"index": 0}, {"index": 0}]}, "regions"),
        ({"regions": [{"index": 0, "name": "a"}, {"index": 1, "name": "a"}]}, "regions"),
        ({"regions": [{"name": "a"}]}, "regions[0].index"),
        ({"regions": [{"index": 0, "labelled_names": [VIEW | {"name": None}]}]}, "regions[0].labelled_names[0].name"),
        ({"regions": [{"index": 0, "labelled_names": [VIEW | {"name": "Tail"}]}]}, "regions[0].labelled_names[0].name"),
        ({"regions": [{"index": 0, "labelled_names": [VIEW, VIEW]}]}, "regions[0].labelled_names[1]"),
        (
            {"regions": [{"index": 0, "labelled_names": [VIEW]}, {"index": 1, "name": "axillary-tail"}]},
            "regions[0].labelled_names[0].name",
        ),
        ({"default_epsilon": 0}, "default_epsilon"),
        ({"default_epsilon": 513}, "default_epsilon"),
        ({"low_resolution_epsilon": -1}, "low_resolution_epsilon"),
        ({"bundle_digest": "abc"}, "bundle_digest"),
        ({"names": []}, "catalogue"),
    ],
)
def test_what_no_bundle_may_say_is_refused(change, field):
    with pytest.raises(InvalidArgument) as caught:
        read_catalogue(good(**change))
    assert caught.value.field.removeprefix("catalogue.") == field
    assert caught.value.allowed
    assert field in str(caught.value)


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{", "[" * 100_000, '{"regions": [], "regions": []}', "null", '"' + "x" * 2**20 + '"', "\udcff"],
)
def test_files_that_are_no_catalogue_are_refused(tmp_path, text):
    path = tmp_path / "catalogue.json"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(InvalidArgument):
        read_catalogue(path)
    with pytest.raises(InvalidArgument):
        read_catalogue(tmp_path / "missing.json")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"directions": [DIRECTION | {"index": 8}]}, "directions[0].index"),
        ({"directions": [DIRECTION | {"layer_end": 9}]}, "directions[0].layer_end"),
        ({"rejected_components": [8]}, "rejected_components[0]"),
        ({"regions": [{"index": 4}]}, "regions[0].index"),
        ({"regions": [{"index": 1, "labelled_names": [VIEW]}]}, "regions[0].labelled_names[0].field"),
        ({"generator_digest": "0" * 64}, "generator_digest"),
        ({"bundle_digest": "0" * 64}, "bundle_digest"),
        ({"bundle_digest": ""}, "bundle_digest"),
    ],
)
def test_what_this_bundle_does_not_have_is_refused_and_nothing_written(tmp_path, change, field):
    """The tiny bundle has 8 components, 8 codes and 4 regions."""
    with pytest.raises(InvalidArgument) as caught:
        apply_catalogue(TINY_BUNDLE, read_catalogue(good(**change)), tmp_path / "new", "1.0.0")
    assert caught.value.field == field
    assert not list(tmp_path.iterdir())


def test_names_of_regions_by_label(tmp_path):
    bundle = TINY_BUNDLE.with_name("tiny_conditional_bundle")
    content = {"bundle_digest": digest(bundle), "regions": [{"index": 2, "labelled_names": [VIEW, CC]}]}
    apply_catalogue(bundle, read_catalogue(content), tmp_path / "new", "1.0.0")
    loaded = load_bundle(tmp_path / "new")
    names = loaded.limits().region_names
    assert names.indices == {"axillary-tail": 2, "lateral": 2}
    assert [names.of(2, labels) for labels in ({"view": "MLO"}, {"density": "B", "view": "CC"}, {})] == [
        "axillary-tail",
        "lateral",
        "",
    ]
    assert names.of(1, {"view": "MLO"}) == ""
    again = catalogues.catalogue_of(loaded.manifest).regions
    assert [len(region.labelled_names) for region in again] == [0, 0, 2]
    assert {(entry.field, entry.value, entry.name) for entry in again[2].labelled_names} == {
        tuple(entry.values()) for entry in (VIEW, CC)
    }
    for change, field in ((VIEW | {"value": "LM"}, "value"), (VIEW | {"field": "side"}, "field")):
        wrong = content | {"regions": [{"index": 2, "labelled_names": [change]}]}
        with pytest.raises(InvalidArgument, match=rf"labelled_names\[0\]\.{field}.*(CC, MLO|view, density)"):
            apply_catalogue(bundle, read_catalogue(wrong), tmp_path / "other", "1.0.0")


def test_a_new_version_has_the_catalogue_and_the_old_one_its_bytes(old, tmp_path):
    before = {path.name: path.read_bytes() for path in old.iterdir()}
    found = apply_catalogue(old, read_catalogue(good()), tmp_path / "new", "1.0.0")
    assert {path.name: path.read_bytes() for path in old.iterdir()} == before
    new = tmp_path / "new"
    assert found == digest(new) != digest(old)
    manifest = manifest_of(new)
    assert (manifest.version, manifest.curated_from, manifest.name) == ("1.0.0", digest(old), "tiny")
    size, density = manifest.named_components
    assert (size.index, size.sigmas_start, size.sigmas_end, size.reversed) == (1, -1.0, 2.5, False)
    assert (density.reversed, density.sigmas_end, density.evidence.spearman_rho) == (True, 3.0, -0.9)
    assert list(manifest.rejected_components) == [0, 7]
    assert list(manifest.regions.names) == ["", "", "", "nipple"]
    assert list(manifest.regions.notes) == ["", "", "", "bright spot"]
    assert list(manifest.regions.rejected) == [0]
    assert (manifest.regions.default_epsilon, manifest.regions.low_resolution_epsilon) == (55.0, 0.0)
    assert manifest.regions.HasField("low_resolution_epsilon")
    changed = {name for name, content in before.items() if (new / name).read_bytes() != content}
    assert changed == {"manifest.json", "MODEL_CARD.md"}
    for file in manifest.files:
        content = (new / file.name).read_bytes()
        assert (file.sha256, file.size) == (hashlib.sha256(content).hexdigest(), len(content)), file.name
    assert {path.name for path in tmp_path.iterdir()} == {"old", "new"}


def test_the_card_gets_the_new_section_in_place_of_the_old(old, tmp_path):
    apply_catalogue(old, read_catalogue(good()), tmp_path / "new")
    new = tmp_path / "new"
    assert manifest_of(new).version == "0.2.0"  # the minor number, raised
    card, before = (new / "MODEL_CARD.md").read_text(), (old / "MODEL_CARD.md").read_text()
    assert card.startswith("# Model card: tiny 0.2.0\n")
    assert "coarseness" in before
    assert "coarseness" not in card
    assert r"small \| large &lt;!-- catalogue: end -->" in card
    # Curated once more, the text around the section is still the same.
    again = read_catalogue({"bundle_digest": digest(new)})
    apply_catalogue(new, again, tmp_path / "newer")
    final = (tmp_path / "newer" / "MODEL_CARD.md").read_text()
    head = before.split("<!-- catalogue: start -->")[0]
    assert final.split("<!-- catalogue: start -->")[0] == head.replace("tiny 0.1.0", "tiny 0.3.0")
    assert "No component has a name." in final
    assert final.count("## Catalogue") == 1


def test_the_catalogue_of_a_bundle_applied_to_it_changes_nothing_but_the_version(tmp_path):
    """Through the file, as people do it."""
    manifest, found = read_manifest(TINY_BUNDLE)
    path = tmp_path / "catalogue.json"
    path.write_text(write_catalogue(catalogues.catalogue_of(manifest, found)))
    apply_catalogue(TINY_BUNDLE, read_catalogue(path), tmp_path / "new", "9.0.0")
    again = manifest_of(tmp_path / "new")
    for field in ("named_components", "rejected_components", "regions"):
        assert getattr(again, field) == getattr(manifest, field)


def test_a_direction_along_several_components_stands_apart_in_the_manifest(tmp_path):
    """A reader of format 1.1 skips the field instead of moving the first component alone."""
    combined = DIRECTION | {"index": 0, "name": "thickness", "further": [FURTHER], "side_effects": [EFFECT]}
    apply_catalogue(TINY_BUNDLE, read_catalogue(good(directions=[combined, DIRECTION])), tmp_path / "new")
    manifest, found = read_manifest(tmp_path / "new")
    assert [named.name for named in manifest.named_components] == ["size"]
    [thickness] = manifest.combined_components
    assert (thickness.further[0].index, thickness.further[0].weight, thickness.further[0].layer_start) == (2, -0.5, 4)
    assert (thickness.side_effects[0].at_start, thickness.side_effects[0].at_end) == (-0.25, 1.5)
    card = (tmp_path / "new" / "MODEL_CARD.md").read_text()
    assert "| thickness | 0; -0.50 of 2 | 0 to 3; 4 to 7 |" in card
    assert "| thickness | -0.25, +1.50 |" in card
    path = tmp_path / "catalogue.json"
    path.write_text(write_catalogue(catalogues.catalogue_of(manifest, found)))
    again = read_catalogue(path)
    assert {named.name: len(named.further) for named in again.directions} == {"size": 0, "thickness": 1}
    apply_catalogue(tmp_path / "new", again, tmp_path / "newer")
    assert manifest_of(tmp_path / "newer").combined_components == manifest.combined_components


@pytest.mark.parametrize(("version", "ok"), [("0.1.0", False), ("2", False), ("v1.0.0", False), ("0.1.1", True)])
def test_versions(tmp_path, version, ok):
    catalogue = read_catalogue(good())
    if ok:
        apply_catalogue(TINY_BUNDLE, catalogue, tmp_path / "new", version)
        assert manifest_of(tmp_path / "new").version == version
    else:
        with pytest.raises(InvalidArgument, match="version"):
            apply_catalogue(TINY_BUNDLE, catalogue, tmp_path / "new", version)


def test_where_a_bundle_may_not_go(old, tmp_path):
    catalogue = read_catalogue(good())
    (tmp_path / "there").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    for out in (tmp_path / "there", tmp_path / "link", old, old / "new", old / "deep" / "new"):
        with pytest.raises(InvalidArgument) as caught:
            apply_catalogue(old, catalogue, out)
        assert caught.value.field == "out"
    assert {path.name for path in tmp_path.iterdir()} == {"old", "there", "link"}


def test_damaged_bundles_are_refused(tmp_path):
    catalogue = read_catalogue(good())
    bundle = tmp_path / "damaged"
    shutil.copytree(TINY_BUNDLE, bundle)
    content = bytearray((bundle / "synthesis.onnx").read_bytes())
    content[-1] ^= 1
    (bundle / "synthesis.onnx").write_bytes(content)
    with pytest.raises(BundleError, match=r"synthesis\.onnx: SHA-256"):
        apply_catalogue(bundle, catalogue, tmp_path / "new")
    with open(bundle / "synthesis.onnx", "ab") as file:
        file.write(b"x")
    with pytest.raises(BundleError, match=r"synthesis\.onnx"):
        apply_catalogue(bundle, catalogue, tmp_path / "new")
    (bundle / "synthesis.onnx").unlink()
    (bundle / "synthesis.onnx").symlink_to(TINY_BUNDLE / "synthesis.onnx")
    with pytest.raises(BundleError, match="plain files only"):
        apply_catalogue(bundle, catalogue, tmp_path / "new")
    for content in (b"{", b"[]", json.dumps({"format_major": 2}).encode(), json.dumps({"format_major": 1}).encode()):
        (bundle / "manifest.json").write_bytes(content)
        with pytest.raises(BundleError):
            apply_catalogue(bundle, catalogue, tmp_path / "new")
    with pytest.raises(BundleError):
        apply_catalogue(tmp_path / "nothing", catalogue, tmp_path / "new")
    assert {path.name for path in tmp_path.iterdir()} == {"damaged"}


@pytest.mark.parametrize("name", ["../secret", "/etc/hostname", "deep/../../secret", "..", ""])
def test_a_manifest_cannot_lead_out_of_its_folder(tmp_path, name):
    bundle = tmp_path / "bundles" / "bad"
    shutil.copytree(TINY_BUNDLE, bundle)
    (bundle.parent / "secret").write_bytes(b"x")
    manifest = manifest_of(bundle)
    manifest.files.add(name=name, sha256=hashlib.sha256(b"x").hexdigest(), size=1)
    (bundle / "manifest.json").write_bytes(manifest_json(manifest))
    catalogue = read_catalogue(good(bundle_digest=digest(bundle)))
    with pytest.raises(BundleError, match=r"files\[12\]\.name"):
        apply_catalogue(bundle, catalogue, tmp_path / "out" / "new")
    assert not (tmp_path / "out").exists()


def test_a_bundle_of_a_later_format_is_not_written_anew(tmp_path):
    """What the later format adds would be lost."""
    bundle = tmp_path / "later"
    shutil.copytree(TINY_BUNDLE, bundle)
    manifest = json.loads((bundle / "manifest.json").read_text())
    (bundle / "manifest.json").write_text(json.dumps(manifest | {"format_minor": 9, "colour": "grey"}))
    catalogue = read_catalogue(good(bundle_digest=digest(bundle)))
    with pytest.raises(BundleError, match=r"format 1\.9 is read, but not written: .* writes 1\.5"):
        apply_catalogue(bundle, catalogue, tmp_path / "new")
    assert {path.name for path in tmp_path.iterdir()} == {"later"}


def test_a_bundle_of_the_older_format_becomes_one_of_this(tmp_path):
    """A 1.0 bundle has no preview, and a card without a section."""
    old = Copy(tmp_path / "old")
    old.to_first_format()
    old.write("MODEL_CARD.md", b"# Model card: tiny 0.1.0\n\n## Limits\n\n- Some.\n")
    catalogue = read_catalogue(good(bundle_digest=digest(old.folder)))
    apply_catalogue(old.folder, catalogue, tmp_path / "new")
    new = manifest_of(tmp_path / "new")
    assert (new.format_minor, len(new.named_components)) == (5, 2)
    text = (tmp_path / "new" / "MODEL_CARD.md").read_text()
    assert text.startswith("# Model card: tiny 0.2.0\n\n## Limits\n\n- Some.\n\n<!-- catalogue: start -->")


def test_a_bundle_without_components_and_regions_has_nothing_to_name():
    manifest = BundleManifest(format_major=1)
    for catalogue in (
        read_catalogue({"directions": [DIRECTION]}),
        read_catalogue({"regions": [{"index": 0}]}),
        Catalogue(default_epsilon=3.0),
    ):
        with pytest.raises(InvalidArgument, match="the bundle has no"):
            catalogues.fill(manifest, catalogue, 0)
    assert np.array_equal(manifest.named_components, [])
