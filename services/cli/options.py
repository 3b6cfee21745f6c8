"""Options that several commands share, and the values that they become."""

import functools
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mammoganesis.recipe.limits import DEFAULT_PSI, MAX_PSI
from mammoganesis.terminal.labels import takes_labels
from services.cli.connection import is_given

if TYPE_CHECKING:
    from mammoganesis.v1.latents_pb2 import Recipe
    from services.cli.names import Names
    from services.client import Picture, Sampling

SAMPLING = ("labels", "labels_drawn", "truncation_psi", "truncation_cutoff", "noise_mode", "noise_seed")
FILE_SUFFIXES = (".png", ".npy", ".jpg", ".jpeg", ".tif", ".tiff", ".webp", ".dcm", ".gif", ".bmp")


def known_sampling(sampling: "Sampling", names: "Names") -> "Sampling":
    """The same with labels as the model writes them."""
    return replace(sampling, labels=names.labels(sampling.labels))


def takes_sampling(command: Callable) -> Callable:
    """Adds labels, truncation and noise, for images that come from a seed; hands over `sampling`."""

    @functools.wraps(command)
    def wrapped(*args: Any, **kwargs: Any):
        return command(*args, sampling=sampling_of(kwargs), **kwargs)

    return sampling_options(wrapped)


def sampling_of(given: dict[str, Any]) -> "Sampling":
    """Takes the options of `sampling_options` out of what was given.

    Raises:
        UsageError: a noise seed that nothing would be drawn from.
    """
    values = {name: given.pop(name) for name in SAMPLING}
    if is_given("noise_seed") and values["noise_mode"] != "random":
        raise click.UsageError(f"--noise-seed goes with --noise-mode random, not with {values['noise_mode']}")
    from services.client import Sampling

    return Sampling(
        psi=values["truncation_psi"],
        cutoff=values["truncation_cutoff"],
        noise=values["noise_mode"],
        noise_seed=values["noise_seed"],
        labels=values["labels"],
        labels_drawn=values["labels_drawn"],
    )


def refuse_sampling(why: str) -> None:
    """Refuses labels, truncation and noise that were given where something else brings its own."""
    for name in SAMPLING:
        if is_given(name):
            raise click.UsageError(f"--{name.replace('_', '-')} {why}")


def sampling_options(command: Callable) -> Callable:
    """Adds the options of a `Sampling`, without their meaning."""
    for option in (
        click.option("--noise-seed", type=int, default=0, show_default=True, help="With --noise-mode random."),
        click.option(
            "--noise-mode",
            type=click.Choice(["own", "const", "random", "none"]),
            default="own",
            show_default=True,
            help="Synthesis noise, the fine texture: each image's own, the model's for all, drawn from --noise-seed, "
            "or none.",
        ),
        click.option(
            "--truncation-cutoff", type=int, metavar="LAYERS", help="Leading layers truncated.  [default: all]"
        ),
        takes_psi,
        click.option(
            "--labels-drawn",
            is_flag=True,
            help="Draw the labels that --labels does not give, for each seed as often as in training.",
        ),
        takes_labels(),
    ):
        command = option(command)
    return command


takes_psi = click.option(
    "--truncation-psi",
    type=float,
    default=DEFAULT_PSI,
    show_default=True,
    help=f"0 (the mean image) to {MAX_PSI:g}; 1 leaves the code as it is.",
)

takes_mark = click.option(
    "--mark/--no-mark",
    "--burn-in-mark",
    default=True,
    show_default=True,
    help='Whether "SYNTHETIC - NOT FOR DIAGNOSIS" stands in the pixels; not with raw.',
)


def _language(context: click.Context, option: click.Parameter, tag: str) -> str:
    from mammoganesis.texts.languages import language_of

    return language_of(tag, "--language").code


takes_language = click.option(
    "--language",
    default="",
    callback=_language,
    help='Of the words: "en", "fr", or a tag such as "fr-CA".  [default: en]',
)


takes_animation = click.option(
    "--animation", is_flag=True, help="Also animation.gif: the images one after the other, forth and back."
)


POSITION = (
    click.option(
        "--view",
        type=click.Choice(["CC", "MLO"], case_sensitive=False),
        help="View that a DICOM file states.  [default: the label of the image]",
    ),
    click.option(
        "--side",
        type=click.Choice(["L", "R"], case_sensitive=False),
        help="Breast that a DICOM file states; a left one is mirrored.  [default: the label of the image]",
    ),
)


def takes_position(command: Callable) -> Callable:
    """Adds --side and --view of a DICOM file."""
    for option in POSITION:
        command = option(command)
    return command


def position_of(given: dict[str, Any], format: str) -> dict[str, str | None]:
    """Takes the options of POSITION out of what was given.

    Raises:
        UsageError: the format does not state them.
    """
    position = {name: given.pop(name) for name in ("side", "view")}
    for name, value in position.items():
        if value is not None and not format.startswith("dicom"):
            raise click.UsageError(f"--{name} goes with --format dicom or dicom-sc, not with {format}")
    return position


def takes_picture(command: Callable) -> Callable:
    """Adds --format, --side, --view, --mark and --resolution; hands over `picture`."""

    @functools.wraps(command)
    def wrapped(*args: Any, format: str, mark: bool, resolution: int, **kwargs: Any):
        position = position_of(kwargs, format)
        if format == "raw":
            if mark and is_given("mark"):
                raise click.UsageError("--mark goes with pictures; raw numbers carry none")
            if mark:
                click.echo("raw numbers carry no mark", err=True)
            mark = False
        from services.client import Picture

        return command(*args, picture=Picture(format, mark, resolution, **position), **kwargs)

    for option in (
        *POSITION,
        click.option(
            "--resolution",
            type=click.IntRange(0, 2**32 - 1),
            default=0,
            metavar="PIXELS",
            help="Width of the image: the model's own, or its preview's for a quick look.  [default: the model's]",
        ),
        takes_mark,
        click.option(
            "--format",
            "format",
            type=click.Choice(["png", "png16", "raw", "dicom", "dicom-sc"]),
            default="png",
            show_default=True,
            help="PNG of 8 or 16 bits; raw: NumPy file, float32 [C, H, W], not clamped; a DICOM file of 12 bits, as a "
            "mammogram that hangs as one (dicom) or as a secondary capture (dicom-sc).",
        ),
    ):
        wrapped = option(wrapped)
    return wrapped


_FORMS = {".dcm": "DICOM"}  # by suffix, where it is not the name


def takes_out_file(text: str, alone: str = ".png", like: str = "") -> Callable:
    """Adds --out FILE with the suffix of --format, or `alone` where there is no --format, or that of the
    form of the file that the argument `like` names; one that is missing is added.
    A command with `takes_picture` must have it above this."""

    def decorate(command: Callable) -> Callable:
        @click.option("--out", type=click.Path(path_type=Path), required=True, metavar="FILE", help=text)
        @functools.wraps(command)
        def wrapped(*args: Any, out: Path, **kwargs: Any):
            picture: Picture | None = kwargs.get("picture")
            suffix = picture.suffix if picture else _suffix_of(kwargs[like]) if like else alone
            if out.is_dir():
                raise click.UsageError(f"--out: '{out}' is a folder; allowed: the name of a file")
            if out.suffix and out.suffix.lower() != suffix:
                what = f"--format {picture.format}" if picture else f"a {_FORMS.get(suffix, suffix[1:].upper())} file"
                raise click.UsageError(
                    f"--out: suffix {out.suffix!r} is not allowed; allowed: {suffix!r}, as it is {what}"
                )
            return command(*args, out=out if out.suffix else out.with_name(out.name + suffix), **kwargs)

        return wrapped

    return decorate


def _suffix_of(path: Path) -> str:
    """Of files of that form; ".png" of one that is none of ours."""
    from mammoganesis.pictures.kinds import kind_of

    with path.open("rb") as file:
        return ".dcm" if kind_of(file.read(256)) == "a DICOM" else ".png"


def takes_out_folder(text: str) -> Callable:
    """Adds --out DIR, for a command that writes several files."""

    def checked(context: click.Context, parameter: click.Parameter, out: Path) -> Path:
        if out.suffix.lower() in FILE_SUFFIXES and not out.is_dir():
            raise click.UsageError(
                f"--out: '{out}' is the name of a file, and this command writes several; allowed: a folder, such as "
                f"'{out.with_suffix('')}'"
            )
        return out

    folder = click.Path(file_okay=False, path_type=Path)
    return click.option("--out", type=folder, required=True, metavar="DIR", help=text, callback=checked)


def read_recipe(path: Path) -> "Recipe":
    """The recipe in a JSON file. Raises InvalidArgument when it holds none; it names the file."""
    from mammoganesis.errors import InvalidArgument
    from mammoganesis.recipe.canonical import from_json

    try:
        return from_json(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        allowed = (
            "a recipe as JSON, a text file in UTF-8, as `mammoganesis describe --json` prints it; for a PNG file of "
            "ours there is --image"
        )
        raise InvalidArgument("recipe", path, allowed) from None
    except InvalidArgument as error:
        raise error.in_file(path) from None
