"""mammoganesis token create | list | revoke."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mammoganesis.terminal.commands import LazyGroup
from services.cli.lines import each
from services.cli.noting import noted

if TYPE_CHECKING:
    from services.access.service_tokens import ServiceToken

_DAYS = {"d": 1, "w": 7, "y": 365}
_LONGEST_DAYS = 3_650


class Lifetime(click.ParamType):
    """Such as 90d, 12w or 1y; seconds."""

    name = "lifetime"

    def convert(self, value: Any, param: click.Parameter | None, context: click.Context | None) -> float:
        """Seconds."""
        found = re.fullmatch(r"([1-9][0-9]{0,4})([dwy])", value)
        days = int(found[1]) * _DAYS[found[2]] if found else 0
        if not 1 <= days <= _LONGEST_DAYS:
            self.fail(
                f"{value!r} is no lifetime; allowed: 1 to {_LONGEST_DAYS} days, as 90d, 12w or 1y", param, context
            )
        return 86_400.0 * days


_file = click.option(
    "--file",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="File of the tokens.  [default: MAMMOGANESIS_SERVICE_TOKENS_FILE, or service-tokens.json among your data]",
)


@click.group(cls=LazyGroup)
def token() -> None:
    """Tokens by which programs say who they are to a server whose identity is on.

    The server reads the file again when it has changed. People log in instead, through your identity provider.
    """


@token.command()
@click.argument("name")
@click.option("--roles", required=True, metavar="ROLE,...", help="What it may do; `docs/security.md` has the table.")
@click.option("--groups", default="", metavar="GROUP,...", help="Whose quotas it shares.")
@click.option("--expires", type=Lifetime(), metavar="90d|12w|1y", help="When it ends.  [default: when it is revoked]")
@_file
def create(name: str, roles: str, groups: str, expires: float | None, file: Path | None) -> None:
    """Draw a token for the program NAME, and show it once: the file keeps a hash of it.

    \b
    Example:
      mammoganesis token create night-job --roles researcher --expires 90d > token
      MAMMOGANESIS_TOKEN_FILE=token mammoganesis sample --seeds 7 --out samples

    Several tokens may have one name: draw the new one, hand it over, then revoke the old one by its id.
    """
    from services.access import service_tokens
    from services.access.principals import Principal

    told = {"roles": _listed(roles), "groups": _listed(groups)}
    principal = Principal.from_json({"issuer": service_tokens.ISSUER, "subject": name, **told})
    text, made = service_tokens.new(principal, expires)
    with _changing(file) as (tokens, changed):
        changed.extend(service_tokens.with_new(tokens, made))
    if file is None:  # another file may be another server's
        noted("token create", [*_targets(made), *(f"role:{role}" for role in sorted(principal.roles))])
    click.echo(text)
    click.echo(f"{made.id}  {name}: {', '.join(sorted(principal.roles))}. It is not shown again.", err=True)


@token.command("list")
@_file
def list_(file: Path | None) -> None:
    """List the tokens: id, name, roles, state, when they were made and when they end."""
    import time

    now = time.time()
    place = _place(file)
    for one in each(_read(place), f"{place}: no token"):
        ends = "-" if one.expires is None else _day(one.expires)
        roles = ",".join(sorted(one.principal.roles))
        click.echo(
            f"{one.id}  {one.principal.subject:20s}  {one.state(now):8s}  {_day(one.created)}  {ends:10s}  {roles}"
        )


@token.command()
@click.argument("which", metavar="ID|NAME")
@_file
def revoke(which: str, file: Path | None) -> None:
    """End the token of an ID, or all of a NAME. A server that runs knows it within seconds."""
    from services.access import service_tokens

    with _changing(file) as (tokens, changed):
        changed.extend(service_tokens.without(tokens, which))
    ended = [one for before, one in zip(tokens, changed, strict=True) if one != before]
    for one in ended:
        if file is None:
            noted("token revoke", _targets(one))
        click.echo(f"{one.id}  {one.principal.subject}  revoked")


@contextmanager
def _changing(file: Path | None) -> Iterator[tuple[Sequence[ServiceToken], list[ServiceToken]]]:
    """The tokens of the file, and a list for those that it is to have; one command at a time changes it."""
    import fcntl

    from mammoganesis import disk
    from services.access import service_tokens

    place = _place(file)
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with open(place.with_name(f".{place.name}.lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        changed: list[ServiceToken] = []
        yield _read(place), changed
        disk.write_secret(place, service_tokens.written(changed), replace=True)


def _read(place: Path) -> Sequence[ServiceToken]:
    from services.access import service_tokens

    return service_tokens.read(place.read_bytes(), str(place)) if place.exists() else ()


def _targets(token: ServiceToken) -> list[str]:
    return [f"token:{token.id}", f"program:{token.principal.subject}"]


def _place(file: Path | None) -> Path:
    import os

    from services.process.config import Config

    return file or Config.from_environment(os.environ).service_tokens_file


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _day(seconds: int) -> str:
    from datetime import UTC, datetime

    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d}"
