"""Options that several commands share, and the forms that their values take."""

import functools
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import numpy as np
from click.core import ParameterSource

MAX_SEED = 2**32 - 1
MAX_SEEDS = 10_000_000


class Seeds(click.ParamType):
    """Seeds as "7", "0-3" (both included), "0:1000" (the end excluded), or several of these with commas."""

    name = "seeds"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> np.ndarray:
        """The seeds, [n] int64, in the order given."""
        if isinstance(value, np.ndarray):
            return value
        ranges = [self._range(part.strip(), param, ctx) for part in value.split(",")]
        if sum(map(len, ranges)) > MAX_SEEDS:
            self.fail(f"{value!r} are {sum(map(len, ranges)):,} seeds; allowed: 1 to {MAX_SEEDS:,}", param, ctx)
        return np.concatenate([np.arange(part.start, part.stop, dtype=np.int64) for part in ranges])

    def _range(self, part: str, param: click.Parameter | None, ctx: click.Context | None) -> range:
        match = re.fullmatch(r"(\d+)(?:([-:])(\d+))?", part, re.ASCII)
        if match is None or len(part) > 40:
            allowed = "N, A-B (B included) or A:B (B excluded), separated by commas"
            self.fail(f"{part[:60]!r} is not allowed; allowed: {allowed}", param, ctx)
        first, separator, last = match.groups()
        stop = int(last) + (separator == "-") if separator else int(first) + 1
        if int(first) >= stop:
            self.fail(f"{part!r} holds no seed; allowed: a last seed not before the first", param, ctx)
        if stop - 1 > MAX_SEED:
            self.fail(f"{part!r} is not allowed; allowed: seeds 0 to {MAX_SEED}", param, ctx)
        return range(int(first), stop)


class Layers(click.ParamType):
    """A range of layers, START:END with the end excluded."""

    name = "start:end"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, int]:
        if isinstance(value, tuple):
            return value
        match = re.fullmatch(r"(\d{1,4}):(\d{1,4})", value, re.ASCII)
        if match is None:
            self.fail(f"{value!r} is not allowed; allowed: START:END, such as 0:8 (8 excluded)", param, ctx)
        return int(match[1]), int(match[2])


class Edit(click.ParamType):
    """A move along a component: COMPONENT=SIGMAS or COMPONENT=SIGMAS@START:END."""

    name = "component=sigmas[@start:end]"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if not isinstance(value, str):
            return value
        component, equals, rest = value.partition("=")
        sigmas, _, layers = rest.partition("@")
        try:
            number = float(sigmas)
        except ValueError:
            number = None
        if not (component and equals) or number is None:
            allowed = "COMPONENT=SIGMAS[@START:END], such as 0=2.5 or 3=-1@0:8"
            self.fail(f"{value!r} is not allowed; allowed: {allowed}", param, ctx)
        return (index_or_name(component), number, *(Layers().convert(layers, param, ctx) if layers else ()))


def index_or_name(text: str) -> int | str:
    """A component or region: digits are an index, anything else a curated name."""
    return int(text) if text.isascii() and text.isdigit() else text


def takes_client(command: Callable) -> Callable:
    """Adds --address, --local, --bundle and --deadline, and hands the command an open `client`."""

    @click.option(
        "--address", default="127.0.0.1:50051", show_default=True, metavar="HOST:PORT", help="The server's edge."
    )
    @click.option("--local", is_flag=True, help="Work in this process, without a server; needs --bundle.")
    @click.option(
        "--bundle",
        type=click.Path(file_okay=False, path_type=Path),
        metavar="DIR",
        help="Bundle for --local.  [default: MAMMOGANESIS_BUNDLE in the environment]",
    )
    @click.option(
        "--deadline",
        "deadline_seconds",
        type=click.FloatRange(min=0, min_open=True),
        default=120.0,
        show_default=True,
        metavar="SECONDS",
        help="Longest wait for one answer of a server; five times as much for a stream.",
    )
    @functools.wraps(command)
    def wrapped(*args: Any, address: str, local: bool, bundle: Path | None, deadline_seconds: float, **kwargs: Any):
        if bundle is not None and not local:
            raise click.UsageError("--bundle goes with --local: a server has its own bundle")
        if local and click.get_current_context().get_parameter_source("address") is ParameterSource.COMMANDLINE:
            raise click.UsageError("--address and --local exclude each other")
        from services.client import Client

        client = Client.local(bundle) if local else Client.connect(address, deadline_seconds=deadline_seconds)
        with client:
            return command(*args, client=client, **kwargs)

    return wrapped


def takes_sampling(command: Callable) -> Callable:
    """Adds truncation and noise, for images that come from a seed."""
    for option in (
        click.option("--noise-seed", type=int, default=0, show_default=True, help="With --noise-mode random."),
        click.option(
            "--noise-mode",
            type=click.Choice(["const", "random", "none"]),
            default="const",
            show_default=True,
            help="Synthesis noise: the bundle's, drawn from --noise-seed, or none.",
        ),
        click.option(
            "--truncation-cutoff", type=int, metavar="LAYERS", help="Leading layers truncated.  [default: all]"
        ),
        click.option(
            "--truncation-psi",
            type=float,
            default=0.65,
            show_default=True,
            help="0 (the mean image) to 2; 1 leaves the code as it is.",
        ),
    ):
        command = option(command)
    return command


def takes_format(command: Callable) -> Callable:
    """Adds --format and --burn-in-mark."""
    for option in (
        click.option(
            "--burn-in-mark", is_flag=True, help='Write "SYNTHETIC - NOT FOR DIAGNOSIS" into the pixels; not with raw.'
        ),
        click.option(
            "--format",
            "format",
            type=click.Choice(["png", "png16", "raw"]),
            default="png",
            show_default=True,
            help="PNG of 8 or 16 bits, or raw: NumPy file, float32 [C, H, W], not clamped.",
        ),
    ):
        command = option(command)
    return command


def takes_latent(argument: str = "latent", prefix: str = "", what: str = "the image to edit") -> Callable:
    """Adds --seed, --recipe, --image and --latent-id (with a prefix), and hands over the one given as `argument`.

    Truncation and noise come from `takes_sampling`, which the command must have as well; they go with a seed.
    """
    keys = {name: f"{prefix}{name}".replace("-", "_") for name in ("seed", "recipe", "image", "latent-id")}
    file = click.Path(exists=True, dir_okay=False, path_type=Path)

    def decorate(command: Callable) -> Callable:
        @click.option(f"--{prefix}seed", type=click.IntRange(0, MAX_SEED), help=f"Seed of {what}.")
        @click.option(f"--{prefix}recipe", type=file, metavar="FILE", help=f"Recipe of {what}, a JSON file.")
        @click.option(f"--{prefix}image", type=file, metavar="PNG", help=f"{what[0].upper()}{what[1:]}, a PNG of ours.")
        @click.option(f"--{prefix}latent-id", metavar="ID", help=f"Latent id of {what}, while the cache has it.")
        @functools.wraps(command)
        def wrapped(*args: Any, **kwargs: Any):
            given = {name: value for name, key in keys.items() if (value := kwargs.pop(key)) is not None}
            if len(given) != 1:
                wanted = ", ".join(f"--{prefix}{name}" for name in keys)
                raise click.UsageError(f"give exactly one of {wanted}")
            ((name, value),) = given.items()
            return command(*args, **{argument: read_latent(name, value, kwargs)}, **kwargs)

        return wrapped

    return decorate


def read_latent(kind: str, value: Any, sampling: dict[str, Any]) -> Any:
    """The latent of one source; a seed takes truncation and noise from the command's options."""
    from mammoganesis.v1 import latents_pb2

    from services.client import messages
    from services.recipes import from_json

    if kind == "seed":
        return latents_pb2.Recipe(
            seed=value,
            truncation=messages.truncation(sampling["truncation_psi"], sampling["truncation_cutoff"]),
            noise=messages.noise(sampling["noise_mode"], sampling["noise_seed"]),
        )
    if kind == "recipe":
        return from_json(value.read_text(encoding="utf-8"))
    if kind == "image":
        return messages.recipe_of_file(value)
    return value


def drop_sampling(kwargs: dict[str, Any]) -> None:
    """Takes the options of `takes_sampling` out of a command's arguments once the latents are read."""
    for name in ("truncation_psi", "truncation_cutoff", "noise_mode", "noise_seed"):
        kwargs.pop(name, None)


def progress(total: int, unit: str = "image") -> Any:
    """A progress bar on stderr; silent when stderr is not a terminal."""
    from tqdm import tqdm

    return tqdm(total=total, unit=unit, disable=None, leave=False)
