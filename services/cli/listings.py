"""mammoganesis directions | regions: what edits can name, with ranges that are useful."""

from typing import TYPE_CHECKING

import click

from services.cli.connection import takes_client

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.client import Client


@click.command()
@takes_client
def directions(client: "Client") -> None:
    """List the curated directions with their useful ranges.

    A minus before the component says that the direction runs against it. `mammoganesis model` lists all components.

    \b
    Example:
      mammoganesis directions --local --bundle deploy/bundles/demo
    """
    from services.figures.captions import seen

    named = client.list_directions()
    if named:
        click.echo("direction             component  layers   useful sigmas  what is seen")
    else:
        click.echo("no curated directions: edit by the number of a component, see `mammoganesis model`")
    for item in named:
        component = f"{'-' if item.reversed else ''}{item.index}"
        layers, useful = f"{item.layer_start}:{item.layer_end}", f"{item.sigmas_start:g} to {item.sigmas_end:g}"
        click.echo(f"{item.name:<20}  {component:>9}  {layers:<7}  {useful:<13}  {seen(item)}".rstrip())
        for part in item.further:
            moved = f"{part.weight:+.2f} of {part.index}"
            click.echo(f"{'':<16}  {moved:>13}  {part.layer_start}:{part.layer_end}")
    for line in _side_effects(client.side_effects()):
        click.echo(line)
    rejected = [str(item.index) for item in client.list_components() if item.rejected]
    if rejected:
        click.echo(f"\nnothing useful was seen along the components {', '.join(rejected)}")


def _side_effects(matrix: "Mapping[str, Mapping[str, tuple[float, float]]]") -> list[str]:
    """The matrix of what directions do to what was measured; nothing where nothing was."""
    if not matrix:
        return []
    attributes = list(dict.fromkeys(name for row in matrix.values() for name in row))
    widths = [max(len(name), 11) for name in attributes]
    cells = [f"{name:>{width}}" for name, width in zip(attributes, widths, strict=True)]
    lines = [
        "",
        "side effects: mean change at the start and at the end of the useful range, standard deviations over images",
        f"{'direction':<20}  {'  '.join(cells)}",
    ]
    for direction, row in matrix.items():
        found = [f"{row[name][0]:+.1f} {row[name][1]:+.1f}" if name in row else "" for name in attributes]
        lines.append(
            f"{direction:<20}  {'  '.join(f'{text:>{width}}' for text, width in zip(found, widths, strict=True))}"
        )
    return lines


@click.command()
@takes_client
def regions(client: "Client") -> None:
    """List the regions that styles can be transferred in, and the epsilons that a transfer takes by default.

    \b
    Example:
      mammoganesis regions --local --bundle deploy/bundles/demo
    """
    listed = client.list_regions()
    click.echo("region  name                  share of the area  what is seen")
    for item in listed.regions:
        note = item.note or ("nothing useful seen" if item.rejected else "")
        elsewhere = ", ".join(f"{other.name} where the {other.field} is {other.value}" for other in item.labelled_names)
        note = "; ".join(filter(None, (elsewhere, note)))
        click.echo(f"{item.index:>6}  {item.name or '-':<20}  {item.area_share:>17.2%}  {note}".rstrip())
    click.echo(
        f"\nepsilon: 0 (nothing moves) to 512, default {listed.default_epsilon:g}; "
        f"layers of 4x4 and 8x8 at most {listed.low_resolution_epsilon:g} unless they are named"
    )
    click.echo(f"style layers, from 0: {', '.join(listed.style_layers)}")
