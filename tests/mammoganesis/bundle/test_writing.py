"""The writer of bundles: equal parts give equal bytes, and what cannot be written whole is not there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mammoganesis.bundle.bundle import Bundle
from mammoganesis.bundle.loading import load_bundle, open_bundle
from mammoganesis.bundle.npz import to_npz
from mammoganesis.bundle.writing import manifest_json, write_bundle
from mammoganesis.errors import BundleError
from tests.places import DATA, DEMO_BUNDLE, TINY_BUNDLE


def contents(bundle: Bundle) -> Iterator[tuple[str, bytes]]:
    names = [file.name for file in bundle.manifest.files if file.name != "MODEL_CARD.md"]
    yield from ((name, bundle.files.read(name)) for name in reversed(names))


@pytest.mark.parametrize("folder", [TINY_BUNDLE, DATA / "tiny_conditional_bundle", DEMO_BUNDLE], ids=lambda p: p.name)
def test_committed_bundles_are_written_again_to_the_byte(folder: Path, tmp_path: Path) -> None:
    bundle = open_bundle(folder)
    digest = write_bundle(tmp_path / "new", bundle.manifest, (folder / "MODEL_CARD.md").read_text(), contents(bundle))
    assert digest == bundle.digest
    assert {path.name for path in (tmp_path / "new").iterdir()} == {path.name for path in folder.iterdir()}
    for path in folder.iterdir():
        assert (tmp_path / "new" / path.name).read_bytes() == path.read_bytes(), path.name
    assert bundle.components is not None
    assert bundle.regions is not None
    for name, part in (("components", bundle.components), ("regions", bundle.regions), ("golden", bundle.golden)):
        assert to_npz(part.arrays()) == (folder / f"{name}.npz").read_bytes(), name


def test_what_no_reader_takes_is_not_written(tmp_path: Path) -> None:
    bundle = open_bundle(TINY_BUNDLE)
    bundle.manifest.intended_use = ""
    with pytest.raises(BundleError, match="not written: intended_use is empty"):
        write_bundle(tmp_path / "new", bundle.manifest, "# A card\n", contents(bundle))
    assert not list(tmp_path.iterdir())


def test_what_stops_in_the_middle_leaves_nothing(tmp_path: Path) -> None:
    bundle = open_bundle(TINY_BUNDLE)

    def stopping() -> Iterator[tuple[str, bytes]]:
        yield from list(contents(bundle))[:4]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_bundle(tmp_path / "new", bundle.manifest, "# A card\n", stopping())
    assert not list(tmp_path.iterdir())


def test_a_bundle_is_never_overwritten(tmp_path: Path) -> None:
    bundle = load_bundle(TINY_BUNDLE)
    (tmp_path / "new").mkdir()
    before = manifest_json(bundle.manifest)
    with pytest.raises(BundleError, match="never overwritten"):
        write_bundle(tmp_path / "new", bundle.manifest, "# A card\n", contents(bundle))
    assert manifest_json(bundle.manifest) == before
    assert not list((tmp_path / "new").iterdir())
