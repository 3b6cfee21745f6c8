"""Options of a command: those that belong together reach it as one frozen value, and errors name them as typed."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
from collections.abc import Callable, Iterator
from typing import Any

from mammoganesis.errors import InvalidArgument


def gathered(kind: Callable[..., Any], into: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Hands a command one argument `into`, a `kind`, instead of every parameter that is a field of that dataclass.

    It stands below the options: `@click.option(...) @gathered(Sampling, "sampling") def command(sampling): ...`.
    """
    names = [field.name for field in dataclasses.fields(kind)]  # type: ignore[arg-type]

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(command)
        def gathering(*arguments: Any, **parameters: Any) -> Any:
            value = kind(**{name: parameters.pop(name) for name in names})
            return command(*arguments, **{into: value}, **parameters)

        return gathering

    return decorate


def together(*decorators: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Several decorators as one, the first outermost: options that more than one command has."""

    def apply(command: Any) -> Any:
        for decorator in reversed(decorators):
            command = decorator(command)
        return command

    return apply


@contextlib.contextmanager
def options_named(*fields: str) -> Iterator[None]:
    """An InvalidArgument of the block about one of these fields names the option of that name."""
    try:
        yield
    except InvalidArgument as error:
        if error.field not in fields:
            raise
        raise error.named("--" + error.field.replace("_", "-")) from error
