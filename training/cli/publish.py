"""`mammoganesis-training publish`."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("checkpoint_path", metavar="CHECKPOINT")
@click.option(
    "--out", required=True, type=click.Path(path_type=Path), help="Checkpoint folder to write; must not exist."
)
def publish(checkpoint_path: str, out: Path) -> None:
    """Write what others need to begin from a training: averaged generator and discriminators, in float16.

    CHECKPOINT is a checkpoint, or a run, whose newest one is taken; also an address. What comes of it is a fifth of the
    size; train --initialize-from begins with it, --resume cannot.

    It knows what its training images look like, as a bundle does: share it only if their licence allows that.
    """
    from training.checkpoints import checkpoint, published

    source = checkpoint.resolve(checkpoint_path)
    published.publish(source, out)
    size = sum(file.stat().st_size for file in out.iterdir())
    click.echo(f"{out}: from {source}, {size / 1e6:.1f} MB: {', '.join(sorted(file.name for file in out.iterdir()))}")
