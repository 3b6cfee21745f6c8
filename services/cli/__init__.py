"""The command `mammoganesis`: thin, on top of the client.

Each command lives in a module that is imported when the command runs, so that `mammoganesis --help` and the commands
that only talk to a server start without the ONNX runtime, and nothing but `serve` and `bulk` imports Ray.

Exit codes: 0 done; 1 refused or failed (one line on stderr says why); 2 wrong usage; 130 stopped by Ctrl-C.
`verify` and `bulk` add their own, see their help.
"""

import importlib
import sys

import click

# Command name to "module:attribute"; in the order of `mammoganesis --help`.
COMMANDS = {
    "sample": "services.cli.generate:sample",
    "edit": "services.cli.generate:edit",
    "sweep": "services.cli.generate:sweep",
    "transfer": "services.cli.generate:transfer",
    "mix": "services.cli.mixing:mix",
    "interpolate": "services.cli.mixing:interpolate",
    "redraw": "services.cli.mixing:redraw",
    "segment": "services.cli.mixing:segment",
    "describe": "services.cli.mixing:describe",
    "figure": "services.cli.figure:figure",
    "reproduce": "services.cli.provenance:reproduce",
    "verify": "services.cli.provenance:verify",
    "model": "services.cli.bundles:model",
    "directions": "services.cli.listings:directions",
    "regions": "services.cli.listings:regions",
    "bundle": "services.cli.bundles:bundle",
    "bulk": "services.cli.bulk:bulk",
    "serve": "services.cli.serve:serve",
}


class LazyGroup(click.Group):
    """A group that imports a command when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names, in the order of COMMANDS."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, its module imported now; None for an unknown name."""
        if cmd_name not in COMMANDS:
            return None
        module, attribute = COMMANDS[cmd_name].split(":")
        return getattr(importlib.import_module(module), attribute)


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="mammoganesis")
@click.option("--debug", is_flag=True, help="Show the traceback of an unexpected error.")
@click.pass_context
def group(ctx: click.Context, debug: bool) -> None:
    """Synthetic mammograms, sampled and edited. Not for diagnosis.

    Commands that make images ask the server at --address, or with --local --bundle DIR work in this process.
    """
    ctx.obj = {"debug": debug}


def main(arguments: list[str] | None = None) -> None:
    """Entry point: runs the command and turns every failure into one line on stderr and an exit code."""
    debug = "--debug" in (sys.argv[1:] if arguments is None else arguments)
    try:
        result = group.main(arguments, prog_name="mammoganesis", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        sys.exit(2)
    except click.ClickException as error:  # UsageError: 2, others: 1
        error.show()
        sys.exit(error.exit_code)
    except (KeyboardInterrupt, click.Abort):
        print("stopped", file=sys.stderr)
        sys.exit(130)
    except BrokenPipeError:  # the reader of our output has gone, as in `... | head`
        sys.stderr.close()
        sys.exit(1)
    except Exception as error:
        if debug:
            raise
        print(f"error: {describe(error)}", file=sys.stderr)
        sys.exit(1)
    sys.exit(result if isinstance(result, int) else 0)


def describe(error: Exception) -> str:
    """One line for the user."""
    from mammoganesis.errors import MammoganesisError

    if isinstance(error, MammoganesisError | OSError):
        text = str(error)
    else:
        text = f"unexpected {type(error).__name__}: {error} (`mammoganesis --debug ...` shows where)"
    return " ".join(text.split())
