"""mammoganesis study analyse."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mammoganesis.terminal.gathering import gathered
from mammoganesis.terminal.progress import progress

if TYPE_CHECKING:
    from mammoganesis.statistics.results import Results


@dataclass(frozen=True)
class Meaning:
    """What the numbers of the table mean."""

    positive: str
    scale: tuple[float, float] | None
    threshold: float | None
    margin: float | None
    level: float


@click.command()
@click.argument("ratings", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="RATINGS")
@click.option(
    "--out",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Folder for results.json and report.html.",
)
@click.option(
    "--positive", default="generated", show_default=True, metavar="NAME", help="What truth 1 stands for, in the report."
)
@click.option(
    "--scale",
    type=(float, float),
    metavar="LOW HIGH",
    help="The lowest and the highest rating that readers could give.  [default: not known]",
)
@click.option(
    "--threshold",
    type=float,
    metavar="X",
    help="A rating above X is a decision for the positive class.  [default: the middle of --scale; 0.5 where all "
    "ratings are 0 or 1; else no decisions]",
)
@click.option(
    "--margin",
    type=click.FloatRange(0.001, 0.499),
    metavar="X",
    help="Also test that the AUC lies within 0.5 +- X.  [default: no test of equivalence]",
)
@click.option("--level", type=click.FloatRange(0.5, 0.999), default=0.95, show_default=True, help="Of all intervals.")
@gathered(Meaning, "meaning")
def analyse(ratings: Path, out: Path, meaning: Meaning) -> None:
    """Analyse a table of ratings: who told positive from negative cases, how well, and how sure that is.

    RATINGS is CSV (as spreadsheets write it: any of , ; tab, decimal commas, UTF-8, UTF-16 or Windows-1252), an Excel
    workbook, or a file of iMRMC. A line is a reading; columns:

    \b
      reader, case   names
      truth          1 positive, 0 negative; the same for all readings of a case
      rating         a number; the higher, the surer that the case is positive
      treatment      optional; several are compared (phases, generators, displays)
      repeat         optional; 1 for a second reading of the same case by the same reader
      decision       optional; 1 called positive, 0 not
      seconds        optional; time of the reading
    Any other column is a group of cases, such as view or density, and is broken down.

    Not every reader must have read every case. The report says which intervals speak of other readers and cases.

    \b
    Example:
      mammoganesis study analyse ratings.csv --out results --scale 1 6 --margin 0.1
    """
    from mammoganesis import files
    from mammoganesis.statistics.analysis import PARTS, Options
    from mammoganesis.statistics.analysis import analyse as analyse_readings
    from mammoganesis.statistics.as_json import to_json
    from mammoganesis.statistics.bands import roc_bands
    from mammoganesis.statistics.equivalence import Margin
    from mammoganesis.texts.statements import sentence
    from services.study.ratings_file import read_ratings
    from services.study.report.analysis import analysis_report
    from services.study.report.page import html

    if meaning.scale is not None and meaning.scale[0] >= meaning.scale[1]:
        raise click.UsageError(f"--scale: {meaning.scale[0]:g} {meaning.scale[1]:g}: LOW must lie below HIGH")
    found = read_ratings(ratings.read_bytes(), str(ratings))
    margin = None if meaning.margin is None else Margin(meaning.margin, alpha=1 - meaning.level)
    options = Options(meaning.positive, meaning.level, meaning.scale, meaning.threshold, margin)
    with progress(PARTS + 1, "analysing", "part") as bar:
        results = analyse_readings(found.readings, options, told=bar.update)
        report = analysis_report(results, roc_bands(found.readings, meaning.level), ratings.name)
        bar.update()
    files.write(
        out / "results.json", (json.dumps(to_json(results, sentence), indent=2, allow_nan=False) + "\n").encode()
    )
    files.write(out / "report.html", html(report).encode())
    _tell(results, found.left_out)
    click.echo(out / "results.json")
    click.echo(out / "report.html")


def _tell(results: "Results", left_out: tuple[str, ...]) -> None:
    from mammoganesis.texts.statements import sentence

    counts = results.counts
    click.echo(
        f"{counts.readings} readings by {counts.readers} reader(s) of {counts.positives} positive and "
        f"{counts.negatives} negative cases"
    )
    for treatment, of in results.mrmc.items():
        method = getattr(of, of.primary) if of.primary else None
        if method is None:
            click.echo(f"{treatment}: no interval over readers: {sentence(of.reason)}")
        else:
            found = method.random_readers
            limits = f"{found.interval.low:.3f} to {found.interval.high:.3f}"
            click.echo(f"{treatment}: AUC {found.auc:.3f}, {100 * results.level:g}% interval {limits} ({of.primary})")
    if results.comparison is not None and (test := results.comparison.random_readers_random_cases):
        names, ratio = ", ".join(results.comparison.treatments), f"F({test.df_numerator:g}, {test.df:.1f})"
        click.echo(f"{names}: {ratio} = {test.statistic:.2f}, p {test.p:.4f}, for new readers and cases")
    for column in left_out:
        click.echo(f"column {column} has more than 20 different values: it is no group", err=True)
