"""The `mammoganesis-training` command. Bodies import torch only when they run, so that --help is fast."""

from __future__ import annotations

import click

from mammoganesis.terminal.commands import LazyGroup, debug_option
from training.cli.prepare import prepare
from training.cli.train import train

LAZY_COMMANDS = {  # name -> module, attribute, one line for the overview
    "import": (
        "training.importers.commands",
        "import_network",
        "Turn another project's network, or a bundle, into a checkpoint.",
    ),
    "evaluate": ("training.evaluation.commands", "evaluate", "Measure samples, local edits and named directions."),
    "discover": ("training.discovery.commands", "discover", "Find components and regions of a trained generator."),
    "export": ("training.export.commands", "export", "Write a bundle that the services serve."),
    "publish": ("training.cli.publish", "publish", "Write what others need to begin from a training."),
    "curate": (
        "training.curation.commands",
        "curate",
        "Name components and regions, and write a new bundle.",
    ),
}


@click.group(
    "mammoganesis-training", cls=LazyGroup, lazy=LAZY_COMMANDS, extra="train", context_settings={"show_default": True}
)
@click.version_option(package_name="mammoganesis")
@debug_option
def main() -> None:
    """Train a generator of synthetic mammograms: prepare data, train, discover edits, export a bundle.

    For education and research; not for diagnosis.
    """


main.add_command(prepare)
main.add_command(train)


if __name__ == "__main__":
    main()
