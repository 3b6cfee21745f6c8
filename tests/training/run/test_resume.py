"""A run that is killed at any moment goes on, bit for bit, as if nothing had happened."""

from __future__ import annotations

import dataclasses
import json
import random
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from tests.places import ROOT
from training.accelerators import select
from training.checkpoints import checkpoint
from training.configs.options import TrainingOptions
from training.run.options import resumed_options
from training.run.start import Beginning, start

# A process for every case (run folder, function, number): trains, and dies in that call of the function, before it does
# anything. Prints how each ended. They are forked, because importing takes longer than training.
CHILD = """
import json, os, signal, sys, traceback
from pathlib import Path
import torch
import torch._dynamo  # what Adam imports at its first use
from training.accelerators import select
from training.checkpoints import checkpoint
from training.configs.options import TrainingOptions
from training.loop import phases as loop
from training.run.start import start

torch.set_num_threads(1)
data, options, cases = sys.argv[1], TrainingOptions.from_dict(json.loads(sys.argv[2])), json.loads(sys.argv[3])

def train(run, function, left):
    def count():
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def deadly(*arguments, **keywords):
        count()
        result = original(*arguments, **keywords)
        if function == "files.renamed":  # before and after
            count()
        return result

    module, _, name = function.partition(".")
    module = {"loop": loop, "checkpoint": checkpoint, "files": Path}[module]
    name = "rename" if function == "files.renamed" else name
    original = getattr(module, name)
    setattr(module, name, deadly)
    start(options, Path(data), Path(run), select("cpu", "float32"), report=lambda line: None)

ends = []
for case in cases:
    process = os.fork()
    if process == 0:
        try:
            train(*case)
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(1)
    ends.append(os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]))
print(json.dumps(ends))
"""


@pytest.fixture(scope="module")
def options(tiny_options: TrainingOptions) -> TrainingOptions:
    """30 steps, all within one kimg, with a checkpoint after every third one."""
    return dataclasses.replace(tiny_options, batch=4, kimg=0.12, kimg_per_tick=0.012, snapshot_ticks=1)


def quiet(line: str) -> None:
    """Takes the lines of a run."""


@pytest.fixture(scope="module")
def uninterrupted(options: TrainingOptions, tiny_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.set_num_threads(1)
    run = tmp_path_factory.mktemp("straight")
    start(options, tiny_data, run, select("cpu", "float32"), report=quiet)
    return checkpoint.resolve(run)  # type: ignore[return-value]


CASES: dict[str, tuple[str, Callable[[], int]]] = {
    # 2.8 Adam steps per training step: dies in one of the steps 4 to 7.
    "in a step": ("loop._update", lambda: random.randint(11, 20)),
    # Five files per checkpoint: dies while the second or third is written.
    "while a checkpoint is written": ("checkpoint._serialised", lambda: random.randint(6, 15)),
    # The second and third folder that gets its name: dies just before or after the renaming.
    "around the renaming of a checkpoint": ("files.renamed", lambda: random.choice([3, 4, 5, 6])),
}


@pytest.fixture(scope="module")
def killed(
    options: TrainingOptions, tiny_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, tuple[Path, int]]:
    """The folder of a killed run, and the call it died in, by case."""
    drawn = {case: (tmp_path_factory.mktemp("killed"), draw()) for case, (_, draw) in CASES.items()}
    cases = [(str(run), CASES[case][0], calls) for case, (run, calls) in drawn.items()]
    arguments = [str(tiny_data), json.dumps(options.to_dict()), json.dumps(cases)]
    child = subprocess.run([sys.executable, "-c", CHILD, *arguments], cwd=ROOT, capture_output=True, text=True)
    assert child.returncode == 0, child.stderr
    assert json.loads(child.stdout) == [-signal.SIGKILL] * len(cases), (cases, child.stderr)
    return drawn


@pytest.mark.parametrize("case", CASES)
def test_a_killed_run_goes_on_exactly(
    case: str, killed: dict[str, tuple[Path, int]], uninterrupted: Path, tiny_data: Path
) -> None:
    run, calls = killed[case]
    newest = checkpoint.resolve(run)
    step = checkpoint.read_content(newest)["step"]
    assert 3 <= step <= 9, calls  # at least 20 steps are left
    start(resumed_options(newest), tiny_data, run, select("cpu", "float32"), Beginning(resume=newest), report=quiet)
    finished = checkpoint.resolve(run)
    actual, expected = checkpoint.read_content(finished), checkpoint.read_content(uninterrupted)
    assert actual == expected
    assert (actual["step"], actual["images_seen"]) == (30, 120)
    for name in ("generator", "generator_ema", "discriminator", "optimizers", "random"):
        ours, theirs = checkpoint.read_tensors(finished, name), checkpoint.read_tensors(uninterrupted, name)
        assert ours.keys() == theirs.keys()
        assert [key for key in ours if not torch.equal(ours[key], theirs[key])] == [], (name, calls)
    logs = [path.read_text().splitlines() for path in (run / "log.jsonl", uninterrupted.parents[1] / "log.jsonl")]
    losses = [[(json.loads(line)["kimg"], json.loads(line)["loss_d"]) for line in log] for log in logs]
    assert losses[0] == losses[1]
