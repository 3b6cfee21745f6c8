"""mammoganesis quota."""

from typing import TYPE_CHECKING

import click

from services.cli.connection import takes_server
from services.cli.lines import each

if TYPE_CHECKING:
    from services.client import Client


@click.command()
@takes_server
def quota(client: "Client") -> None:
    """Show what is left to you: each quota with what was used, the limit, and when it begins anew (UTC)."""
    for state in each(client.quotas(), "there are no quotas for you"):
        anew = f"  until {state.resets_at.ToJsonString()}" if state.HasField("resets_at") else "  at a time"
        click.echo(f"{state.quota}  {state.whose}  {state.used} of {state.limit}{anew}")
