"""The forms that values on the command line take."""

import re
from pathlib import Path
from typing import Any

import click
import numpy as np

from mammoganesis.recipe.limits import MAX_SEED

MAX_SEEDS = 10_000_000


class Seeds(click.ParamType):
    """Seeds as "7", "0-3" (both included), "0:1000" (the end excluded), or several of these with commas.

    Args:
        distinct: refuse a seed that is there twice.
    """

    name = "seeds"

    def __init__(self, distinct: bool = False) -> None:
        self._distinct = distinct

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> np.ndarray:
        """The seeds, [n] int64, in the order given."""
        if isinstance(value, np.ndarray):
            return value
        ranges = [self._range(part.strip(), param, ctx) for part in value.split(",")]
        if sum(map(len, ranges)) > MAX_SEEDS:
            self.fail(f"{value!r} are {sum(map(len, ranges)):,} seeds; allowed: 1 to {MAX_SEEDS:,}", param, ctx)
        seeds = np.concatenate([np.arange(part.start, part.stop, dtype=np.int64) for part in ranges])
        if self._distinct:
            found, counts = np.unique(seeds, return_counts=True)
            if (counts > 1).any():
                self.fail(f"seed {found[counts > 1][0]} is there twice; allowed: each seed once", param, ctx)
        return seeds

    def _range(self, part: str, param: click.Parameter | None, ctx: click.Context | None) -> range:
        match = re.fullmatch(r"(\d+)(?:([-:])(\d+))?", part, re.ASCII)
        if match is None or len(part) > 40:
            allowed = "N, A-B (B included) or A:B (B excluded), separated by commas"
            self.fail(f"{part[:60]!r} is not allowed; allowed: {allowed}", param, ctx)
        first, separator, last = match.groups()
        stop = int(last) + (separator == "-") if separator else int(first) + 1
        if int(first) >= stop:
            self.fail(f"{part!r} holds no seed; allowed: a last seed not before the first", param, ctx)
        if stop - 1 > MAX_SEED:
            self.fail(f"{part!r} is not allowed; allowed: seeds 0 to {MAX_SEED}", param, ctx)
        return range(int(first), stop)


class Layers(click.ParamType):
    """A range of layers: START:END with the end excluded, or FIRST-LAST with both included."""

    name = "start:end"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, int]:
        """(start, end), the end excluded."""
        if isinstance(value, tuple):
            return value
        match = re.fullmatch(r"(\d{1,4})([-:])(\d{1,4})", value, re.ASCII)
        if match is None:
            allowed = "START:END, such as 0:8 (8 excluded), or FIRST-LAST, such as 0-7 (7 included)"
            self.fail(f"{value!r} is not allowed; allowed: {allowed}", param, ctx)
        return int(match[1]), int(match[3]) + (match[2] == "-")


class LayerEpsilon(click.ParamType):
    """The epsilon of one style layer: LAYER=EPSILON."""

    name = "layer=epsilon"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, float]:
        """(layer, epsilon); ranges are left to the server."""
        if isinstance(value, tuple):
            return value
        layer, _, epsilon = value.partition("=")
        try:
            number = float(epsilon)
        except ValueError:
            number = None
        if number is None or re.fullmatch(r"\d{1,4}", layer, re.ASCII) is None:
            self.fail(f"{value!r} is not allowed; allowed: LAYER=EPSILON, such as 4=80", param, ctx)
        return int(layer), number


class LatentSource(click.ParamType):
    """What names an image: a seed, a PNG or DICOM file of ours, a recipe (a JSON file), or a latent id."""

    name = "image_or_seed"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, Any]:
        """("seed", number), ("image", path), ("recipe", path) or ("latent-id", text)."""
        if not isinstance(value, str):
            return value
        if value.isascii() and value.isdigit():
            return "seed", click.IntRange(0, MAX_SEED).convert(int(value[:20]), param, ctx)
        if value.startswith("lat_") and not Path(value).exists():
            return "latent-id", value
        if not Path(value).exists():
            file = "the name of a PNG or DICOM file of ours or of a recipe (.json)"
            allowed = f"a seed, 0 to {MAX_SEED}; {file}; or a latent id"
            self.fail(f"{value[:200]!r} is no file that is there; allowed: {allowed}", param, ctx)
        path = click.Path(exists=True, dir_okay=False, path_type=Path).convert(value, param, ctx)
        return "recipe" if Path(value).suffix.lower() == ".json" else "image", path


class Edit(click.ParamType):
    """A move along a component: COMPONENT=SIGMAS or COMPONENT=SIGMAS@START:END."""

    name = "component=sigmas[@start:end]"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """(component, sigmas) or (component, sigmas, layer_start, layer_end); ranges are left to the server."""
        if not isinstance(value, str):
            return value
        component, equals, rest = value.partition("=")
        sigmas, _, layers = rest.partition("@")
        try:
            number = float(sigmas)
        except ValueError:
            number = None
        if not (component and equals) or number is None:
            allowed = "COMPONENT=SIGMAS[@START:END], such as 0=2.5 or 3=-1@0:8"
            self.fail(f"{value!r} is not allowed; allowed: {allowed}", param, ctx)
        return (index_or_name(component), number, *(Layers().convert(layers, param, ctx) if layers else ()))


class NamedEdit(Edit):
    """A move along a curated direction: NAME=SIGMAS or NAME=SIGMAS@START:END."""

    name = "name=sigmas[@start:end]"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """As of `Edit`, by name."""
        edit = super().convert(value, param, ctx)
        if not isinstance(edit[0], str):
            allowed = "the name of a direction, such as size=1.5; --edit takes components by number"
            self.fail(f"{value!r} is not allowed; allowed: {allowed}", param, ctx)
        return edit


def index_or_name(text: str) -> int | str:
    """A component or region: digits are an index, anything else a curated name."""
    return int(text) if text.isascii() and text.isdigit() else text
