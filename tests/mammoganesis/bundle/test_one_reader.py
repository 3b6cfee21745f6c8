"""Serving, curation, evaluation and the command line read the same bundles, and refuse the same in one sentence."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from click.testing import CliRunner

from mammoganesis.bundle.v1.catalogue_pb2 import Catalogue
from mammoganesis.bundle.writing import apply_catalogue
from mammoganesis.errors import BundleError
from services import cli
from tests.support.hostile_networks import constant_of_shape, joined
from tests.support.serving import TINY, Copy, serving
from training.cli import main as training_main
from training.evaluation.network import open_network


def _later(manifest: dict[str, Any]) -> None:
    manifest.update(format_minor=7, colour="grey")
    manifest["regions"]["texture"] = [1, 2]
    manifest["files"].append({"name": "colours.npz", "size": "1", "sha256": hashlib.sha256(b"x").hexdigest()})


def later(copy: Copy) -> None:
    """A later minor version: more fields, more files."""
    (copy.folder / "colours.npz").write_bytes(b"x")
    copy.change_manifest(_later)


def unlisted(copy: Copy) -> None:
    (copy.folder / "notes.txt").write_text("hello")


def symlink(copy: Copy) -> None:
    (copy.folder / "components.npz").rename(copy.folder.parent / "elsewhere.npz")
    (copy.folder / "components.npz").symlink_to(copy.folder.parent / "elsewhere.npz")


def flipped(name: str) -> Callable[[Copy], None]:
    def damage(copy: Copy) -> None:
        data = bytearray((copy.folder / name).read_bytes())
        data[len(data) // 2] ^= 1
        (copy.folder / name).write_bytes(data)

    damage.__name__ = f"flipped {name}"
    return damage


def no_number(copy: Copy) -> None:
    copy.change_arrays("regions.npz", lambda arrays: arrays["centroids"].__setitem__((0, 0), np.nan))


def unpickled(copy: Copy) -> None:
    copy.write("latent_stats.npz", b"\x80\x04\x95pickle")


def other_golden_codes(copy: Copy) -> None:
    copy.change_arrays("golden.npz", lambda arrays: arrays.update(w=arrays["w"] * np.float32(1.01)))


def another_generator(copy: Copy) -> None:
    copy.change_arrays("components.npz", lambda arrays: arrays.update(generator_digest=np.str_("f" * 64)))


def endless(copy: Copy) -> None:
    """Its last network never ends."""
    model = onnx.load(copy.folder / "synthesis.onnx")
    model.graph.node[-1].op_type = "Loop"
    copy.write("synthesis.onnx", model.SerializeToString())


def eight_gibibytes(copy: Copy) -> None:
    copy.write("mapping.onnx", constant_of_shape())


def doubling(copy: Copy) -> None:
    copy.write("mapping.onnx", joined())


HOSTILE: dict[Callable[[Copy], object], str] = {
    lambda copy: copy.change_manifest(lambda manifest: manifest.update(format_major=2)): "format_major is 2",
    lambda copy: copy.change_manifest(lambda manifest: manifest.update(colour=1)): "colour",
    lambda copy: copy.change_manifest(lambda manifest: manifest["files"][0].update(name="../x")): "files[0].name",
    lambda copy: copy.change_manifest(lambda manifest: manifest["regions"].update(num_regions=5)): "5",
    lambda copy: (copy.folder / "manifest.json").write_text("[" * 100_000): "expected a JSON object",
    lambda copy: (copy.folder / "golden.npz").unlink(): "golden.npz: the file is missing",
    unlisted: "notes.txt: manifest.json does not list this file",
    symlink: "components.npz: expected plain files only",
    flipped("MODEL_CARD.md"): "MODEL_CARD.md: SHA-256",
    flipped("mapping.onnx"): "mapping.onnx: SHA-256",
    flipped("synthesis.onnx"): "synthesis.onnx: SHA-256",
    no_number: "centroids holds 1 values not finite",
    unpickled: "latent_stats.npz: no npz of plain arrays",
    other_golden_codes: "mapping.onnx: golden case 0 (seed 0): w differs",
    another_generator: "it was made for the generator",
    endless: "synthesis.onnx: node 106, Loop",
    eight_gibibytes: "mapping.onnx: node 26, ConstantOfShape 'zeros': the operator is not allowed",
    doubling: "mapping.onnx: node 42, Concat 'joined_16': an image would take 72 MiB at once; allowed: 64 MiB",
}
# A new version of a bundle is made without running it, and `bundle info` reads the manifest alone.
RUN_BY = {other_golden_codes, endless, eight_gibibytes, doubling}


@pytest.mark.parametrize("hostile", HOSTILE, ids=HOSTILE.values())
async def test_the_same_refusal_everywhere(
    hostile: Callable[[Copy], object], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = Copy(tmp_path / "bundle")
    hostile(copy)
    with pytest.raises(BundleError) as served:
        async with serving(copy.folder):
            pass
    assert HOSTILE[hostile] in served.value.message
    with pytest.raises(BundleError) as evaluated:
        open_network(copy.folder)
    assert evaluated.value.message == served.value.message
    arguments = ["curate", "sheets", str(copy.folder), "--out", str(tmp_path / "sheets"), "--whole"]
    curated = CliRunner().invoke(training_main, arguments)
    assert (curated.exit_code, served.value.message in curated.output) == (1, True), curated.output
    with pytest.raises(SystemExit) as exited:
        cli.main(["bundle", "check", str(copy.folder)])
    assert (exited.value.code, served.value.message in capsys.readouterr().err) == (1, True)
    if hostile not in RUN_BY:
        digest = hashlib.sha256((copy.folder / "manifest.json").read_bytes()).hexdigest()
        with pytest.raises(BundleError) as applied:
            apply_catalogue(copy.folder, Catalogue(bundle_digest=digest), tmp_path / "new")
        assert applied.value.message == served.value.message
    assert not (tmp_path / "new").exists()


async def test_a_later_minor_version_is_read_by_all(tmp_path: Path) -> None:
    copy = Copy(tmp_path / "bundle")
    later(copy)
    async with serving(copy.folder) as servicers:
        assert servicers.renderer.bundle.manifest.name == "tiny"
    styles = np.ones((1, 496), np.float32)
    expected, found = (open_network(path, threads=1).render(styles)[0] for path in (TINY, copy.folder))
    np.testing.assert_array_equal(found, expected)
    options = ["--components", "1", "--seeds", "1", "--threads", "1"]
    result = CliRunner().invoke(
        training_main, ["curate", "sheets", str(copy.folder), "--out", str(tmp_path / "s"), *options]
    )
    assert result.exit_code == 0, result.output
    with pytest.raises(SystemExit) as exited:
        cli.main(["bundle", "check", str(copy.folder)])
    assert exited.value.code == 0
    # Before anything is asked, not after the last question: nothing here could write it anew without a loss.
    result = CliRunner().invoke(training_main, ["curate", str(copy.folder), "--out", str(tmp_path / "new"), *options])
    assert (result.exit_code, "format 1.7 is read, but not written" in result.output) == (1, True)


def test_each_file_is_read_and_hashed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By loading and by running every network but the float16 one, which a CPU does not take."""
    from mammoganesis.bundle import files
    from mammoganesis.bundle.loading import load_bundle
    from services.process.config import Config
    from services.rendering.engine import LocalEngine

    read: list[str] = []
    whole = files.BundleFiles.read
    monkeypatch.setattr(files.BundleFiles, "read", lambda self, name: (read.append(name), whole(self, name))[1])
    bundle = load_bundle(TINY)
    assert not {"synthesis.onnx", "preview.onnx"} & set(read)
    LocalEngine(bundle, Config(bundle=TINY, execution_provider="cpu"))
    everything = {path.name for path in TINY.iterdir()} - {"manifest.json", "synthesis_fp16.onnx"}
    assert sorted(read) == sorted(everything)
