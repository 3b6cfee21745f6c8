"""mammoganesis edit | sweep | transfer."""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from mammoganesis.recipe.limits import (
    DEFAULT_FEATHER,
    DEFAULT_RHO,
    DEFAULT_SIGMAS,
    DEFAULT_STRENGTH,
    DEFAULT_SWEEP_STEPS,
    MAX_EPSILON,
    MAX_FEATHER,
    MAX_SIGMAS,
    MAX_SWEEP_STEPS,
)
from mammoganesis.terminal.progress import progress
from services.cli.connection import takes_client
from services.cli.latents import Source, takes_latent, takes_seed_sampling
from services.cli.names import Names
from services.cli.options import takes_animation, takes_out_file, takes_out_folder, takes_picture
from services.cli.sheets import Sheet
from services.cli.values import Edit, LayerEpsilon, Layers, NamedEdit, index_or_name

if TYPE_CHECKING:
    from services.client import Budget, Client, Picture

takes_mode = click.option(
    "--mode",
    type=click.Choice(["relative", "absolute"]),
    default="relative",
    show_default=True,
    help="Displacements count from where the image is, or from the mean of W.",
)
SIGMAS_HELP = f"Standard deviations, -{MAX_SIGMAS:g} to {MAX_SIGMAS:g}.  [default: "


@click.command()
@takes_latent()
@click.option(
    "--edit",
    "edits",
    type=Edit(),
    multiple=True,
    help="Component (index or name), displacement in standard deviations (-20 to 20) and, if not all, the layers: "
    "0=2.5 or 3=-1@0:8 (8 excluded). Repeat it for several.",
)
@click.option(
    "--direction",
    "directions",
    type=NamedEdit(),
    multiple=True,
    help="Curated direction and displacement, such as size=1.5; `mammoganesis directions` lists them. Repeat it for "
    "several.",
)
@takes_mode
@takes_seed_sampling("latent")
@takes_picture
@takes_out_file("The edited image; .png, .npy for raw, .dcm for DICOM.")
@takes_client
def edit(
    client: "Client", latent: Source, edits: tuple, directions: tuple, mode: str, picture: "Picture", out: Path
) -> None:
    """Move an image along principal components of W, by number or by curated direction.

    \b
    Examples:
      mammoganesis edit --seed 7 --edit 0=2.5 --edit 3=-1@0:8 --out edited.png
      mammoganesis edit --seed 7 --mode absolute --edit 0=0 --out average.png
    """
    if not edits and not directions:
        raise click.UsageError("give at least one of --edit, --direction")
    names = Names(client)
    moves = [
        (names.component(component, f"edits[{place}].name"), *rest)
        for place, (component, *rest) in enumerate((*edits, *directions))
    ]
    for component, sigmas, *_ in moves:
        names.warn_outside(component, [sigmas])
    wanted = latent.latent(names)
    names.warn_beyond("the edits together", wanted, moves, mode)
    image = client.edit(wanted, moves, mode=mode, picture=picture)
    click.echo(f"{image.save(out)}  {image.latent_id}")


@dataclass(frozen=True)
class Strip:
    """What a sweep moves along, and how far."""

    component: int | str
    layers: tuple[int, int] | None  # the end excluded; None: the component's, or all
    mode: str
    sigmas: tuple[float | None, float | None]  # first and last; None: the default
    steps: int

    def range(self, useful: tuple[float, float] | None) -> tuple[float, float]:
        """First and last displacement: given, or the direction's useful range, or the default."""
        start, end = useful or DEFAULT_SIGMAS
        return (start if self.sigmas[0] is None else self.sigmas[0], end if self.sigmas[1] is None else self.sigmas[1])


def takes_strip(command: Callable) -> Callable:
    """Adds the options of a sweep; hands over `strip`."""

    @click.option("--component", help="Component, by index or name.")
    @click.option("--direction", help="Curated direction; `mammoganesis directions` lists them.")
    @click.option(
        "--layers",
        type=Layers(),
        help="Layers moved: 0:8 (8 excluded) or 0-7 (7 included).  [default: the component's, or all]",
    )
    @takes_mode
    @click.option(
        "--sigmas-start", type=float, help=f"{SIGMAS_HELP}{DEFAULT_SIGMAS[0]:g}, or where the direction is useful]"
    )
    @click.option(
        "--sigmas-end", type=float, help=f"{SIGMAS_HELP}{DEFAULT_SIGMAS[1]:g}, or where the direction is useful]"
    )
    @click.option(
        "--steps",
        type=click.IntRange(2, MAX_SWEEP_STEPS),
        default=DEFAULT_SWEEP_STEPS,
        show_default=True,
        help="Images, both ends included.",
    )
    @functools.wraps(command)
    def wrapped(
        *args: Any,
        component: str | None,
        direction: str | None,
        layers: tuple[int, int] | None,
        mode: str,
        steps: int,
        **kwargs: Any,
    ):
        if (component is None) == (direction is None):
            raise click.UsageError("give exactly one of --component, --direction")
        if direction is not None and isinstance(index_or_name(direction), int):
            raise click.UsageError(
                f"--direction: {direction!r} is not allowed; allowed: a name; --component takes a number"
            )
        sigmas = kwargs.pop("sigmas_start"), kwargs.pop("sigmas_end")
        chosen = index_or_name(direction or component or "")
        return command(*args, strip=Strip(chosen, layers, mode, sigmas, steps), **kwargs)

    return wrapped


@click.command()
@takes_latent(what="the image to move")
@takes_strip
@takes_seed_sampling("latent")
@takes_picture
@takes_animation
@takes_out_folder("Gets seed7_texture-3.0.png (raw: .npy, DICOM: .dcm) and so on, and contact_sheet.png.")
@takes_client
def sweep(client: "Client", latent: Source, strip: Strip, picture: "Picture", animation: bool, out: Path) -> None:
    """A strip of images: one image at equal steps along a component or a curated direction.

    \b
    Examples:
      mammoganesis sweep --seed 7 --direction texture --out texture
      mammoganesis sweep --seed 7 --component 0 --sigmas-start -2 --sigmas-end 2 --steps 5 --out strip
    """
    names = Names(client)
    component = names.component(strip.component, "edit.name")
    start, end = strip.range(names.useful(component))
    names.warn_outside(component, [start, end])
    sheet = Sheet(f"{latent}: along {names.called(component)}, displacement in standard deviations", picture.marked)
    steps = client.sweep(
        latent.latent(names),
        component,
        sigmas=(start, end),
        steps=strip.steps,
        layers=strip.layers,
        mode=strip.mode,
        picture=picture,
    )
    of = f" of {names.called(component)}" if isinstance(component, int) else ""
    with progress(strip.steps, "rendering") as bar:
        for step in steps:
            path = step.image.save(out / f"{step.image.file_stem}{picture.suffix}")
            sheet.add(f"{step.sigmas:+.3g}", step.image)
            bar.update()
            click.echo(f"{path}  {step.sigmas:+.3g} sigmas{of}  {step.image.latent_id}")
    click.echo(sheet.write(out))
    if animation:
        click.echo(sheet.animate(out))


def takes_budget(command: Callable) -> Callable:
    """Adds rho, epsilon and strength of a transfer; hands over `budget`."""

    @click.option(
        "--rho",
        type=float,
        default=DEFAULT_RHO,
        show_default=True,
        help="Channels qualify above rho / (1 + rho); 0 to 1.",
    )
    @click.option("--epsilon", type=float, help=f"Budget per layer, 0 to {MAX_EPSILON:g}.  [default: the bundle's]")
    @click.option(
        "--layer-epsilon",
        "layer_epsilons",
        type=LayerEpsilon(),
        multiple=True,
        help=f"Another budget for one style layer, 0 to {MAX_EPSILON:g}: 4=80. Repeat it for several.  [default: the "
        "bundle's for layers of 4x4 and 8x8]",
    )
    @click.option(
        "--strength",
        type=float,
        default=DEFAULT_STRENGTH,
        show_default=True,
        help="0 (unchanged) to 1 (the reference's).",
    )
    @functools.wraps(command)
    def wrapped(
        *args: Any,
        rho: float,
        epsilon: float | None,
        layer_epsilons: tuple[tuple[int, float], ...],
        strength: float,
        **kwargs: Any,
    ):
        layers = [layer for layer, _ in layer_epsilons]
        if twice := [layer for layer in layers if layers.count(layer) > 1]:
            raise click.UsageError(f"--layer-epsilon: layer {twice[0]} is there twice; allowed: each layer once")
        from services.client import Budget

        return command(*args, budget=Budget(rho, epsilon, dict(layer_epsilons), strength), **kwargs)

    return wrapped


@dataclass(frozen=True)
class Mask:
    """What the command line says of a masked transfer."""

    png: bytes | None  # None: made of the regions
    feather: float | None  # None: the server's default


def takes_locality(command: Callable) -> Callable:
    """Adds the locality of a transfer and its mask; hands over `mask`, None for channels."""

    @click.option(
        "--locality",
        type=click.Choice(["channels", "masked"]),
        default="channels",
        show_default=True,
        help="What changes: the channels that act in the regions, or all styles within a mask.",
    )
    @click.option(
        "--mask",
        "mask_file",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="With --locality masked: a square PNG of 8 bits greyscale, white inside.  [default: made of the regions]",
    )
    @click.option(
        "--feather",
        type=float,
        help=f"With --locality masked: softness of the mask's edge, a share of the width, 0 to {MAX_FEATHER:g}.  "
        f"[default: {DEFAULT_FEATHER:g}]",
    )
    @functools.wraps(command)
    def wrapped(*args: Any, locality: str, mask_file: Path | None, feather: float | None, **kwargs: Any):
        given = {"--mask": mask_file, "--feather": feather}
        if locality == "masked":
            source = click.get_current_context().get_parameter_source
            for name in ("rho", "epsilon", "layer_epsilons"):
                if source(name) is ParameterSource.COMMANDLINE:
                    option = "--" + name.removesuffix("s").replace("_", "-")
                    raise click.UsageError(f"{option} is for --locality channels")
            png = None if mask_file is None else mask_file.read_bytes()
            return command(*args, mask=Mask(png, feather), **kwargs)
        for option, value in given.items():
            if value is not None:
                raise click.UsageError(f"{option} needs --locality masked")
        return command(*args, mask=None, **kwargs)

    return wrapped


@click.command()
@takes_latent("target", what="the image that changes")
@takes_latent("reference", prefix="reference-", what="the image that gives its style")
@click.option(
    "--region",
    "regions",
    multiple=True,
    help="Region, by index or name. Repeat it for several. Required unless a mask is given.",
)
@takes_locality
@takes_budget
@takes_seed_sampling("target", "reference")
@takes_picture
@takes_out_file("The edited image; .png, .npy for raw, .dcm for DICOM.")
@takes_client
def transfer(
    client: "Client",
    target: Source,
    reference: Source,
    regions: tuple[str, ...],
    budget: "Budget",
    mask: "Mask | None",
    picture: "Picture",
    out: Path,
) -> None:
    """Give regions of one image the style that they have in another: by channels, or within a mask.

    \b
    Examples:
      mammoganesis transfer --seed 7 --reference-seed 12 --region 2 --epsilon 80 --layer-epsilon 4=20 --out edited.png
      mammoganesis transfer --seed 7 --reference-seed 12 --region 2 --locality masked --out edited.png
      mammoganesis transfer --seed 7 --reference-seed 12 --locality masked --mask mask.png --out edited.png
    """
    from services.client import Within

    if not regions and (mask is None or mask.png is None):
        raise click.UsageError("give --region" + (" or --mask" if mask else ""))
    if regions and mask and mask.png is not None:
        raise click.UsageError("give only one of --region, --mask: the mask says where")
    names = Names(client)
    images = target.latent(names), reference.latent(names)
    chosen = names.regions([index_or_name(region) for region in regions])
    if mask is None:
        image, channels_moved = client.transfer(*images, chosen, budget=budget, picture=picture)
    else:
        within = Within(chosen, mask.png, feather=mask.feather)
        image, channels_moved = client.transfer_within(*images, within, strength=budget.strength, picture=picture)
    click.echo(f"{image.save(out)}  {channels_moved} channels moved  {image.latent_id}")
