"""The `mammoganesis-training` command. Bodies import torch only when they run, so that --help is fast."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

import click

from training import configs
from training.errors import TrainingError

LAZY_COMMANDS = {  # name -> module, attribute, one line for the overview
    "discover": ("training.discovery.commands", "discover", "Find components and regions of a trained generator."),
    "export": ("training.export.commands", "export", "Write a bundle that the services serve."),
}


class Commands(click.Group):
    """The group: imports a command of another package when it is called, and shows our errors as one line."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*super().list_commands(ctx), *LAZY_COMMANDS]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in LAZY_COMMANDS:
            module, attribute, _ = LAZY_COMMANDS[cmd_name]
            return getattr(importlib.import_module(module), attribute)
        return super().get_command(ctx, cmd_name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        own = {name: command.get_short_help_str(100) for name, command in self.commands.items()}
        lazy = {name: line for name, (_, _, line) in LAZY_COMMANDS.items()}
        with formatter.section("Commands"):
            formatter.write_dl(list((own | lazy).items()))

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except TrainingError as error:
            raise click.ClickException(str(error)) from error


@click.group(cls=Commands, context_settings={"show_default": True, "help_option_names": ["-h", "--help"]})
@click.version_option(package_name="mammoganesis")
def main() -> None:
    """Train a generator of synthetic mammograms: prepare data, train, discover edits, export a bundle.

    For education and research; not for diagnosis.
    """


@main.command()
@click.argument("sources", metavar="SOURCE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Folder to write the training set to.")
@click.option(
    "--csv",
    "csv_files",
    multiple=True,
    type=click.Path(path_type=Path),
    help="CSV with the columns file, patient, side, view (synonyms such as patient_id, laterality are known); once per "
    "SOURCE, in the same order. Without it a manifest.csv inside SOURCE is used, else every image below SOURCE.",
)
@click.option(
    "--resolution",
    default=512,
    type=click.Choice([8, 16, 32, 64, 128, 256, 512, 1024]),
    help="Height and width of the training images, pixels.",
)
@click.option(
    "--test-fraction",
    default=0.1,
    type=click.FloatRange(0, 1),
    help="Share of the patients kept out of training. Images without a patient are used for training.",
)
@click.option("--skip-unreadable", is_flag=True, help="Leave out files that cannot be prepared, and list them.")
def prepare(
    sources: tuple[Path, ...],
    out: Path,
    csv_files: tuple[Path, ...],
    resolution: int,
    test_fraction: float,
    skip_unreadable: bool,
) -> None:
    """Turn folders of PNG, JPEG or DICOM mammograms into a training set.

    Empty columns are cut off, burned-in labels blacked out, every chest wall is brought to the right edge, the height
    is scaled to the resolution and the side opposite the chest wall is filled with black.
    """
    from training.data.prepare import prepare as run

    index: Any = run(
        sources,
        out,
        csv_files=csv_files,
        resolution=resolution,
        test_fraction=test_fraction,
        skip_unreadable=skip_unreadable,
        progress=sys.stderr.isatty(),
    )
    rows = index["images"]
    test = sum(row["split"] == "test" for row in rows)
    mirrored = sum(row["mirrored"] for row in rows)
    click.echo(
        f"{out}: {len(rows)} images of {resolution}x{resolution}, {len(rows) - test} for training, {test} held out, "
        f"{mirrored} mirrored, {len(index['skipped'])} skipped"
    )
    for reason in index["skipped"]:
        click.echo(f"skipped: {reason}", err=True)
    unexpected = [row for row in rows if row["side"] and row["mirrored"] != (row["side"] == "L")]
    for row in unexpected:
        click.echo(f"note: {row['source']}: labelled {row['side']}, but its pixels show the other side", err=True)


@main.command()
@click.option("--config", "config_name", type=click.Choice(configs.NAMES), help="Known run; required without --resume.")
@click.option("--data", required=True, type=click.Path(path_type=Path), help="Training set made by `prepare`.")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Run folder.")
@click.option(
    "--resume", type=click.Path(path_type=Path), help="Run or checkpoint to continue exactly; its options are kept."
)
@click.option(
    "--initialize-from",
    "initialize",
    type=click.Path(path_type=Path),
    help="Run or checkpoint whose parameters are copied where name and shape match (transfer learning).",
)
@click.option("--kimg", type=click.IntRange(min=0), help="Length of the run, thousand images.  [default: the config's]")
@click.option("--batch", type=click.IntRange(min=1), help="Images per step.  [default: the config's]")
@click.option("--gamma", type=click.FloatRange(min=0), help="Weight of R1.  [default: the config's]")
@click.option("--seed", type=click.IntRange(0, 2**32 - 1), help="Seed of everything random.  [default: the config's]")
@click.option(
    "--precision",
    type=click.Choice(["float32", "bfloat16"]),
    help="Precision of the convolutions.  [default: the config's]",
)
@click.option("--device", default="auto", help="auto, cpu, cuda or cuda:N.")
@click.option("--threads", default=0, type=click.IntRange(min=0), help="CPU threads; 0 leaves it to torch.")
def train(
    config_name: str | None,
    data: Path,
    out: Path,
    resume: Path | None,
    initialize: Path | None,
    kimg: int | None,
    batch: int | None,
    gamma: float | None,
    seed: int | None,
    precision: str | None,
    device: str,
    threads: int,
) -> None:
    """Train a generator. SIGTERM and Ctrl-C write a checkpoint and end the run; --resume continues it exactly."""
    overrides = {"kimg": kimg, "batch": batch, "r1_gamma": gamma, "seed": seed, "precision": precision}
    given = {name: value for name, value in overrides.items() if value is not None}
    if resume is not None:
        refused = [name for name in given if name != "kimg"]
        if initialize is not None or config_name is not None or refused:
            raise click.UsageError("--resume keeps the options of the run; only --kimg may be given with it")
    elif config_name is None:
        raise click.UsageError(f"--config is required without --resume; one of {', '.join(configs.NAMES)}")

    import dataclasses

    import torch

    from training import checkpoint
    from training.accelerators import select
    from training.run import resumed_options, start

    if threads:
        torch.set_num_threads(threads)
    if resume is not None:
        resume = checkpoint.resolve(resume)
        options = resumed_options(resume, kimg)
    else:
        assert config_name is not None
        options = dataclasses.replace(configs.load(config_name), **given)
    start(
        options,
        data,
        out,
        select(device, options.precision),
        resume=resume,
        initialize=None if initialize is None else checkpoint.resolve(initialize),
        report=lambda line: click.echo(line),
    )


if __name__ == "__main__":
    main()
