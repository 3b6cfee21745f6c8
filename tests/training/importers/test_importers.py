"""Networks of other projects: the same images, and nothing executed."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest
import torch
from click.testing import CliRunner
from torch import Tensor

from mammoganesis.errors import CheckpointError
from tests.support import foreign_networks, hostile_files
from tests.support.small_disk import small_disk
from training import configs
from training.accelerators import select
from training.checkpoints import checkpoint
from training.cli import main
from training.importers import archives, child
from training.importers.importing import import_file
from training.importers.sandbox import Limits
from training.importers.unpickle import RefusedError
from training.loop import beginning, state
from training.networks import Discriminator, DiscriminatorConfig, Generator, GeneratorConfig

SIZES = GeneratorConfig(z_dim=96, w_dim=96, num_mapping_layers=8, resolution=32, channel_base=1024, channel_max=48)
FEW_SECONDS = Limits(memory_mib=1024, cpu_seconds=1, wall_seconds=30, output_mib=64)


def assert_golden_images(generator: Generator, golden: dict[str, Tensor]) -> None:
    for mode in ("const", "none"):
        images = generator.synthesis(golden["ws_psi065"], mode)
        assert (images - golden[f"image_{mode}"]).abs().max() / golden[f"image_{mode}"].abs().max() < 1e-5
    w = generator.mapping(golden["z"])
    torch.testing.assert_close(w, golden["w_psi1"], rtol=1e-4, atol=1e-5)


def run_import(*arguments: Any) -> Any:
    return CliRunner().invoke(main, ["--debug", "import", *map(str, arguments)])


@pytest.mark.parametrize("protocol", [3, 4])
def test_a_pickle_of_stylegan2_ada_gives_the_references_images(
    golden: dict[str, Tensor], tmp_path: Path, protocol: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    file = foreign_networks.golden_nvidia(golden, tmp_path / "network.pkl", protocol)
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    result = run_import(file, "--out", tmp_path / "out", "--from", "nvidia", "--digest", digest, "--grid", "grid.png")
    assert result.exit_code == 0, result.output
    assert digest in result.output
    assert (tmp_path / "grid.png").is_file()
    assert not list(tmp_path.rglob(foreign_networks.CANARY))  # the source code inside was not run

    generator, content = checkpoint.load_generator_ema(tmp_path / "out")
    assert generator.config == SIZES
    assert_golden_images(generator, golden)
    torch.testing.assert_close(generator.truncate(golden["w_psi1"], 0.65), golden["ws_psi065"])
    assert content["imported"]["sha256"] == digest
    assert content["ada_p"] == 0.25
    # G is the network in training, not a copy of G_ema.
    torch.testing.assert_close(
        checkpoint.read_tensors(tmp_path / "out", "generator")["synthesis.b4.const"],
        golden["G/synthesis.b4.const"] + 0.5,
    )
    discriminator = Discriminator(DiscriminatorConfig(resolution=32, channel_base=1024, channel_max=48))
    discriminator.load_state_dict(checkpoint.read_tensors(tmp_path / "out", "discriminator"))
    torch.testing.assert_close(discriminator(golden["image_const"]), golden["logits"], rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("legacy", [False, True])
def test_a_checkpoint_of_rosinalitys_gives_the_references_images(
    golden: dict[str, Tensor], tmp_path: Path, legacy: bool
) -> None:
    file = foreign_networks.golden_rosinality(golden, tmp_path / "100000.pt", training=True, legacy=legacy)
    imported, _ = import_file(file)
    assert (imported.kind, imported.config) == ("rosinality", SIZES)
    generator = imported.open_generator()
    assert_golden_images(generator, golden)
    assert any("w_avg" in note for note in imported.notes)
    w = generator.mapping(torch.randn(20_000, 96))
    assert (generator.mapping.w_avg - w.mean(dim=0)).abs().max() < 0.05 * w.std(dim=0).max()
    discriminator = Discriminator(DiscriminatorConfig(resolution=32, channel_base=1024, channel_max=48))
    discriminator.load_state_dict(imported.discriminator)
    torch.testing.assert_close(discriminator(golden["image_const"]), golden["logits"], rtol=1e-4, atol=1e-4)


def test_a_converted_rosinality_file_keeps_its_mean_code(golden: dict[str, Tensor], tmp_path: Path) -> None:
    file = foreign_networks.golden_rosinality(golden, tmp_path / "converted.pt", training=False)
    imported, _ = import_file(file)
    assert torch.equal(imported.generator_ema["mapping.w_avg"], golden["G/mapping.w_avg"])
    assert imported.generator is imported.generator_ema
    assert imported.discriminator == {}


def test_training_starts_from_an_imported_network(golden: dict[str, Tensor], tmp_path: Path) -> None:
    options = dataclasses.replace(configs.load("tiny"), generator=SIZES, batch=4, mbstd_group=4)
    for name, training in (("with", True), ("without", False)):
        file = foreign_networks.golden_rosinality(golden, tmp_path / f"{name}.pt", training=training)
        assert run_import(file, "--out", tmp_path / name).exit_code == 0
        fresh = state.create(options, select("cpu", "float32"))
        line = beginning.initialize_from(fresh, tmp_path / name)
        assert_golden_images(fresh.generator_ema, golden)
        assert ("37 of 37 discriminator" in line) == training
    assert torch.allclose(fresh.discriminator.b4.out.bias, torch.zeros(1))  # without one it stays as it was made


def labelled(golden: dict[str, Tensor]) -> tuple[dict[str, Tensor], Generator]:
    """The golden generator with three classes, and the same in our own form."""
    ours = Generator(dataclasses.replace(SIZES, label_fields=(("class", ("0", "1", "2")),)))
    return {name: value.clone() for name, value in ours.state_dict().items()}, ours


def test_classes_of_a_conditional_network_become_a_label(golden: dict[str, Tensor], tmp_path: Path) -> None:
    tensors, ours = labelled(golden)
    tree = foreign_networks.persistent_tree(tensors, c_dim=3)
    imported, _ = import_file(foreign_networks.write_nvidia(tmp_path / "c.pkl", {"G_ema": tree}))
    assert imported.config.label_fields == (("class", ("0", "1", "2")),)
    z, c = torch.randn(3, 96), torch.eye(3)
    torch.testing.assert_close(imported.open_generator().mapping(z, c), ours.mapping(z, c))


def test_another_learning_rate_multiplier_computes_the_same(golden: dict[str, Tensor], tmp_path: Path) -> None:
    """stylegan3's configurations differ in it; the stored weights then have another size."""
    tensors = foreign_networks.part(golden, "G/")
    for name in tensors:
        if name.startswith("mapping.fc"):
            tensors[name] = tensors[name] * 0.5
    tree = foreign_networks.persistent_tree(tensors)
    for index in range(8):
        tree.get_submodule(f"mapping.fc{index}").bias_gain = 0.02  # type: ignore[assignment]
    imported, _ = import_file(foreign_networks.write_nvidia(tmp_path / "lr.pkl", {"G_ema": tree}))
    assert_golden_images(imported.open_generator(), golden)


def damaged_trees(golden: dict[str, Tensor]) -> dict[str, tuple[Any, str]]:
    tensors = foreign_networks.part(golden, "G/")
    wide = dict(tensors)
    wide["synthesis.b8.conv1.weight"] = torch.zeros(40, 48, 3, 3)
    missing = {name: value for name, value in tensors.items() if name != "synthesis.b16.conv1.bias"}
    infinite = tensors | {"synthesis.b4.const": tensors["synthesis.b4.const"] / 0}
    blurred = tensors | {"synthesis.b8.conv0.resample_filter": torch.ones(4, 4) / 16}
    residual = foreign_networks.persistent_tree(tensors)
    residual.get_submodule("synthesis.b8").architecture = "resnet"  # type: ignore[assignment]
    return {
        "alias-free": (tensors | {"synthesis.input.freqs": torch.zeros(4, 2)}, "StyleGAN3"),
        "widths": (wide, "widths by resolution"),
        "missing": (missing, "has no synthesis.b16.conv1.bias"),
        "unknown": (tensors | {"synthesis.b8.extra": torch.zeros(1)}, "tensors that StyleGAN2 has not"),
        "infinite": (infinite, "not finite"),
        "filter": (blurred, "low-pass filter"),
        "architecture": (residual, "architecture is 'resnet'"),
        "classes": (foreign_networks.persistent_tree(tensors, c_dim=100), "c_dim 100; 0 to 64"),
    }


@pytest.mark.parametrize(
    "case", ["alias-free", "widths", "missing", "unknown", "infinite", "filter", "architecture", "classes"]
)
def test_networks_that_are_no_stylegan2_of_ours_are_refused(
    golden: dict[str, Tensor], tmp_path: Path, case: str
) -> None:
    tree, message = damaged_trees(golden)[case]
    if isinstance(tree, dict):
        tree = foreign_networks.persistent_tree(tree)
    file = foreign_networks.write_nvidia(tmp_path / "network.pkl", {"G_ema": tree})
    with pytest.raises(CheckpointError, match=message):
        import_file(file, limits=FEW_SECONDS)


@pytest.mark.parametrize("make", list(hostile_files.ATTACKS), ids=lambda make: make.__name__)
def test_hostile_files_are_refused_and_not_executed(make: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Limits, "of", classmethod(lambda cls, size: FEW_SECONDS))
    canary, file = tmp_path / "canary", tmp_path / "network.pkl"
    file.write_bytes(make(canary))
    result = run_import(file, "--out", tmp_path / "out")
    assert result.exit_code == 1, result.output
    assert isinstance(result.exception, SystemExit)
    assert result.output.startswith(f"error: {file}: is not imported: ")
    assert hostile_files.ATTACKS[make] in result.output
    assert "Traceback" not in result.output
    assert not canary.exists()
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("make", list(hostile_files.REFUSED), ids=lambda make: make.__name__)
def test_the_reader_itself_refuses_what_no_network_needs(make: Any, tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    content = make(canary)
    with pytest.raises(RefusedError) as error:
        child.collect(archives.load(content), len(content))
    assert hostile_files.REFUSED[make] in str(error.value)
    assert not canary.exists()


@pytest.mark.parametrize("full", [False, True])
def test_a_full_disk_for_temporary_files_is_one_line(
    golden: dict[str, Tensor], tmp_path: Path, full: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without room for the tensors, and without room for a folder."""
    file = foreign_networks.golden_rosinality(golden, tmp_path / "network.pt", training=False)
    with small_disk(tmp_path / "disk", 64 * 1024) as place:
        if full:
            with contextlib.suppress(OSError):
                for number in range(1000):
                    (place / str(number)).write_bytes(b"0" * 4096)
        before = sorted(place.iterdir())
        monkeypatch.setattr(tempfile, "tempdir", str(place))
        result = run_import(file, "--out", tmp_path / "out")
        assert (result.exit_code, isinstance(result.exception, SystemExit)) == (1, True)
        (line,) = result.output.splitlines()
        assert line.startswith(f"error: {place}/mammoganesis-import-")
        assert "the disk is full" in line
        assert full or re.search(r"; \d{6,} bytes were to be written, \d+ bytes are free; ", line)
        assert line.endswith("TMPDIR names another folder")
        assert sorted(place.iterdir()) == before
    assert not (tmp_path / "out").exists()


def test_a_wrong_digest_a_wrong_kind_and_a_used_folder_are_refused(golden: dict[str, Tensor], tmp_path: Path) -> None:
    file = foreign_networks.golden_rosinality(golden, tmp_path / "network.pt", training=False)
    for arguments, message in (
        (["--digest", "0" * 64], "its SHA-256 is"),
        (["--digest", "abc"], "64 hexadecimal digits"),
        (["--from", "nvidia"], "is a rosinality file"),
    ):
        result = run_import(file, "--out", tmp_path / "out", *arguments)
        assert result.exit_code != 0
        assert message in result.output
    assert not (tmp_path / "out").exists()
    result = run_import(file, "--out", tmp_path)
    assert "exists already" in result.output
    assert file.is_file()
    assert "No such file" in run_import(tmp_path / "missing.pkl", "--out", tmp_path / "out").output


def test_the_reading_process_can_do_nothing_else() -> None:
    """Were a name let through by mistake, the limits and the audit hook would still hold."""
    script = """
import ctypes, os, resource, socket, subprocess, sys
from training.importers import child
from training.importers.unpickle import RefusedError
child.limit({"memory_mib": 1024, "cpu_seconds": 5, "output_mib": 1})
tries = [lambda: open("x"), lambda: os.system("true"), lambda: socket.socket(), lambda: exec("1"), lambda: eval("1"),
         lambda: subprocess.Popen(["true"]), lambda: __import__("ftplib"), lambda: os.remove("x"), lambda: os.fork(),
         lambda: ctypes.CDLL(None)]
guard = child.Guard()
for number, attempt in enumerate(tries):
    try:
        with guard.closed():
            attempt()
    except RefusedError:
        continue
    sys.exit(f"attempt {number} passed")
try:
    bytearray(2**31)
except MemoryError:
    print(resource.getrlimit(resource.RLIMIT_CPU)[1])
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "5"), done.stderr
