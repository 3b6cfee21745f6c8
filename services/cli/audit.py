"""mammoganesis audit list | export | verify | prune."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mammoganesis.terminal.commands import LazyGroup
from services.cli.connection import takes_server
from services.cli.lines import each
from services.cli.noting import operator
from services.cli.pruning import MOMENT, removing

if TYPE_CHECKING:
    from mammoganesis.v1.audit_pb2 import AuditEntry
    from services.client import Client

BROKEN = 3


class Place(click.ParamType):
    """NUMBER:HASH of an entry."""

    name = "NUMBER:HASH"

    def convert(self, value: Any, param: click.Parameter | None, context: click.Context | None) -> tuple[int, str]:
        """Number and hash."""
        number, _, hash = str(value).partition(":")
        digits = set("0123456789abcdef")
        if not (number.isdecimal() and len(number) < 19 and len(hash) == 64 and set(hash) <= digits):
            self.fail(f"{value!r} is not allowed; allowed: a number, ':' and 64 hexadecimal digits", param, context)
        return int(number), hash


_SINCE = click.option("--since", type=MOMENT, help="Recorded then or later (UTC).")
_UNTIL = click.option("--until", type=MOMENT, help="Recorded before (UTC).")


@click.group(cls=LazyGroup)
def audit() -> None:
    """Who did what on a server, and how it ended: entries that are bound to each other, so that a change is found.

    For auditors and operators. What is written down, and what not, is in docs/security.md.
    """


@audit.command("list")
@_SINCE
@_UNTIL
@click.option("--who", default="", metavar="ISSUER|SUBJECT", help="Of this caller.")
@click.option("--action", default="", help="Of this kind, such as CaseService/SaveCase.")
@click.option("--outcome", default="", help="That ended so, such as OK or PERMISSION_DENIED.")
@click.option(
    "--about", default="", help="About this target, latent id, digest of a file, or request id; logins: action:login."
)
@click.option("--count", default=20, show_default=True, type=click.IntRange(1), help="How many at most.")
@takes_server
def list_(client: "Client", count: int, **which: Any) -> None:
    """List entries, the newest first."""
    from itertools import islice

    from services.client.audit import MAX_PAGE, WhichEntries

    found = islice(client.audit(WhichEntries(**which), min(count, MAX_PAGE)), count)
    for entry in each(found, "no entry"):
        click.echo(_line(entry))


@audit.command()
@_SINCE
@_UNTIL
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="The file, which is replaced.  [default: standard output]",
)
@takes_server
def export(client: "Client", since: datetime | None, until: datetime | None, out: Path | None) -> None:
    """Write a stretch of the log as JSON lines that `verify` proves without the server.

    \b
    Example:
      mammoganesis audit export --since 2026-01-01 --out audit-2026.jsonl
    """
    from mammoganesis import files
    from mammoganesis.terminal.progress import progress

    pieces = client.export_audit(since, until)
    if out is None:
        for piece in pieces:
            click.echo(piece, nl=False)
        return
    with progress(None, "exported", "byte") as bar:
        read = []
        for piece in pieces:
            read.append(piece)
            bar.update(len(piece))
    files.write(out, b"".join(read))
    click.echo(out)


@audit.command(short_help="Tell whether the log, or an exported file of it, is unbroken.")
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--known",
    multiple=True,
    type=Place(),
    help="An entry that was noted before, and must be there; may be given several times.",
)
@click.option(
    "--public-keys",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Of a file: who may have signed its checkpoints (PEM).  [default: signatures are not judged]",
)
@takes_server
def verify(client: "Client", file: Path | None, known: Sequence[tuple[int, str]], public_keys: Path | None) -> int:
    """Tell whether the log of the server, or an exported FILE of it, is unbroken: nothing changed, left out, put in,
    moved, or cut off before a place that is known. Of a FILE no server is asked.

    \b
    Exit codes:
      0  unbroken
      3  broken; each line says where
    """
    if file is None:
        found = client.verify_audit(known)
        entries = found.head.number - found.first + 1 if found.first else 0
        head, problems = (found.head.number, found.head.hash), found.problems
        more = f"{found.checkpoints} checkpoints, {found.signed} signed, {found.lost} entries lost"
    else:
        chain = _checked(file, known, public_keys)
        entries, head, problems = chain.entries, (chain.head.number, chain.head.hash), chain.problems
        more = f"{chain.checkpoints} checkpoints, {chain.signed} signed, {chain.lost} entries lost"
    for problem in problems:
        click.echo(problem, err=True)
    click.echo(f"{'broken' if problems else 'unbroken'}: {entries} entries, {more}")
    click.echo(f"newest entry  {head[0]}:{head[1]}")
    return BROKEN if problems else 0


@audit.command()
@click.option("--before", required=True, type=MOMENT, help="Remove what was recorded before this time (UTC).")
@click.option("--yes", is_flag=True, help="Do not ask.")
def prune(before: datetime, yes: bool) -> None:
    """Remove the oldest entries. A checkpoint of the last of them stays, by which the rest is proved, and an entry that
    says who removed how many. Export them first. Removed in pieces of 10,000, each with its checkpoint and its entry,
    so that the server goes on; stopped on the way, the same command goes on.

    The database is the one of the settings: MAMMOGANESIS_RECORDS_URL, or MAMMOGANESIS_RECORDS_FOLDER. The server may be
    running.
    """
    from mammoganesis.pictures.signature import signer_of
    from mammoganesis.terminal.progress import progress
    from services.records.sql.audit import AuditLog

    with removing(before, yes) as (config, database, moment), progress(None, "removed", "entry") as bar:
        log = AuditLog(database, signer_of(config.signing_key_file))
        removed = log.prune(moment, operator(), bar.update)
    click.echo(f"{removed} entries were removed")


def _checked(file: Path, known: Sequence[tuple[int, str]], public_keys: Path | None):
    from mammoganesis.pictures import signature
    from mammoganesis.terminal.progress import progress
    from services.access.audit_chain import Chain, Checkpoint
    from services.access.audit_file import check_lines

    keys = {} if public_keys is None else signature.by_id(signature.public_keys(public_keys, "--public-keys"))
    chain = Chain(keys, [Checkpoint(*place) for place in known])
    with file.open("rb") as opened, progress(file.stat().st_size, "read", "byte") as bar:

        def lines() -> Iterable[bytes]:
            for line in opened:
                bar.update(len(line))
                yield line

        check_lines(lines(), chain, str(file))
    return chain


def _line(entry: "AuditEntry") -> str:
    parts = [str(entry.number), entry.at.ToJsonString(), entry.who, entry.host, entry.action, entry.outcome]
    if entry.count > 1:
        parts.append(f"{entry.count} times")
    if entry.images:
        parts.append(f"{len(entry.images)} images")
    return "  ".join([*parts, *entry.targets])
