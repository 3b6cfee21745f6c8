"""`mammoganesis-training import`."""

from __future__ import annotations

from pathlib import Path

import click

from mammoganesis.recipe.limits import DEFAULT_PSI


def _digest(context: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    if value is not None and (len(value) != 64 or any(c not in "0123456789abcdef" for c in value.lower())):
        raise click.BadParameter("must be a SHA-256 digest, 64 hexadecimal digits")
    return None if value is None else value.lower()


@click.command("import", context_settings={"show_default": True})
@click.argument("network", metavar="NETWORK", type=click.Path(path_type=Path))
@click.option(
    "--out", required=True, type=click.Path(path_type=Path), help="Checkpoint folder to write; must not exist."
)
@click.option(
    "--from",
    "source",
    default="auto",
    type=click.Choice(["auto", "nvidia", "rosinality", "bundle"]),
    help="Whose it is: NVIDIA's stylegan2-ada-pytorch or stylegan3 (.pkl), rosinality's stylegan2-pytorch (.pt), or a "
    "bundle of this project (a folder).",
)
@click.option("--digest", callback=_digest, help="SHA-256 that the file, or the bundle's manifest.json, must have.")
@click.option(
    "--grid",
    type=click.Path(path_type=Path),
    help=f"PNG of 16 samples (seeds 0 to 15, psi {DEFAULT_PSI:g}) to write, to look at.",
)
def import_network(network: Path, out: Path, source: str, digest: str | None, grid: Path | None) -> None:
    """Turn a StyleGAN2 network of another project, or a bundle of this one, into a checkpoint.

    NETWORK is a file, which is not executed, or the folder of a bundle. Files of other projects are pickles, which are
    programs. Such a file is read by a process of its own, with limits on memory and time and without the network, that
    knows what tensors look like and refuses everything else. The checkpoint is read by export, discover, evaluate and
    train --initialize-from.

    A bundle has the averaged generator and no discriminator: train --generator-start lets one learn first.

    Only import networks whose licence allows what you want to do with them.
    """
    from training.importers.importing import import_file

    imported, found_digest = import_file(network, source=source, digest=digest)
    from training.importers.network import write

    write(imported, out, {"file": network.name, "sha256": found_digest})
    config = imported.config
    parts = ["averaged generator", *(["generator"] if imported.generator is not imported.generator_ema else [])]
    parts += ["discriminator"] if imported.discriminator else []
    click.echo(
        f"{out}: {config.resolution}x{config.resolution}, {config.image_channels} channel(s), z {config.z_dim}, "
        f"w {config.w_dim}, {config.num_mapping_layers} mapping layers, channel_base {config.channel_base}, "
        f"channel_max {config.channel_max}; {', '.join(parts)}; sha256 {found_digest}"
    )
    for note in imported.notes:
        click.echo(f"note: {note}")
    if grid is not None:
        from training.importers.importing import write_samples

        write_samples(imported, grid)
        click.echo(f"{grid}: samples")
