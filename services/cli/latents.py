"""Latents on the command line: by seed, recipe, PNG or DICOM file of ours or latent id."""

import functools
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mammoganesis.recipe.limits import MAX_SEED
from services.cli.names import Names
from services.cli.options import read_recipe, refuse_sampling, sampling_of, sampling_options
from services.cli.values import LatentSource

if TYPE_CHECKING:
    from mammoganesis.v1.latents_pb2 import Recipe
    from services.client import Sampling


@dataclass(frozen=True)
class Source:
    """What a person has named."""

    kind: str  # "seed", "recipe", "image" or "latent-id"
    value: Any  # the seed, the path or the id
    sampling: "Sampling"  # of a seed

    def __str__(self) -> str:
        return f"{self.kind} {self.value}" if self.kind == "seed" else Path(self.value).name

    def latent(self, names: Names) -> "Recipe | str":
        """The recipe, or the latent id.

        Raises:
            InvalidArgument: a file is none of ours or no recipe; a label is unknown.
        """
        from services.client import messages

        if self.kind == "seed":
            labels = names.drawn(self.value, self.sampling)
            return messages.seed_recipe(self.value, replace(self.sampling, labels=labels))
        if self.kind == "recipe":
            return read_recipe(self.value)
        if self.kind == "image":
            return messages.recipe_of_file(self.value)
        return self.value


def takes_latent(argument: str = "latent", prefix: str = "", what: str = "the image to edit") -> Callable:
    """Adds --seed, --recipe, --image and --latent-id (with a prefix), and hands over the `Source` as `argument`.

    Truncation and noise come from `takes_seed_sampling`, which the command must have below this; they go with a seed.
    """
    keys = {name: f"{prefix}{name}".replace("-", "_") for name in ("seed", "recipe", "image", "latent-id")}
    file = click.Path(exists=True, dir_okay=False, path_type=Path)

    def decorate(command: Callable) -> Callable:
        @click.option(f"--{prefix}seed", type=click.IntRange(0, MAX_SEED), help=f"Seed of {what}.")
        @click.option(f"--{prefix}recipe", type=file, metavar="FILE", help=f"Recipe of {what}, a JSON file.")
        @click.option(
            f"--{prefix}image",
            type=file,
            metavar="FILE",
            help=f"{what[0].upper()}{what[1:]}, a PNG or DICOM file of ours.",
        )
        @click.option(f"--{prefix}latent-id", metavar="ID", help=f"Latent id of {what}, while the cache has it.")
        @functools.wraps(command)
        def wrapped(*args: Any, **kwargs: Any):
            given = {name: value for name, key in keys.items() if (value := kwargs.pop(key)) is not None}
            if len(given) != 1:
                wanted = ", ".join(f"--{prefix}{name}" for name in keys)
                raise click.UsageError(f"give exactly one of {wanted}")
            ((kind, value),) = given.items()
            return command(*args, **{argument: (kind, value)}, **kwargs)

        return wrapped

    return decorate


def takes_latents(*arguments: str) -> Callable:
    """Adds an argument IMAGE_OR_SEED for each name and hands over the sources, as `takes_latent` does."""

    def decorate(command: Callable) -> Callable:
        for name in reversed(arguments):
            metavar = "IMAGE_OR_SEED" if len(arguments) == 1 else name.upper()
            command = click.argument(name, type=LatentSource(), metavar=metavar)(command)
        return command

    return decorate


def takes_sources(argument: str) -> Callable:
    """Adds a repeated argument IMAGE_OR_SEED and the options of its seeds, as `takes_seed_sampling` does, and hands
    over a list of `Source`, one or more."""

    def decorate(command: Callable) -> Callable:
        @functools.wraps(command)
        def wrapped(*args: Any, **kwargs: Any):
            given = kwargs.pop(argument)
            if all(kind != "seed" for kind, _ in given):
                refuse_sampling("goes with a seed: other sources bring their own")
            sampling = sampling_of(kwargs)
            sources = [Source(kind, value, sampling) for kind, value in given]
            return command(*args, **{argument: sources}, **kwargs)

        takes = click.argument(argument, type=LatentSource(), nargs=-1, required=True, metavar="IMAGE_OR_SEED...")
        return takes(sampling_options(wrapped))

    return decorate


def takes_seed_sampling(*arguments: str) -> Callable:
    """As `options.takes_sampling`, for a command with the latents `arguments`, which it hands over as `Source`: the
    options go into the recipes made of seeds, and are refused where no latent is given by its seed, since nothing would
    come of them."""

    def decorate(command: Callable) -> Callable:
        @functools.wraps(command)
        def wrapped(*args: Any, **kwargs: Any):
            given = {name: kwargs.pop(name) for name in arguments}
            if all(kind != "seed" for kind, _ in given.values()):
                refuse_sampling("goes with a seed: other sources bring their own")
            sampling = sampling_of(kwargs)
            sources = {name: Source(kind, value, sampling) for name, (kind, value) in given.items()}
            return command(*args, **sources, **kwargs)

        return sampling_options(wrapped)

    return decorate
