"""What may be said about components and regions: one rule for the manifest and for catalogue.json.

Every fault is an InvalidArgument that names the field, its value and what is allowed.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from mammoganesis.bundle.names import MAX_NAME, NAME_WORDS, is_name
from mammoganesis.bundle.v1.catalogue_pb2 import Catalogue
from mammoganesis.bundle.v1.manifest_pb2 import (
    BundleManifest,
    Evidence,
    FurtherComponent,
    NamedComponent,
    RegionCatalogue,
    SideEffect,
)
from mammoganesis.errors import InvalidArgument
from mammoganesis.recipe.limits import DEFAULT_SIGMAS, MAX_EPSILON, MAX_SIGMAS, Direction, Part
from mammoganesis.recipe.region_names import RegionNames

MAX_FURTHER = 3  # components of a direction beside its first one
_ATTRIBUTE = re.compile(r"\w{1,64}")


def check_directions(directions: Sequence[NamedComponent], field: str, num_ws: int | None = None) -> None:
    """Named components of a bundle with `num_ws` codes; None: not known."""
    for i, named in enumerate(directions):
        _check_direction(named, f"{field}[{i}]", num_ws)
    check_distinct(field, "name", [named.name for named in directions])


def check_indices(directions: Sequence[NamedComponent], field: str, num_components: int) -> None:
    """All components of the directions are among those of the bundle."""
    for i, named in enumerate(directions):
        entries = [(f"{field}[{i}]", named), *((f"{field}[{i}].further[{k}]", f) for k, f in enumerate(named.further))]
        for path, entry in entries:
            if entry.index >= num_components:
                raise InvalidArgument(f"{path}.index", entry.index, components_allowed(num_components))


def components_allowed(num_components: int) -> str:
    """What indices of components may be, for messages."""
    return f"0 to {num_components - 1}" if num_components else "none; the bundle has no components"


def check_region_names(names: Sequence[str], field: str) -> None:
    """Names of regions, "" for none."""
    for i, name in enumerate(names):
        if name and not is_name(name):
            raise InvalidArgument(f"{field}[{i}]", name, NAME_WORDS)
    check_distinct(field, "name", [name for name in names if name])


class RegionEntry(NamedTuple):
    """What the manifest says of one region."""

    name: str  # "" for none
    note: str  # likewise
    rejected: bool
    part: str = ""  # its kind of `mammoganesis.editing.anatomy.PARTS`; "": a cluster


def region_entries(regions: RegionCatalogue) -> list[RegionEntry]:
    """All regions of a bundle by index: clusters, then anatomical parts."""
    names = regions.names or [""] * regions.num_regions
    notes = regions.notes or [""] * regions.num_regions
    rejected = set(regions.rejected)
    said = enumerate(zip(names, notes, strict=True))
    clusters = [RegionEntry(name, note, index in rejected) for index, (name, note) in said]
    return clusters + [RegionEntry(part.name, part.note, part.rejected, part.kind) for part in regions.anatomy.parts]


class LabelledName(NamedTuple):
    """The name of a region in images with a label, and where it stands."""

    path: str
    index: int
    field: str
    value: str
    name: str


def check_labelled_names(
    labelled: Sequence[LabelledName], names: Mapping[int, str], label_fields: Mapping[str, Sequence[str]] | None
) -> None:
    """Names of regions in images with a label.

    Args:
        labelled: all of them.
        names: the other names of regions by index, "" for none.
        label_fields: of the bundle, name -> values; None: not known.
    """
    owners = {name: index for index, name in names.items() if name}
    said = set()
    for entry in labelled:
        if not is_name(entry.name):
            raise InvalidArgument(f"{entry.path}.name", entry.name, f"{NAME_WORDS}, {MAX_NAME} at most")
        if owners.setdefault(entry.name, entry.index) != entry.index:
            raise InvalidArgument(f"{entry.path}.name", entry.name, f"a name that region {owners[entry.name]} has not")
        if label_fields is not None:
            one_listed(f"{entry.path}.field", entry.field, label_fields)
            one_listed(f"{entry.path}.value", entry.value, label_fields[entry.field])
        if (entry.index, entry.field, entry.value) in said:
            raise InvalidArgument(entry.path, f"{entry.field} {entry.value}", "each label of a region once")
        said.add((entry.index, entry.field, entry.value))


def labelled_names_of(catalogue: Catalogue) -> tuple[list[LabelledName], dict[int, str]]:
    """All names in images with a label, and the other names by the regions' index."""
    labelled = [
        LabelledName(f"regions[{i}].labelled_names[{k}]", region.index, entry.field, entry.value, entry.name)
        for i, region in enumerate(catalogue.regions)
        for k, entry in enumerate(region.labelled_names)
    ]
    return labelled, {region.index: region.name for region in catalogue.regions}


def one_listed(field: str, value: str, listed: Collection[str]) -> None:
    """One of a few texts."""
    if value not in listed:
        raise InvalidArgument(field, value, ", ".join(listed) or "none; the bundle has no labels")


def check_epsilon(value: float, field: str, zero: bool) -> None:
    """A budget of transfers; `zero`: whether it may be 0."""
    if not (math.isfinite(value) and 0 <= value <= MAX_EPSILON) or (value == 0 and not zero):
        raise InvalidArgument(field, value, f"{'' if zero else 'above '}0 to {MAX_EPSILON:g}")


def check_distinct(field: str, what: str, values: Sequence[Any]) -> None:
    """Every value once."""
    for i, value in enumerate(values):
        if value in values[:i]:
            raise InvalidArgument(field, value, f"each {what} once")


def named_directions(manifest: BundleManifest) -> list[NamedComponent]:
    """All curated directions: along one component, then along several."""
    return [*manifest.named_components, *manifest.combined_components]


def region_names(regions: RegionCatalogue) -> RegionNames:
    """All names of a bundle's regions."""
    labelled = {(entry.index, entry.field, entry.value): entry.name for entry in regions.labelled_names}
    plain = {index: entry.name for index, entry in enumerate(region_entries(regions)) if entry.name}
    return RegionNames(plain, labelled)


def direction_of(named: NamedComponent) -> Direction:
    """A curated direction as recipes are completed with it."""
    first = Part(named.index, named.layer_start, named.layer_end, -1.0 if named.reversed else 1.0)
    return (first, *(Part(f.index, f.layer_start, f.layer_end, f.weight) for f in named.further))


def sigmas_range(named: NamedComponent) -> tuple[float, float]:
    """The useful range of a direction, in its own standard deviations."""
    return (
        named.sigmas_start if named.HasField("sigmas_start") else DEFAULT_SIGMAS[0],
        named.sigmas_end if named.HasField("sigmas_end") else DEFAULT_SIGMAS[1],
    )


def curated_ranges(manifest: BundleManifest) -> list[tuple[Direction, tuple[float, float]]]:
    """Every named direction with its useful range."""
    return [(direction_of(named), sigmas_range(named)) for named in named_directions(manifest)]


def _check_direction(named: NamedComponent, field: str, num_ws: int | None) -> None:
    if not is_name(named.name):
        raise InvalidArgument(f"{field}.name", named.name, NAME_WORDS)
    _check_layers(named, field, num_ws)
    _check_further(named, field, num_ws)
    start, stop = sigmas_range(named)
    if not -MAX_SIGMAS <= start <= MAX_SIGMAS:
        raise InvalidArgument(f"{field}.sigmas_start", start, f"-{MAX_SIGMAS:g} to {MAX_SIGMAS:g}")
    if not start <= stop <= MAX_SIGMAS:
        raise InvalidArgument(f"{field}.sigmas_end", stop, f"sigmas_start, {start:g}, to {MAX_SIGMAS:g}")
    if named.HasField("evidence"):
        _check_measured(named.evidence, f"{field}.evidence")
        if not -1 <= named.evidence.spearman_rho <= 1:
            raise InvalidArgument(f"{field}.evidence.spearman_rho", named.evidence.spearman_rho, "-1 to 1")
    for i, effect in enumerate(named.side_effects):
        _check_measured(effect, f"{field}.side_effects[{i}]")
        for name, value in (("at_start", effect.at_start), ("at_end", effect.at_end)):
            if not math.isfinite(value):
                raise InvalidArgument(f"{field}.side_effects[{i}].{name}", value, "a finite number")
    check_distinct(f"{field}.side_effects", "attribute", [effect.attribute for effect in named.side_effects])


def _check_layers(entry: NamedComponent | FurtherComponent, field: str, num_ws: int | None) -> None:
    first, end = entry.layer_start + 1, entry.layer_end
    if end < first or (num_ws is not None and end > num_ws):
        last = "num_ws" if num_ws is None else num_ws
        raise InvalidArgument(f"{field}.layer_end", end, f"layer_start + 1, {first}, to {last}")


def _check_further(named: NamedComponent, field: str, num_ws: int | None) -> None:
    if len(named.further) > MAX_FURTHER:
        raise InvalidArgument(f"{field}.further", f"{len(named.further)} components", f"{MAX_FURTHER} at most")
    for i, entry in enumerate(named.further):
        path = f"{field}.further[{i}]"
        if not (-1 <= entry.weight <= 1) or entry.weight == 0:
            raise InvalidArgument(f"{path}.weight", entry.weight, "-1 to 1, not 0")
        _check_layers(entry, path, num_ws)
        for other in (named, *named.further[:i]):
            apart = entry.layer_end <= other.layer_start or other.layer_end <= entry.layer_start
            if entry.index == other.index and not apart:
                found = f"component {entry.index}, layers {entry.layer_start} to {entry.layer_end - 1}"
                raise InvalidArgument(path, found, "layers of that component that the direction does not move already")


def _check_measured(measured: Evidence | SideEffect, field: str) -> None:
    if not _ATTRIBUTE.fullmatch(measured.attribute):
        raise InvalidArgument(f"{field}.attribute", measured.attribute, "letters, digits and underscores, 64 at most")
    if measured.num_seeds < 1:
        raise InvalidArgument(f"{field}.num_seeds", measured.num_seeds, "1 or more")
