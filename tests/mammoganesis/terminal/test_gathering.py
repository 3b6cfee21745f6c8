"""Options of a command as one value."""

from dataclasses import dataclass

import click
from click.testing import CliRunner

from mammoganesis.terminal.gathering import gathered


@dataclass(frozen=True)
class Sampling:
    seed: int
    psi: float


@click.command()
@click.argument("target")
@click.option("--seed", default=3)
@click.option("--psi", default=0.5)
@click.option("--out")
@gathered(Sampling, "sampling")
@click.pass_context
def command(context: click.Context, target: str, sampling: Sampling, out: str | None) -> None:
    """Says what it was given."""
    click.echo(f"{context.info_name} {target} {sampling} {out}")


def test_the_fields_of_the_value_are_taken_and_the_others_stay():
    result = CliRunner().invoke(command, ["t", "--psi", "0.7", "--out", "f"])
    assert result.output == "command t Sampling(seed=3, psi=0.7) f\n"


def test_the_help_is_that_of_the_command():
    assert "Says what it was given." in CliRunner().invoke(command, ["--help"]).output
