"""mammoganesis study ...: the group; its commands lie in modules that are imported when they are called."""

import click

from mammoganesis.terminal.commands import LazyGroup

# Command -> its module, its attribute there, one line for the overview; in the order of `mammoganesis study --help`.
COMMANDS = {
    "create": ("services.cli.study_running", "create", "A new study from its document and real images."),
    "list": ("services.cli.study_running", "list_", "List the studies of a server."),
    "show": ("services.cli.study_running", "show", "Say where a study stands, and its readers."),
    "prepare": ("services.cli.study_running", "prepare", "Make the synthetic images and write all pictures."),
    "open": ("services.cli.study_running", "open_", "Freeze the protocol: readers may begin."),
    "invite": ("services.cli.study_running", "invite", "A personal link for a reader."),
    "close": ("services.cli.study_running", "close", "Take no more answers, for good."),
    "report": ("services.cli.study_files", "report", "The report of a closed study, as HTML and PDF."),
    "export": ("services.cli.study_files", "export", "Every file of a closed study."),
    "size": ("services.cli.study_size", "size", "How many readers and cases a study needs."),
    "analyse": ("services.cli.study_analysis", "analyse", "Results and a report from a table of ratings."),
}


@click.group(cls=LazyGroup, lazy=COMMANDS)
def study() -> None:
    """Reader studies: can readers tell generated images from real ones?"""
