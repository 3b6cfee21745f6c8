"""catalogue.json: names, useful ranges and notes that a person gave to a bundle's components and regions.

People and the studio edit it:

    {"bundle_digest": "<the bundle it was made for>",
     "generator_digest": "<SHA-256 of the generator's weights; may be left out>",
     "directions": [{"name": "breast-size", "index": 0, "reversed": false, "layer_start": 0, "layer_end": 6,
                     "sigmas_start": -2.5, "sigmas_end": 3, "note": "small to large",
                     "evidence": {"attribute": "breast_area", "spearman_rho": 0.97, "num_seeds": 50}}],
     "rejected_components": [5, 6],
     "regions": [{"index": 0, "name": "background", "note": "", "rejected": true}],
     "default_epsilon": 40, "low_resolution_epsilon": 5}

A catalogue is complete: applied to a bundle, it replaces whatever the bundle had. Directions need name, index,
layer_start and layer_end; the range of sigmas is -3 to 3 where it is not given. Regions that are not listed have no
name. What is read here is judged without the bundle: types, names, clashes, ranges.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mammoganesis.bundle.names import DIGEST, MAX_NAME, NAME, NAME_WORDS
from mammoganesis.errors import InvalidArgument
from mammoganesis.recipe.limits import DEFAULT_SIGMAS, MAX_EPSILON, MAX_SIGMAS

MAX_NOTE = 500  # characters
MAX_BYTES = 2**20  # of catalogue.json

_NAMES = f"{NAME_WORDS}, {MAX_NAME} at most"


@dataclass(frozen=True)
class Evidence:
    """What was measured along a direction."""

    attribute: str  # such as breast_area
    spearman_rho: float  # of the attribute with the displacement, mean over the seeds, -1 to 1
    num_seeds: int  # 1 or more


@dataclass(frozen=True)
class Direction:
    """A named component on a range of layers."""

    name: str  # lower-case letters, digits, hyphens; unique
    index: int  # of the component
    layer_start: int  # first row of ws that it moves
    layer_end: int  # one past the last
    reversed: bool = False  # True: positive sigmas of the direction are negative ones of the component
    sigmas_start: float = DEFAULT_SIGMAS[0]  # useful range in standard deviations of the direction, -20 to 20
    sigmas_end: float = DEFAULT_SIGMAS[1]
    note: str = ""  # what is seen
    evidence: Evidence | None = None


@dataclass(frozen=True)
class Region:
    """What a person said about one region."""

    index: int
    name: str = ""  # lower-case letters, digits, hyphens; unique; empty: not named
    note: str = ""  # what is seen
    rejected: bool = False  # True: nothing useful


@dataclass(frozen=True)
class Catalogue:
    """All that a person said about a bundle's components and regions."""

    bundle_digest: str = ""  # the bundle that was looked at; empty: not stated
    generator_digest: str = ""  # SHA-256 of generator_ema.safetensors; empty: not stated
    directions: tuple[Direction, ...] = ()
    rejected_components: tuple[int, ...] = ()
    regions: tuple[Region, ...] = ()
    default_epsilon: float | None = None  # of transfers, above 0 to 512; None: the services' default, 40
    low_resolution_epsilon: float | None = None  # of 4x4 and 8x8 layers, 0 to 512; None: the services' default, 5


def read_catalogue(source: Path | str | Mapping[str, Any]) -> Catalogue:
    """Read catalogue.json, or the same as a dict.

    Raises:
        InvalidArgument: the file cannot be read, a key is unknown, or a value is not allowed.
    """
    if isinstance(source, Mapping):
        return _catalogue(source)
    content = _load(Path(source))
    try:
        return _catalogue(content)
    except InvalidArgument as error:
        raise error.named(f"{source}: {error.field}") from error


def write_catalogue(catalogue: Catalogue) -> str:
    """catalogue.json: what `read_catalogue` reads, with every field."""
    return json.dumps(as_dict(catalogue), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def as_dict(catalogue: Catalogue) -> dict[str, Any]:
    """The JSON object of a catalogue."""
    return {
        "bundle_digest": catalogue.bundle_digest,
        "generator_digest": catalogue.generator_digest,
        "directions": [
            {
                "name": direction.name,
                "index": direction.index,
                "reversed": direction.reversed,
                "layer_start": direction.layer_start,
                "layer_end": direction.layer_end,
                "sigmas_start": direction.sigmas_start,
                "sigmas_end": direction.sigmas_end,
                "note": direction.note,
                "evidence": None if direction.evidence is None else dict(vars(direction.evidence)),
            }
            for direction in catalogue.directions
        ],
        "rejected_components": list(catalogue.rejected_components),
        "regions": [dict(vars(region)) for region in catalogue.regions],
        "default_epsilon": catalogue.default_epsilon,
        "low_resolution_epsilon": catalogue.low_resolution_epsilon,
    }


def _load(path: Path) -> Mapping[str, Any]:
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise InvalidArgument(str(path), f"{size} bytes", f"{MAX_BYTES} bytes")
        content = json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=_distinct)
    except InvalidArgument:
        raise
    except (OSError, ValueError, RecursionError) as error:
        raise InvalidArgument(str(path), f"{type(error).__name__}: {error}", "a JSON file") from error
    if not isinstance(content, Mapping):
        raise InvalidArgument(str(path), type(content).__name__, "a JSON object")
    return content


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) != len(pairs):
        raise InvalidArgument("keys", [key for key, _ in pairs], "each key once")
    return content


class _Object:
    """A JSON object whose fields are taken one by one, each judged, none left over."""

    def __init__(self, value: Any, path: str, keys: str) -> None:
        if not isinstance(value, Mapping):
            raise InvalidArgument(path or "catalogue", value, "a JSON object")
        self.content, self.path = value, path
        for key in value:
            if key not in keys.split():
                raise InvalidArgument(self.name(str(key)), value[key], f"one of the keys {', '.join(keys.split())}")

    def name(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path else key

    def fail(self, key: str, allowed: str) -> InvalidArgument:
        return InvalidArgument(self.name(key), self.content.get(key), allowed)

    def text(self, key: str, allowed: str, pattern: re.Pattern[str] | None, limit: int) -> str:
        """One line of printable characters; missing is empty."""
        value = self.content.get(key)
        value = "" if value is None else value
        if not isinstance(value, str) or len(value) > limit or not value.isprintable():
            raise self.fail(key, allowed)
        if value and pattern is not None and not pattern.fullmatch(value):
            raise self.fail(key, allowed)
        return value

    def integer(self, key: str, low: int, high: int, allowed: str) -> int:
        value = self.content.get(key)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise self.fail(key, allowed)
        return value

    def number(self, key: str, low: float, high: float, allowed: str) -> float | None:
        """None where it is missing or null."""
        value = self.content.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.fail(key, allowed)
        if not (abs(value) < 1e9 and math.isfinite(value) and low <= value <= high):
            raise self.fail(key, allowed)
        return float(value)

    def flag(self, key: str) -> bool:
        value = self.content.get(key, False)
        if not isinstance(value, bool):
            raise self.fail(key, "true or false")
        return value

    def items(self, key: str) -> list[tuple[str, Any]]:
        """Entries of a list with their paths; missing is an empty list."""
        value = self.content.get(key)
        value = [] if value is None else value
        if not isinstance(value, list | tuple) or len(value) > 10_000:
            raise self.fail(key, "a list")
        return [(f"{self.name(key)}[{i}]", item) for i, item in enumerate(value)]


_INDEX = "a whole number from 0"
_LAST = 2**31 - 1


def _catalogue(content: Mapping[str, Any]) -> Catalogue:
    keys = (
        "bundle_digest generator_digest directions rejected_components regions default_epsilon low_resolution_epsilon"
    )
    fields = _Object(content, "", keys)
    directions = tuple(_direction(item, path) for path, item in fields.items("directions"))
    rejected = tuple(_index(item, path) for path, item in fields.items("rejected_components"))
    regions = tuple(_region(item, path) for path, item in fields.items("regions"))
    _distinct_values("directions", "name", [direction.name for direction in directions])
    _distinct_values("regions", "name", [region.name for region in regions if region.name])
    _distinct_values("regions", "index", [region.index for region in regions])
    _distinct_values("rejected_components", "entry", list(rejected))
    for i, direction in enumerate(directions):
        if direction.index in rejected:
            raise InvalidArgument(f"directions[{i}].index", direction.index, "a component that is not rejected")
    default_epsilon = fields.number("default_epsilon", 0, MAX_EPSILON, f"above 0 to {MAX_EPSILON:g}")
    if default_epsilon == 0:
        raise fields.fail("default_epsilon", f"above 0 to {MAX_EPSILON:g}")
    return Catalogue(
        bundle_digest=fields.text("bundle_digest", "64 hexadecimal digits", DIGEST, 64),
        generator_digest=fields.text("generator_digest", "64 hexadecimal digits", DIGEST, 64),
        directions=directions,
        rejected_components=tuple(sorted(rejected)),
        regions=tuple(sorted(regions, key=lambda region: region.index)),
        default_epsilon=default_epsilon,
        low_resolution_epsilon=fields.number("low_resolution_epsilon", 0, MAX_EPSILON, f"0 to {MAX_EPSILON:g}"),
    )


def _direction(item: Any, path: str) -> Direction:
    fields = _Object(item, path, "name index reversed layer_start layer_end sigmas_start sigmas_end note evidence")
    name = fields.text("name", _NAMES, NAME, MAX_NAME)
    if not name:
        raise fields.fail("name", _NAMES)
    layer_start = fields.integer("layer_start", 0, _LAST, _INDEX)
    start = fields.number("sigmas_start", -MAX_SIGMAS, MAX_SIGMAS, f"-{MAX_SIGMAS:g} to {MAX_SIGMAS:g}")
    start = DEFAULT_SIGMAS[0] if start is None else start
    end = fields.number("sigmas_end", start, MAX_SIGMAS, f"sigmas_start, {start:g}, to {MAX_SIGMAS:g}")
    end = DEFAULT_SIGMAS[1] if end is None else end
    if end < start:
        raise InvalidArgument(fields.name("sigmas_end"), end, f"sigmas_start, {start:g}, to {MAX_SIGMAS:g}")
    evidence = fields.content.get("evidence")
    return Direction(
        name=name,
        index=fields.integer("index", 0, _LAST, _INDEX),
        layer_start=layer_start,
        layer_end=fields.integer("layer_end", layer_start + 1, _LAST, f"layer_start + 1, {layer_start + 1}, to num_ws"),
        reversed=fields.flag("reversed"),
        sigmas_start=start,
        sigmas_end=end,
        note=_note(fields),
        evidence=None if evidence is None else _evidence(evidence, f"{path}.evidence"),
    )


def _evidence(item: Any, path: str) -> Evidence:
    fields = _Object(item, path, "attribute spearman_rho num_seeds")
    attribute = fields.text("attribute", "letters, digits and underscores, 64 at most", re.compile(r"\w+"), 64)
    rho = fields.number("spearman_rho", -1, 1, "-1 to 1")
    if not attribute:
        raise fields.fail("attribute", "letters, digits and underscores, 64 at most")
    if rho is None:
        raise fields.fail("spearman_rho", "-1 to 1")
    return Evidence(attribute, rho, fields.integer("num_seeds", 1, _LAST, "1 or more"))


def _region(item: Any, path: str) -> Region:
    fields = _Object(item, path, "index name note rejected")
    return Region(
        index=fields.integer("index", 0, _LAST, _INDEX),
        name=fields.text("name", _NAMES, NAME, MAX_NAME),
        note=_note(fields),
        rejected=fields.flag("rejected"),
    )


def _note(fields: _Object) -> str:
    return fields.text("note", f"one line of {MAX_NOTE} characters at most", None, MAX_NOTE)


def _index(item: Any, path: str) -> int:
    if isinstance(item, bool) or not isinstance(item, int) or not 0 <= item <= _LAST:
        raise InvalidArgument(path, item, _INDEX)
    return item


def _distinct_values(field: str, what: str, values: list[Any]) -> None:
    for i, value in enumerate(values):
        if value in values[:i]:
            raise InvalidArgument(field, value, f"each {what} once")
