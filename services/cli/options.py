"""Options that several commands share."""

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from mammoganesis.recipe.limits import DEFAULT_PSI, MAX_PSI, MAX_SEED
from services.cli.values import Labels, LatentSource

DEFAULT_BUNDLE = "[default: MAMMOGANESIS_BUNDLE in the environment, or deploy/bundles/demo]"
SAMPLING = ("labels", "truncation_psi", "truncation_cutoff", "noise_mode", "noise_seed")
SUFFIX = {"png": ".png", "png16": ".png", "raw": ".npy"}
SOURCES = "services.cli.options.sources"  # in the context's meta: kinds of the latents given, such as ["seed", "image"]


def takes_client(command: Callable) -> Callable:
    """Adds --address, --local, --bundle and --deadline, and hands the command an open `client`."""

    @click.option(
        "--address", default="127.0.0.1:50051", show_default=True, metavar="HOST:PORT", help="The server's edge."
    )
    @click.option("--local", is_flag=True, help="Work in this process, without a server.")
    @click.option(
        "--bundle",
        type=click.Path(file_okay=False, path_type=Path),
        metavar="DIR",
        help=f"Bundle for --local.  {DEFAULT_BUNDLE}",
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
    """Adds labels, truncation and noise, for images that come from a seed."""

    @functools.wraps(command)
    def wrapped(*args: Any, **kwargs: Any):
        _check_noise_seed(kwargs["noise_mode"])
        return command(*args, **kwargs)

    return _with_sampling_options(wrapped)


def _with_sampling_options(command: Callable) -> Callable:
    for option in (
        click.option("--noise-seed", type=int, default=0, show_default=True, help="With --noise-mode random."),
        click.option(
            "--noise-mode",
            type=click.Choice(["own", "const", "random", "none"]),
            default="own",
            show_default=True,
            help="Fine texture: each image's own, the model's for all images, drawn from --noise-seed, or none.",
        ),
        click.option(
            "--truncation-cutoff", type=int, metavar="LAYERS", help="Leading layers truncated.  [default: all]"
        ),
        click.option(
            "--truncation-psi",
            type=float,
            default=DEFAULT_PSI,
            show_default=True,
            help=f"0 (the mean image) to {MAX_PSI:g}; 1 leaves the code as it is.",
        ),
        click.option(
            "--labels",
            type=Labels(),
            help="Labels of a conditional model, such as view=MLO,density=B; `mammoganesis model` lists them.  "
            "[default: none]",
        ),
    ):
        command = option(command)
    return command


def refuse_sampling(why: str) -> None:
    """Refuses labels, truncation and noise that were given where a recipe brings its own."""
    for name in SAMPLING:
        if click.get_current_context().get_parameter_source(name) is ParameterSource.COMMANDLINE:
            raise click.UsageError(f"--{name.replace('_', '-')} {why}")


def _check_noise_seed(noise_mode: str) -> None:
    """A noise seed that nothing would be drawn from is a mistake."""
    given = click.get_current_context().get_parameter_source("noise_seed") is ParameterSource.COMMANDLINE
    if given and noise_mode != "random":
        raise click.UsageError(f"--noise-seed goes with --noise-mode random, not with {noise_mode}")


def takes_format(command: Callable) -> Callable:
    """Adds --format, --burn-in-mark and --resolution."""
    for option in (
        click.option(
            "--resolution",
            type=click.IntRange(0, 2**32 - 1),
            default=0,
            metavar="PIXELS",
            help="Width of the image: the model's own, or its preview's for a quick look.  [default: the model's]",
        ),
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


def takes_seed_sampling(command: Callable) -> Callable:
    """As `takes_sampling`, for a command with `takes_latent` above it: the options go into the recipes made of seeds
    and not to the command, and are refused where no latent is given by its seed, since nothing would come of them."""

    @functools.wraps(command)
    def wrapped(*args: Any, **kwargs: Any):
        context = click.get_current_context()
        if "seed" not in context.meta[SOURCES]:
            refuse_sampling("goes with a seed: other sources bring their own")
        _check_noise_seed(kwargs["noise_mode"])
        for name in SAMPLING:
            del kwargs[name]
        return command(*args, **kwargs)

    return _with_sampling_options(wrapped)


def takes_out_file(text: str) -> Callable:
    """Adds --out FILE, whose suffix, if it has one, must be that of --format, or PNG's where there is no --format."""

    def decorate(command: Callable) -> Callable:
        @click.option(
            "--out", type=click.Path(dir_okay=False, path_type=Path), required=True, metavar="FILE", help=text
        )
        @functools.wraps(command)
        def wrapped(*args: Any, out: Path, **kwargs: Any):
            image_format = kwargs.get("format", "png")
            if out.suffix and out.suffix.lower() != SUFFIX[image_format]:
                what = f"--format {image_format}" if "format" in kwargs else "a PNG file"
                raise click.UsageError(
                    f"--out: suffix {out.suffix!r} is not allowed; allowed: {SUFFIX[image_format]!r}, as it is {what}"
                )
            return command(*args, out=out, **kwargs)

        return wrapped

    return decorate


def takes_latent(argument: str = "latent", prefix: str = "", what: str = "the image to edit") -> Callable:
    """Adds --seed, --recipe, --image and --latent-id (with a prefix), and hands over the one given as `argument`.

    Truncation and noise come from `takes_seed_sampling`, which the command must have below this; they go with a seed.
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
            click.get_current_context().meta.setdefault(SOURCES, []).append(name)
            return command(*args, **{argument: read_latent(name, value, kwargs)}, **kwargs)

        return wrapped

    return decorate


def takes_latents(*arguments: str) -> Callable:
    """Adds an argument IMAGE_OR_SEED for each name and hands over the latents, as `takes_latent` does."""

    def decorate(command: Callable) -> Callable:
        @functools.wraps(command)
        def wrapped(*args: Any, **kwargs: Any):
            given = {name: kwargs.pop(name) for name in arguments}
            click.get_current_context().meta[SOURCES] = [kind for kind, _ in given.values()]
            latents = {name: read_latent(kind, value, kwargs) for name, (kind, value) in given.items()}
            return command(*args, **latents, **kwargs)

        for name in reversed(arguments):
            metavar = "IMAGE_OR_SEED" if len(arguments) == 1 else name.upper()
            wrapped = click.argument(name, type=LatentSource(), metavar=metavar)(wrapped)
        return wrapped

    return decorate


def read_latent(kind: str, value: Any, sampling: dict[str, Any]) -> Any:
    """The latent of one source; a seed takes labels, truncation and noise from the command's options."""
    from mammoganesis.recipe.canonical import from_json
    from mammoganesis.v1 import latents_pb2
    from services.client import messages

    if kind == "seed":
        return latents_pb2.Recipe(
            seed=value,
            labels=sampling["labels"],
            truncation=messages.truncation(sampling["truncation_psi"], sampling["truncation_cutoff"]),
            noise=messages.noise(sampling["noise_mode"], sampling["noise_seed"]),
        )
    if kind == "recipe":
        return from_json(read_text(value, "recipe"))
    if kind == "image":
        return messages.recipe_of_file(value)
    return value


def read_text(path: Path, field: str) -> str:
    """The text of a file in UTF-8. Raises InvalidArgument when it is not text."""
    from mammoganesis.errors import InvalidArgument

    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise InvalidArgument(field, str(path), "a text file in UTF-8") from None


def progress(total: int, unit: str = "image") -> Any:
    """A progress bar on stderr; silent when stderr is not a terminal."""
    from tqdm import tqdm

    return tqdm(total=total, unit=unit, disable=None, leave=False)
