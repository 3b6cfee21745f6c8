"""Everything that a machine with a GPU can tell, in one command of at most nine minutes, offline.

    make gpu-check ARGS="--out DIR"             the whole, with torch and ONNX Runtime as they are found
    python bench/gpu.py --device cpu --seconds 60

1. the tests that need CUDA (tests/gpu);
2. training: images/s and memory of `paper512` and `mammo512` against themselves without the kernels of Triton and
   against their plain eager form (bench/training_loop.py);
3. inference of 512x512 config-F: torch in float32, TF32 and float16, and ONNX Runtime, one image and eight
   (bench/gpu_inference.py);
4. on a GPU, training of `mammo512` compiled (`train --compile`), in a process that ends in time;
5. with the time that is left a training of `mammo512` on a prepared set, from a checkpoint if one is given.

--out gets report.txt, report.json, the newest sample grid, and checkpoint.tar.00, .01 ... of at most 15 MiB each, which
`cat checkpoint.tar.* | tar x` puts together; the averaged generator in it is float16 to save room.
On a CPU small configurations take the place of the large ones, so that the command itself can be tested.
"""

from __future__ import annotations

import contextlib
import io
import json
import platform
import signal
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import click
import torch
from training_loop import compare, header

from mammoganesis import files
from training.accelerators import select
from training.checkpoints import checkpoint
from training.data.prepare import PrepareOptions, prepare
from training.networks import GeneratorConfig

ROOT = Path(__file__).resolve().parent.parent
PART_BYTES = 15 * 2**20
LONGEST_SECONDS = 540
# Of the time, after which a part begins nothing more.
SHARES = {"tests": 0.2, "training": 0.4, "inference": 0.5, "compiled": 0.75}


@dataclass(frozen=True)
class Sizes:
    """What is measured on a kind of device."""

    configs: tuple[str, ...]
    generator: GeneratorConfig
    compiled: str | None  # whose compiled form is measured; minutes on a CPU
    trained: str
    resolution: int
    rounds: int  # of training
    steps: int | None  # of a round; None: a cycle of the lazy regularisation
    kimg: str  # where the training ends if there is time for more
    least: float  # seconds that another process gets, however late it is


SIZES = {
    "cuda": Sizes(
        configs=("paper512", "mammo512"),
        generator=GeneratorConfig(resolution=512),
        compiled="mammo512",
        trained="mammo512",
        resolution=512,
        rounds=2,
        steps=None,
        kimg="5000",
        least=60.0,
    ),
    "cpu": Sizes(
        configs=("tiny",),
        generator=GeneratorConfig(resolution=32, channel_base=512, channel_max=32),
        compiled=None,
        trained="tiny",
        resolution=16,
        rounds=1,
        steps=1,
        kimg="0.1",
        least=240.0,
    ),
}


@dataclass
class Report:
    """Lines for people and values for programs, written after every part, so that a cut run leaves what it found."""

    out: Path
    seconds: float
    started: float = field(default_factory=time.monotonic)
    lines: list[str] = field(default_factory=list)
    values: dict[str, object] = field(default_factory=dict)

    def left(self, share: float = 1.0) -> float:
        """Seconds until this share of the time is gone."""
        return self.seconds * share - (time.monotonic() - self.started)

    def say(self, line: str) -> None:
        """Print a line and keep it."""
        click.echo(line)
        self.lines.append(line)

    @contextlib.contextmanager
    def part(self, name: str) -> Iterator[None]:
        """A part of the check; its failure is reported and the others go on."""
        self.say(f"\n{name}")
        begun = time.monotonic()
        try:
            yield
        except Exception as error:
            self.say(f"failed: {type(error).__name__}: {error}")
            self.values.setdefault("failed", {})[name] = str(error)  # type: ignore[index]
        self.say(f"({time.monotonic() - begun:.0f} s)")
        files.write(self.out / "report.txt", "\n".join([*self.lines, ""]).encode())
        files.write(self.out / "report.json", (json.dumps(self.values, indent=1) + "\n").encode())


def _run(report: Report, command: list[str], seconds: float) -> int | None:
    """The last lines and the exit code of another process of this Python; None: it was not done in time."""
    try:
        found = subprocess.run(
            [sys.executable, *command],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=seconds,
        )
    except subprocess.TimeoutExpired:
        report.say("not done in time")
        return None
    for line in found.stdout.strip().splitlines()[-12:]:
        report.say(line)
    return found.returncode


def run_tests(report: Report, kind: str) -> None:
    """tests/gpu in a process of their own."""
    command = ["-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider", "tests/gpu"]
    code = _run(report, command, max(report.left(SHARES["tests"]), SIZES[kind].least))
    if code is not None:
        report.values["tests"] = code


def measure_compiled(report: Report, kind: str) -> None:
    """Images/s of the compiled loop, against its eager and its plain form."""
    name, seconds = SIZES[kind].compiled, report.left(SHARES["compiled"])
    if name is None:
        report.say("on a GPU only")
    elif seconds < SIZES[kind].least:
        report.say("no time left")
    else:
        command = ["bench/training_loop.py", "--device", kind, "--config", name, "--rounds", "1", "--compile"]
        report.values["compiled"] = _run(report, command, seconds)


def measure_training(report: Report, kind: str) -> None:
    """Images/s of the loop and of its plain form, in alternation."""
    report.say(header())
    rows: dict[str, str] = {}
    report.values["training"] = rows
    for name in SIZES[kind].configs:
        if report.left(SHARES["training"]) <= 0:
            report.say(f"{name}: no time left")
            continue
        rows[name] = compare(name, kind, SIZES[kind].rounds, SIZES[kind].steps)
        report.say(rows[name])


def measure_inference(report: Report, kind: str) -> None:
    """Images/s of synthesis, one image and eight at once."""
    from gpu_inference import seconds_of, ways  # where ONNX Runtime is missing, this part fails and no other

    rates: dict[str, float] = {}
    report.values["inference"] = rates
    if report.left(SHARES["inference"]) <= 0:
        report.say("no time left")
        return
    for name, batch, images in ways(SIZES[kind].generator, torch.device(kind)):
        if report.left(SHARES["inference"]) <= 0:
            report.say(f"{name}, {batch}: no time left")
            continue
        rates[f"{name}/{batch}"] = rate = batch / seconds_of(images, torch.device(kind))
        report.say(f"{name:<24}{batch:>3} at once{rate:>12.1f} images/s")


def train_on(report: Report, kind: str, data: Path | None, beginning: str | None) -> None:
    """Train until the time is up, then pack what is worth keeping."""
    with tempfile.TemporaryDirectory(prefix="mammoganesis-gpu-") as temporary:
        if data is None:
            data, resolution = Path(temporary) / "data", SIZES[kind].resolution
            prepare(
                [ROOT / "tests" / "data" / "msynth"], data, PrepareOptions(resolution=resolution, test_fraction=0.0)
            )
        run = Path(temporary) / "run"
        _train(report, kind, [*("--data", str(data), "--out", str(run)), *_from(beginning)])
        grids = sorted((run / "grids").glob("kimg*.png"), key=lambda path: path.stat().st_mtime)
        if grids:
            files.write(report.out / "grid.png", grids[-1].read_bytes())
        newest = checkpoint.checkpoints_of(run)
        if newest:
            report.values["parts"] = pack(newest[-1], report.out)


def _from(beginning: str | None) -> list[str]:
    return ["--initialize-from", beginning] if beginning else []


def _train(report: Report, kind: str, arguments: list[str]) -> None:
    """The command `train`, told to end while there is time to write its checkpoint."""
    command = [sys.executable, "-m", "training.cli", "train", "--config", SIZES[kind].trained, "--device", kind]
    command += ["--kimg", SIZES[kind].kimg]
    process = subprocess.Popen(
        [*command, *arguments], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(max(report.left() - 0.1 * report.seconds, SIZES[kind].least))
        process.send_signal(signal.SIGTERM)
        shown, _ = process.communicate(timeout=max(report.left(), SIZES[kind].least))
    finally:
        process.kill()
    for line in shown.strip().splitlines()[-8:]:
        report.say(line)


def pack(folder: Path, out: Path) -> list[str]:
    """The averaged generator of a checkpoint, in float16, with its checkpoint.json, as parts of a tar file."""
    import safetensors.torch

    half = {name: value.half() for name, value in checkpoint.read_tensors(folder, "generator_ema").items()}
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as tar:
        for name, data in (
            ("generator_ema.safetensors", safetensors.torch.save(half)),
            ("checkpoint.json", (folder / "checkpoint.json").read_bytes()),
        ):
            entry = tarfile.TarInfo(f"{folder.name}/{name}")
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
    whole = content.getvalue()
    names = []
    for number, start in enumerate(range(0, len(whole), PART_BYTES)):
        names.append(f"checkpoint.tar.{number:02d}")
        files.write(out / names[-1], whole[start : start + PART_BYTES])
    return names


@click.command(context_settings={"show_default": True})
@click.option("--device", default="auto", type=click.Choice(["auto", "cuda", "cpu"]), help="What to measure.")
@click.option("--seconds", default=LONGEST_SECONDS, type=click.IntRange(20, LONGEST_SECONDS), help="For everything.")
@click.option("--out", default="out/gpu", type=click.Path(path_type=Path), help="Folder for what is found.")
@click.option("--data", type=click.Path(path_type=Path), help="Prepared 512x512 set.  [default: four simulated images]")
@click.option("--initialize-from", "beginning", help="Run or checkpoint that the training begins with.")
def main(device: str, seconds: int, out: Path, data: Path | None, beginning: str | None) -> None:
    """Run the CUDA tests, measure training and inference, train with the time left, and leave files of 15 MiB."""
    kind = select(device, "float32").torch_device.type
    name = torch.cuda.get_device_name() if kind == "cuda" else platform.processor() or platform.machine()
    out.mkdir(parents=True, exist_ok=True)
    report = Report(out.resolve(), float(seconds))
    report.say(f"{kind}, {name}; torch {torch.__version__}; at most {seconds} s")
    report.values |= {"device": kind, "name": name, "torch": torch.__version__}
    with report.part("tests that need CUDA"):
        run_tests(report, kind)
    with report.part("training"):
        measure_training(report, kind)
    with report.part("inference"):
        measure_inference(report, kind)
    with report.part("compiled training"):
        measure_compiled(report, kind)
    with report.part("a training with the time that is left"):
        train_on(report, kind, data, beginning)
    sys.exit(1 if report.values.get("failed") or report.values.get("tests") not in (0, None) else 0)


if __name__ == "__main__":
    main()
