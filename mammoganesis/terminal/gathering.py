"""Options of a command that belong together reach it as one frozen value."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable
from typing import Any


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
