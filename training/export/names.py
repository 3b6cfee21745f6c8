"""Curated names of components and regions, given by a person who has looked at the images.

The file is JSON:

    {"components": [{"index": 0, "name": "breast-size", "layer_start": 0, "layer_end": 6}],
     "regions": ["background", "chest-wall", ""]}
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

from training.errors import ConfigurationError, DataError

NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True)
class NamedComponent:
    """A name for a component on a range of codes."""

    index: int  # of the component, from 0
    name: str  # lower-case letters, digits, hyphens
    layer_start: int  # first row of ws that it moves
    layer_end: int  # the row after the last


@dataclass(frozen=True)
class CuratedNames:
    """Names of some components and of all or no regions."""

    components: tuple[NamedComponent, ...] = ()
    regions: tuple[str, ...] = ()  # one per region; an empty name means not curated

    def check(self, num_components: int, num_regions: int, num_ws: int) -> None:
        """Raises ConfigurationError for a name, index or range that the bundle does not have."""
        for position, named in enumerate(self.components):
            field = f"components[{position}]"
            if not 0 <= named.index < num_components:
                raise ConfigurationError(f"{field}.index is {named.index}; the bundle has {num_components} components")
            if not 0 <= named.layer_start < named.layer_end <= num_ws:
                raise ConfigurationError(
                    f"{field}: layers {named.layer_start} to {named.layer_end} are not allowed; "
                    f"allowed: 0 <= layer_start < layer_end <= {num_ws}"
                )
        if self.regions and len(self.regions) != num_regions:
            raise ConfigurationError(f"regions has {len(self.regions)} names; the bundle has {num_regions} regions")
        for what, names in (
            ("components", [named.name for named in self.components]),
            ("regions", [name for name in self.regions if name]),
        ):
            for name in names:
                if not NAME.fullmatch(name):
                    raise ConfigurationError(f"{what}: the name {name!r} may hold lower-case letters, digits, hyphens")
                if names.count(name) > 1:
                    raise ConfigurationError(f"{what}: the name {name!r} is used twice")


def read_names(path: Path) -> CuratedNames:
    """Read the JSON file. Raises DataError when it is not of the form above."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        components = tuple(
            NamedComponent(int(c["index"]), str(c["name"]), int(c["layer_start"]), int(c["layer_end"]))
            for c in content.get("components", [])
        )
        return CuratedNames(components, tuple(str(name) for name in content.get("regions", [])))
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise DataError(f"{path}: is not a file of curated names ({type(error).__name__}: {error})") from error
