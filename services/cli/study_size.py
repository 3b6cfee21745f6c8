"""mammoganesis study size."""

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass

import click

from mammoganesis.statistics.sizing import GOALS, LIMITS, Design, Size, cases_for, expect, readers_for
from mammoganesis.terminal.gathering import gathered, options_named

READERS = (3, 6, 10, 20)  # for which the images are counted, beside those asked for


@dataclass(frozen=True)
class Goals:
    """What the study is to reach: `power` of its test, and half of the width of its interval."""

    power: float
    half_width: float | None


def _within(name: str) -> click.FloatRange:
    return click.FloatRange(*LIMITS[name])


def _count(name: str) -> click.IntRange:
    low, high = LIMITS[name]
    return click.IntRange(int(low), int(high))


@click.command()
@click.option("--auc", type=_within("auc"), default=0.5, show_default=True, help="The true AUC that you expect.")
@click.option("--readers", type=_count("readers"), default=4, show_default=True, help="Number of readers.")
@click.option(
    "--positives", type=_count("positives"), default=50, show_default=True, help="Number of generated images."
)
@click.option("--negatives", type=_count("negatives"), default=50, show_default=True, help="Number of real images.")
@click.option(
    "--margin", type=_within("margin"), help="An AUC nearer to --chance counts as no difference, such as 0.1."
)
@click.option(
    "--reader-sd",
    type=_within("reader_sd"),
    default=Design.reader_sd,
    show_default=True,
    help="Spread (standard deviation) of the readers' true AUCs; 0: the study speaks of these readers alone.",
)
@click.option(
    "--correlation",
    type=_within("correlation"),
    default=Design.correlation,
    show_default=True,
    help="Of two readers' errors on the same images, 0 to 1; 0.3 to 0.5 is usual.",
)
@click.option("--chance", type=_within("chance"), default=0.5, show_default=True, help="The AUC of readers who guess.")
@click.option(
    "--level", type=_within("level"), default=0.95, show_default=True, help="Of the interval; tests are at 1 - level."
)
@gathered(Design, "design")
@click.option(
    "--power",
    type=click.FloatRange(*GOALS["power"]),
    default=0.8,
    show_default=True,
    help="Wanted probability of showing what is to be shown.",
)
@click.option(
    "--half-width",
    type=click.FloatRange(GOALS["width"][0] / 2, GOALS["width"][1] / 2),
    help="Wanted: an interval of AUC +- this.",
)
@gathered(Goals, "goals")
def size(design: Design, goals: Goals) -> None:
    """How many readers and images a study of one generator needs.

    Says what a study with these numbers would show, how many readers reach the wanted power or width with these
    images, and how many images are needed with more or fewer readers. Readers and images both stand for others like
    them, unless --reader-sd is 0.

    \b
    Example:
      mammoganesis study size --auc 0.5 --margin 0.1 --readers 4 --positives 48 --negatives 52
    """
    with options_named("readers"):
        found = expect(design)
    level = f"{100 * design.level:g}% interval"
    who = f"{design.readers} reader{'s' * (design.readers != 1)}"
    click.echo(
        f"{who}, {design.positives} generated and {design.negatives} real images, AUC {design.auc:g}: standard error "
        f"{found.se:.3f}, {level} +- {found.half_width:.3f}"
    )
    for what, enough, now in _wanted(design, goals, found):
        click.echo(f"\n{what}: {now}. Enough are")
        for line in _enough(design, enough):
            click.echo(f"  {line}")


def _wanted(design: Design, goals: Goals, found: Size) -> list[tuple[str, Callable[[Size], bool], str]]:
    """What is to be reached, when a size does, and how near this one comes."""
    wanted: list[tuple[str, Callable[[Size], bool], str]] = []
    if design.auc != design.chance:
        wanted.append(
            (
                f"A difference from {design.chance:g}, with {goals.power:.0%} power",
                lambda size: size.power_difference >= goals.power,
                f"this study has {found.power_difference:.0%}",
            )
        )
    if design.margin is not None:
        within = f"{design.chance - design.margin:.3g} to {design.chance + design.margin:.3g}"
        wanted.append(
            (
                f"Equivalence within {within}, with {goals.power:.0%} power",
                lambda size: (size.power_equivalence or 0.0) >= goals.power,
                f"this study has {found.power_equivalence or 0.0:.0%}",
            )
        )
    if goals.half_width is not None:
        half_width = goals.half_width
        wanted.append(
            (
                f"An interval of +- {half_width:g}",
                lambda size: size.half_width <= half_width,
                f"this study has +- {found.half_width:.3f}",
            )
        )
    return wanted


def _enough(design: Design, enough: Callable[[Size], bool]) -> list[str]:
    """How many readers are enough with these images, and how many images with so many readers."""
    readers = readers_for(design, enough)
    lines = [f"with these images: {f'{readers} readers' if readers else 'no number of readers is enough'}"]
    for number in sorted({design.readers, *READERS}):
        cases = cases_for(dataclasses.replace(design, readers=number), enough)
        needed = f"{cases[0]} generated and {cases[1]} real images" if cases else "no number of images is enough"
        lines.append(f"with {number} reader{'s' * (number != 1)}: {needed}")
    return lines
