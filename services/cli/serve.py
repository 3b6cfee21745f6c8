"""mammoganesis serve."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from services.process.config import Config, allowed, option, options, variable


def takes_config(command: Callable) -> Callable:
    """Adds an option for each setting that has one, with what the configuration says about it."""
    for name in reversed(options()):
        field = Config.model_fields[name]
        none = field.default in (None, "", ())
        default = "" if none else f"; default: {variable(name)}, or {field.default}"
        text = f"{field.description}  [{allowed(name)}{default}]"
        metavar = "FOLDER" if allowed(name) == "a folder" else "NUMBER" if field.annotation in (int, float) else "TEXT"
        command = click.option(option(name), name, metavar=metavar, help=text)(command)
    return command


@click.command()
@takes_config
@click.option(
    "--quickstart",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="When up, sample 8 images, a sweep and a transfer into DIR.  [default: no]",
)
@click.option("--once", is_flag=True, help="Stop after --quickstart instead of serving on.")
def serve(quickstart: Path | None, once: bool, **settings: Any) -> int:
    """Start Redis, Ray Serve, the edge and the studio; Ctrl-C stops them all.

    Every option is also a variable of the environment, as its default names it.

    \b
    Example:
      mammoganesis serve --bundle deploy/bundles/demo --edge-port 50051
    """
    if once and quickstart is None:
        raise click.UsageError("--once goes with --quickstart")
    from services.launch.launcher import run

    return run(Config.from_environment(os.environ, **settings), quickstart, once)
