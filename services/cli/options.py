"""Options that several commands share, and the values that they become."""

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from mammoganesis.recipe.limits import DEFAULT_PSI, MAX_PSI
from mammoganesis.terminal.labels import takes_labels
from services.process.arithmetic import AUTO, PRECISIONS, PROVIDERS

if TYPE_CHECKING:
    from mammoganesis.v1.latents_pb2 import Recipe
    from mammoganesis.v1.model_pb2 import Synthesis
    from services.cli.names import Names
    from services.client import Client, Picture, Sampling

BUNDLE = "deploy/bundles/demo"
DEFAULT_BUNDLE = f"[default: MAMMOGANESIS_BUNDLE in the environment, or {BUNDLE}]"
OF_LOCAL = {"bundle": "bundle", "provider": "execution provider", "precision": "precision"}
SAMPLING = ("labels", "truncation_psi", "truncation_cutoff", "noise_mode", "noise_seed")
FILE_SUFFIXES = (".png", ".npy", ".jpg", ".jpeg", ".tif", ".tiff", ".webp", ".dcm", ".gif", ".bmp")


def known_sampling(sampling: "Sampling", names: "Names") -> "Sampling":
    """The same with labels as the model writes them."""
    return replace(sampling, labels=names.labels(sampling.labels))


def takes_arithmetic(command: Callable) -> Callable:
    """Adds --provider and --precision, for a command that synthesises itself."""
    for name, choices, setting, text in (
        ("precision", PRECISIONS, "SYNTHESIS_PRECISION", "Numbers that it computes with."),
        ("provider", PROVIDERS, "EXECUTION_PROVIDER", "What computes the images without a server."),
    ):
        default = f"[default: MAMMOGANESIS_{setting} in the environment, or {AUTO}]"
        option = click.option(f"--{name}", type=click.Choice(choices, case_sensitive=False), help=f"{text}  {default}")
        command = option(command)
    return command


_address = click.option(
    "--address", default="127.0.0.1:50051", show_default=True, metavar="HOST:PORT", help="The server's edge."
)
_deadline = click.option(
    "--deadline",
    "deadline_seconds",
    type=click.FloatRange(min=0, min_open=True),
    default=120.0,
    show_default=True,
    metavar="SECONDS",
    help="Longest wait for one answer of a server; five times as much for a stream.",
)


_tls = (
    click.option(
        "--ca",
        envvar="MAMMOGANESIS_TLS_CA_FILE",
        metavar="FILE",
        help='PEM certificates of the authority of a server with TLS; "system": those of this machine.  [default: '
        "MAMMOGANESIS_TLS_CA_FILE, or no TLS]",
    ),
    click.option(
        "--certificate",
        envvar="MAMMOGANESIS_TLS_CLIENT_CERTIFICATE_FILE",
        metavar="FILE",
        help="PEM client certificate, where the server asks for one.  [default: "
        "MAMMOGANESIS_TLS_CLIENT_CERTIFICATE_FILE]",
    ),
    click.option(
        "--key",
        envvar="MAMMOGANESIS_TLS_CLIENT_KEY_FILE",
        metavar="FILE",
        help="Its private key.  [default: MAMMOGANESIS_TLS_CLIENT_KEY_FILE]",
    ),
    click.option(
        "--server-name",
        envvar="MAMMOGANESIS_TLS_SERVER_NAME",
        default="",
        metavar="NAME",
        help="Name that the server's certificate has.  [default: MAMMOGANESIS_TLS_SERVER_NAME, or that of --address]",
    ),
)
_token_file = click.option(
    "--token-file",
    metavar="FILE",
    help="File of the token by which you say who you are, where the server asks.  [default: MAMMOGANESIS_TOKEN_FILE; "
    "MAMMOGANESIS_TOKEN holds the token itself]",
)
OF_SERVER = ("address", "deadline_seconds", "ca", "certificate", "key", "server_name", "token_file")


def _takes_connection(command: Callable) -> Callable:
    """Adds what a client of a server is connected with: OF_SERVER."""
    for option in (_token_file, *reversed(_tls), _deadline, _address):
        command = option(command)
    return command


def takes_client(command: Callable) -> Callable:
    """Adds --address with what goes with it, --local, --bundle, --provider and --precision, and hands the command an
    open `client`."""

    @_takes_connection
    @click.option("--local", is_flag=True, help="Work in this process, without a server.")
    @click.option(
        "--bundle",
        type=click.Path(file_okay=False, path_type=Path),
        metavar="DIR",
        help=f"Bundle for --local.  {DEFAULT_BUNDLE}",
    )
    @takes_arithmetic
    @functools.wraps(command)
    def wrapped(*args: Any, local: bool, **kwargs: Any):
        connection = {name: kwargs.pop(name) for name in OF_SERVER}
        own = {name: kwargs.pop(name) for name in OF_LOCAL}
        for name, text in OF_LOCAL.items():
            if own[name] is not None and not local:
                raise click.UsageError(f"--{name} goes with --local: a server has its own {text}")
        if local:
            for name in ("address", "ca", "certificate", "key", "server_name", "token_file"):
                if is_given(name):
                    raise click.UsageError(f"--{name.replace('_', '-')} and --local exclude each other")
        from services.client import Client

        client = Client.local(**own) if local else Client.connect(**_with_token(connection))
        with (
            client,
            _told_what_to_do(connection["address"], f"`make up` starts a server; --local --bundle {BUNDLE} needs none"),
        ):
            if local:
                _tell_arithmetic(client, asked=any(own[name] for name in ("provider", "precision")))
            return command(*args, client=client, **kwargs)

    return wrapped


def takes_server(command: Callable) -> Callable:
    """Adds --address with what goes with it, and hands the command an open `client` of a server: for what only a server
    has."""

    @_takes_connection
    @functools.wraps(command)
    def wrapped(*args: Any, **kwargs: Any):
        from services.client import Client

        connection = {name: kwargs.pop(name) for name in OF_SERVER}
        client = Client.connect(**_with_token(connection))
        with client, _told_what_to_do(connection["address"], "`make up` starts a server"):
            return command(*args, client=client, **kwargs)

    return wrapped


def _with_token(connection: dict[str, Any]) -> dict[str, Any]:
    """The same, where --token-file is not given with the token of the environment."""
    import os

    from services.process.config import Config
    from services.process.fields import variable
    from services.process.settings.client import ClientSettings

    ours = [variable(name) for name in ClientSettings.model_fields]
    config = Config.from_environment({name: os.environ[name] for name in ours if name in os.environ})
    told = {**connection, "token_over_plaintext": config.token_over_plaintext == "on"}
    return told if told["token_file"] else {**told, "token": config.token, "token_file": config.token_file}


@contextmanager
def _told_what_to_do(address: str, advice: str) -> Iterator[None]:
    """Where nothing answers at the address, the advice follows."""
    from mammoganesis.errors import Unavailable

    try:
        yield
    except Unavailable as error:
        if not error.message.startswith(f"no answer from {address}"):
            raise
        raise Unavailable(f"{error.message}; {advice}") from error


def _tell_arithmetic(client: "Client", asked: bool) -> None:
    """Which arithmetic the images come from, on stderr: where somebody asked, and where it is not the reference."""
    found = client.model().synthesis
    if asked or found.precision != "float32":
        click.echo(f"synthesis: {told_synthesis(found)}", err=True)


def told_synthesis(found: "Synthesis") -> str:
    """What computes the images, and why."""
    return f"{found.execution_provider} in {found.precision} ({found.reason})"


def is_given(parameter: str) -> bool:
    """Whether the user has given the option, even if with its default."""
    return click.get_current_context().get_parameter_source(parameter) is ParameterSource.COMMANDLINE


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
