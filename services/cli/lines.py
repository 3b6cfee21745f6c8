"""Lists for people that are for programs too: a line each, and where there is none, words beside the output."""

from collections.abc import Iterable, Iterator
from typing import TypeVar

import click

Item = TypeVar("Item")


def each(items: Iterable[Item], otherwise: str) -> Iterator[Item]:
    """The items, one after the other; of none `otherwise` is said on the error stream, so that a pipe stays empty."""
    there_is = False
    for item in items:
        there_is = True
        yield item
    if not there_is:
        click.echo(otherwise, err=True)
