"""mammoganesis study ...: the group; its commands lie in modules that are imported when they are called."""

import click

from mammoganesis.terminal.commands import LazyGroup

# Command -> its module, its attribute there, one line for the overview; in the order of `mammoganesis study --help`.
COMMANDS = {
    "size": ("services.cli.study_size", "size", "How many readers and cases a study needs."),
}


@click.group(cls=LazyGroup, lazy=COMMANDS)
def study() -> None:
    """Reader studies: can readers tell generated images from real ones?"""
