"""Options that the commands of this package share, and what they mean."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.core import ParameterSource

from mammoganesis.errors import ConfigurationError
from mammoganesis.recipe.limits import MAX_SEED

if TYPE_CHECKING:
    import torch

    from training.metrics.extractors import Extractor

Command = TypeVar("Command", bound=Callable[..., Any])
Decorator = Callable[[Command], Command]

EXTRACTOR_ONLY = ("extractor_digest", "extractor_kind", "input_size", "input_channels", "input_range", "arguments")


def _all(*decorators: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def apply(command: Any) -> Any:
        for decorator in reversed(decorators):
            command = decorator(command)
        return command

    return apply


data = _all(
    click.option("--data", required=True, type=click.Path(path_type=Path), help="Set made by `prepare`: the reals."),
    click.option(
        "--split",
        default="train",
        show_default=True,
        type=click.Choice(["train", "test"]),
        help="Which of its images are the reals.",
    ),
)


def sampling(samples: int) -> Callable[[Any], Any]:
    """--samples with this default, --psi, --seed, --device, --threads."""
    return _all(
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
            "--device", default="cpu", show_default=True, help="Where samples are made: auto, cpu, cuda, cuda:N."
        ),
        click.option(
            "--threads", default=0, show_default=True, type=click.IntRange(0), help="CPU threads; 0 leaves it to torch."
        ),
    )


extractor = _all(
    click.option(
        "--extractor",
        "extractor_file",
        type=click.Path(dir_okay=False, path_type=Path),
        help="TorchScript (.pt, .pth, .ts) or ONNX (.onnx) network that gives features; only from a source you trust.  "
        "[default: random-projection, built in]",
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
)


def _argument(text: str) -> tuple[str, bool] | None:
    name, _, value = text.partition("=")
    if value not in ("true", "false", "none") or not name.isidentifier():
        raise ConfigurationError(f"--extractor-argument is {text!r}; NAME=true, NAME=false or NAME=none is needed")
    return None if value == "none" else (name, value == "true")


def extractor_of(given: dict[str, Any], resolution: int, set_by_user: set[str]) -> Extractor:
    """The extractor that the options ask for."""
    from training.metrics import extractors
    from training.metrics.random_projection import RandomProjection

    if given["extractor_file"] is None:
        stray = [name for name in EXTRACTOR_ONLY if name in set_by_user]
        if stray:
            names = ", ".join(
                "--" + name.replace("_", "-").replace("arguments", "extractor-argument") for name in stray
            )
            raise ConfigurationError(f"{names}: only together with --extractor")
        return RandomProjection(max(resolution, 16))
    arguments = None
    if given["arguments"]:
        arguments = tuple(pair for pair in map(_argument, given["arguments"]) if pair is not None)
    spec = extractors.spec_of(
        given["extractor_kind"], given["input_size"], given["input_channels"], given["input_range"], arguments
    )
    return extractors.load(given["extractor_file"], spec, given["extractor_digest"])


def device_of(given: dict[str, Any]) -> torch.device:
    """The device of the options; sets the number of threads."""
    import torch

    from training.accelerators import select

    if given["threads"]:
        torch.set_num_threads(given["threads"])
    return select(given["device"], "float32").torch_device


def set_by_user(context: click.Context) -> set[str]:
    """The parameters that were given on the command line."""
    return {name for name in context.params if context.get_parameter_source(name) is ParameterSource.COMMANDLINE}
