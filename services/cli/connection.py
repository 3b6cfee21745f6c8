"""Options by which a command reaches what draws: a server, or the same services in this process."""

import functools
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from services.process.arithmetic import AUTO, PRECISIONS, PROVIDERS

if TYPE_CHECKING:
    from mammoganesis.v1.model_pb2 import Synthesis
    from services.client import Client

BUNDLE = "deploy/bundles/demo"
DEFAULT_BUNDLE = f"[default: MAMMOGANESIS_BUNDLE in the environment, or {BUNDLE}]"
OF_FEW = (
    f"For few images (fewer than 128 of 256x256, 32 of 512x512) {AUTO} of --provider and --precision is what opens "
    "soonest: float32, by ONNX Runtime where there is no CUDA."
)
OF_LOCAL = {"bundle": "bundle", "provider": "execution provider", "precision": "precision"}


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


def takes_client_for(images: Callable[[Mapping[str, Any]], int | None]) -> Callable[[Callable], Callable]:
    """Adds --address with what goes with it, --local, --bundle, --provider and --precision, and hands the command an
    open `client`.

    Args:
        images: how many a command draws, by its arguments: with --local and few, "auto" takes what opens soonest; None:
            the choice is a server's.
    """

    def decorated(command: Callable) -> Callable:
        @_takes_connection
        @click.option("--local", is_flag=True, help=f"Work in this process, without a server. {OF_FEW}")
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
            _check_local(local, own)
            from services.client import Client

            client = Client.local(**own, images=images(kwargs)) if local else Client.connect(**_with_token(connection))
            advice = f"`make up` starts a server; --local --bundle {BUNDLE} needs none"
            with client, _told_what_to_do(connection["address"], advice):
                if local:
                    _tell_arithmetic(client, asked=any(own[name] for name in ("provider", "precision")))
                return command(*args, client=client, **kwargs)

        return wrapped

    return decorated


takes_client = takes_client_for(lambda given: 1)
"""Of a command that draws one image, or some tens."""


def _check_local(local: bool, own: Mapping[str, Any]) -> None:
    for name, text in OF_LOCAL.items():
        if own[name] is not None and not local:
            raise click.UsageError(f"--{name} goes with --local: a server has its own {text}")
    if local:
        for name in ("address", "ca", "certificate", "key", "server_name", "token_file"):
            if is_given(name):
                raise click.UsageError(f"--{name.replace('_', '-')} and --local exclude each other")


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
