"""The whole proof, piece by piece: `make faults`, or `python -m tests.faults PIECE...`.

Every piece prints its goal, what was done, what came, and which promises did not hold; what it found is kept in a file,
so that a proof that was broken off goes on where it was. Ends with 1 where a promise did not hold.
"""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path

import click

from tests.faults.pieces import (
    Finding,
    abuse,
    bundles,
    disks,
    fuzz,
    kills,
    overload,
    pages,
    readers,
    redis_faults,
    replicas,
    soak,
    starts,
    stillness,
    updates,
)

PIECES: dict[str, Callable[[Path], Finding]] = {
    "bundles": bundles.prove,
    "redis": redis_faults.prove,
    "overload": overload.prove,
    "abuse": abuse.prove,
    "disks": disks.prove,
    "fuzz": fuzz.prove,
    "pages": pages.prove,
    "readers": readers.prove,
    "updates": updates.prove,
    "stillness": stillness.prove,
    "replicas": replicas.prove,
    "starts": starts.prove,
    "kills": kills.prove,
    "soak": soak.prove,
}
"""From the short ones (seconds) to the long ones (an hour)."""


@click.command(context_settings={"show_default": True})
@click.argument("pieces", nargs=-1, type=click.Choice(list(PIECES)))
@click.option("--out", type=click.Path(path_type=Path), default=Path("out/faults"), help="Findings and records.")
@click.option("--again", is_flag=True, help="Also what has been found before.")
def main(pieces: tuple[str, ...], out: Path, again: bool) -> None:
    """Prove what docs/reliability.md promises: PIECES, or all of them (three hours on two quiet cores)."""
    broken = 0
    for name in pieces or PIECES:
        folder, kept = out.resolve() / name, out.resolve() / f"{name}.json"
        if again:
            shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True, exist_ok=True)
        if again or not kept.exists():
            click.echo(f"{time.strftime('%H:%M:%S')}  {name}: {sys.modules[PIECES[name].__module__].__doc__}")
            PIECES[name](folder).write(kept)
        finding = Finding.read(kept)
        click.echo(f"\n{name}: {finding}\n")
        broken += len(finding.broken)
    sys.exit(1 if broken else 0)


if __name__ == "__main__":
    main()
