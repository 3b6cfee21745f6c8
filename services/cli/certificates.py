"""mammoganesis certificates."""

from __future__ import annotations

import socket
from pathlib import Path

import click

LOCAL = ("localhost", "127.0.0.1", "::1")


@click.command()
@click.option(
    "--out",
    required=True,
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of the files; made where it is missing, for you alone.",
)
@click.option(
    "--host",
    "hosts",
    multiple=True,
    metavar="NAME",
    help="Host name or IP address by which the server is dialled, beside localhost, 127.0.0.1 and ::1; several times "
    "for several.  [default: this machine's name; with --renew those of before]",
)
@click.option(
    "--client",
    "clients",
    multiple=True,
    metavar="NAME",
    help="Also a certificate for a client of this name; several times for several.",
)
@click.option(
    "--days", type=click.IntRange(1, 3_000), default=397, show_default=True, help="For which certificates are valid."
)
@click.option("--renew", is_flag=True, help="New certificates by the authority that DIR has, in place of those there.")
def certificates(out: Path, hosts: tuple[str, ...], clients: tuple[str, ...], days: int, renew: bool) -> None:
    """Make an authority of your own, and certificates by it: of a server, and of clients.

    For trying TLS out, and for an instance that nobody else has to trust. Where your institution has an authority, take
    certificates of that instead. Files: ca.pem and ca.key (the authority, valid for ten years), server.pem and
    server.key, client-NAME.pem and client-NAME.key. Nothing is overwritten but by --renew, which a server that runs
    takes up by itself.

    \b
    Examples:
      mammoganesis certificates --out tls --host mammo.example.org
      mammoganesis serve --tls tls
      mammoganesis sample --seeds 7 --out samples --ca tls/ca.pem
    """
    from services.access import certificates as making

    others = hosts or (() if renew else (socket.gethostname(),))
    names = (making.renew if renew else making.make)(out, (*LOCAL, *others) if others else (), clients, days)
    found, until = making.names_of((out / f"{making.SERVER}.pem").read_bytes())
    for name in names:
        click.echo(f"{out / name}.pem  {out / name}.key")
    click.echo(f"the server's is for {', '.join(found)}, valid until {until:%Y-%m-%d}")
    if renew:
        click.echo("a server that runs shows it from its next connection on; give clients their new files")
        return
    click.echo(
        f"\nnext:  mammoganesis serve --tls {out}\n"
        f"       mammoganesis sample --seeds 7 --out samples --ca {out / 'ca.pem'}\n"
        f"Give {out / 'ca.pem'} to whoever is to trust the server, also to browsers. Keep {out / 'ca.key'} to "
        "yourself, best on another machine: with it anybody can be this server to them."
    )
