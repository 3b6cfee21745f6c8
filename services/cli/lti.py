"""mammoganesis lti key | platform add | list | remove | invite."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mammoganesis.terminal.commands import LazyGroup
from services.cli.connection import takes_server
from services.cli.lines import each

if TYPE_CHECKING:
    from services.client import Client


@click.group(cls=LazyGroup)
def lti() -> None:
    """Learning platforms (LTI 1.3: Moodle, Canvas, Brightspace, ...) that open cases, quizzes and studies."""


@lti.command()
@click.option(
    "--out",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="The new file, which its owner alone can read.",
)
def key(out: Path) -> None:
    """Make the private key by which the studio is a tool of learning platforms (MAMMOGANESIS_LTI_KEY_FILE).

    \b
    To change keys without an outage: put the new key before the old one in one file, and take the old one away after
    an hour; platforms fetch both meanwhile.
    """
    from mammoganesis.disk import write_secret
    from mammoganesis.errors import FailedPrecondition
    from services.lti.tokens import new_key

    if not write_secret(out, new_key().encode()):
        raise FailedPrecondition(f"{out}: is there already; a key is never written over")
    click.echo(out)


@lti.group(cls=LazyGroup)
def platform() -> None:
    """The platforms of a server."""


@platform.command()
@click.option("--name", default="", help="For people, such as 'Moodle of the faculty'.")
@click.option(
    "--issuer", required=True, metavar="URL", help="Platform ID (issuer), such as https://moodle.example.org."
)
@click.option("--client-id", required=True, metavar="ID", help="By which the platform knows this tool.")
@click.option("--deployment", "deployments", required=True, multiple=True, metavar="ID", help="One or more times.")
@click.option("--authorization-url", required=True, metavar="URL", help="Authentication request URL.")
@click.option("--token-url", required=True, metavar="URL", help="Access token URL.")
@click.option("--jwks-url", required=True, metavar="URL", help="Public keyset URL.")
@click.option("--token-audience", default="", metavar="TEXT", help="Where it is not the token URL (Brightspace).")
@takes_server
def add(client: Client, deployments: tuple[str, ...], **fields: Any) -> None:
    """Register a platform, or change one: the same issuer and client id is the same platform.

    \b
    Example (Moodle shows these under "Tool configuration details"):
      mammoganesis lti platform add --name Moodle --issuer https://moodle.example.org --client-id 4fX2 --deployment 1 \\
          --authorization-url https://moodle.example.org/mod/lti/auth.php \\
          --token-url https://moodle.example.org/mod/lti/token.php \\
          --jwks-url https://moodle.example.org/mod/lti/certs.php
    """
    from mammoganesis.v1.lti_pb2 import LtiPlatform

    click.echo(client.save_platform(LtiPlatform(deployment_ids=deployments, **fields)).platform_id)


@platform.command("list")
@takes_server
def list_(client: Client) -> None:
    """List the platforms, and what waits to be sent to each."""
    for standing in each(client.platforms(), "no platform is registered"):
        one = standing.platform
        waiting = f"waiting {standing.waiting}, given up {standing.given_up}"
        trouble = f"  ({standing.trouble})" if standing.trouble else ""
        deployments = ", ".join(one.deployment_ids)
        click.echo(
            f"{one.platform_id}  {one.name or '-'}  {one.issuer}  client {one.client_id}  deployments {deployments}  "
            f"{waiting}{trouble}"
        )


@platform.command()
@click.argument("platform_id", metavar="ID")
@takes_server
def remove(client: Client, platform_id: str) -> None:
    """A platform launches no more, and grades that wait for it are given up; what was answered stays."""
    client.remove_platform(platform_id)


@platform.command()
@click.option("--name", default="", help="Of the platform, for people.")
@click.option("--issuer", default="", metavar="URL", help="The only issuer that may.  [default: any]")
@click.option("--studio", required=True, metavar="URL", help="Address of the studio, as browsers see it.")
@takes_server
def invite(client: Client, name: str, issuer: str, studio: str) -> None:
    """An address at which one platform registers itself (dynamic registration), once, within a week.

    \b
    Give it to the platform's administrator (Moodle: External tools, Manage tools, Tool URL, Add LTI Advantage):
      mammoganesis lti platform invite --studio https://studio.example.org/mammoganesis
    """
    token, ends_at = client.invite_platform(name, issuer)
    click.echo(f"{studio.rstrip('/')}/lti/register?token={token}")
    click.echo(f"until {ends_at.ToJsonString()}", err=True)
