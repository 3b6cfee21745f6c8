"""The `mammoganesis-training` command. Bodies import torch only when they run, so that --help is fast."""

from __future__ import annotations

from typing import Any

import click

from mammoganesis.errors import MammoganesisError
from mammoganesis.terminal.commands import LazyCommands
from training.cli.prepare import prepare
from training.cli.train import train

LAZY_COMMANDS = {  # name -> module, attribute, one line for the overview
    "import": ("training.importers.commands", "import_network", "Turn another project's network into a checkpoint."),
    "evaluate": ("training.evaluation.commands", "evaluate", "Measure samples, local edits and named directions."),
    "discover": ("training.discovery.commands", "discover", "Find components and regions of a trained generator."),
    "export": ("training.export.commands", "export", "Write a bundle that the services serve."),
    "curate": (
        "training.curation.commands",
        "curate",
        "Name components and regions, and write a new bundle.",
    ),
}


class Commands(LazyCommands):
    """The group: shows our errors as one line."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except MammoganesisError as error:
            raise click.ClickException(str(error)) from error
        except BrokenPipeError:
            raise  # click ends quietly when the reader of a pipe has gone
        except OSError as error:  # a full disk, a folder that is a file, an address that does not answer
            raise click.ClickException(str(error) or type(error).__name__) from error


@click.group(
    cls=Commands, lazy=LAZY_COMMANDS, context_settings={"show_default": True, "help_option_names": ["-h", "--help"]}
)
@click.version_option(package_name="mammoganesis")
def main() -> None:
    """Train a generator of synthetic mammograms: prepare data, train, discover edits, export a bundle.

    For education and research; not for diagnosis.
    """


main.add_command(prepare)
main.add_command(train)


if __name__ == "__main__":
    main()
