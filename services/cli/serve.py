"""mammoganesis serve."""

import os
from pathlib import Path
from typing import Any

import click


class SettingsCommand(click.Command):
    """A command with an option for each setting that has one, and what the configuration says about it. They are read
    when they are needed: `mammoganesis --help` needs none."""

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """The settings first, in their order."""
        return [*_settings(), *super().get_params(ctx)]


def _settings() -> list[click.Parameter]:
    from services.launch.packages import check_packages

    check_packages()
    from services.process.config import Config, allowed, option_names, options, variable

    found: list[click.Parameter] = []
    for name in options():
        field = Config.model_fields[name]
        none = field.default in (None, "", ())
        standing = ",".join(field.default) if isinstance(field.default, tuple) else field.default
        default = "" if none else f"; default: {variable(name)}, or {standing}"
        metavar = "FOLDER" if allowed(name) == "a folder" else "NUMBER" if field.annotation in (int, float) else "TEXT"
        text = f"{field.description}  [{allowed(name)}{default}]"
        found.append(click.Option([*option_names(name), name], metavar=metavar, help=text))
    return found


@click.command(cls=SettingsCommand)
@click.option(
    "--quickstart",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="When up, sample 8 images, a sweep and a transfer into DIR.  [default: no]",
)
@click.option("--once", is_flag=True, help="Stop after --quickstart instead of serving on.")
def serve(quickstart: Path | None, once: bool, **settings: Any) -> int:
    """Start Redis, Ray Serve, the edge, records, bulk jobs and the studio; Ctrl-C stops them all.

    Every option is also a variable of the environment, as its default names it.

    \b
    Example:
      mammoganesis serve --bundle deploy/bundles/demo --edge-port 50051
    """
    if once and quickstart is None:
        raise click.UsageError("--once goes with --quickstart")
    from services.launch.launcher import run
    from services.process.config import Config

    return run(Config.from_environment(os.environ, **settings), quickstart, once)
