"""The catalogue of a bundle: what a person said about its components and regions, in the manifest and as a file.

    read_catalogue   catalogue.json -> Catalogue
    catalogue_of     manifest -> Catalogue
    check, fill      Catalogue -> manifest

`mammoganesis.bundle.writing.apply_catalogue` makes a new version of a bundle of it.
"""

from __future__ import annotations

from mammoganesis.bundle.catalogue_file import (
    Catalogue,
    Direction,
    Evidence,
    Region,
    as_dict,
    read_catalogue,
    write_catalogue,
)
from mammoganesis.bundle.v1.manifest_pb2 import BundleManifest
from mammoganesis.errors import InvalidArgument
from mammoganesis.recipe.limits import DEFAULT_SIGMAS


def catalogue_of(manifest: BundleManifest, bundle_digest: str = "") -> Catalogue:
    """The catalogue that a bundle has, every region listed; `bundle_digest` goes into it."""
    regions = manifest.regions
    names = regions.names or [""] * regions.num_regions
    notes = regions.notes or [""] * regions.num_regions
    return Catalogue(
        bundle_digest=bundle_digest,
        generator_digest=manifest.training_digest,
        directions=tuple(
            Direction(
                name=named.name,
                index=named.index,
                layer_start=named.layer_start,
                layer_end=named.layer_end,
                reversed=named.reversed,
                sigmas_start=named.sigmas_start if named.HasField("sigmas_start") else DEFAULT_SIGMAS[0],
                sigmas_end=named.sigmas_end if named.HasField("sigmas_end") else DEFAULT_SIGMAS[1],
                note=named.note,
                evidence=Evidence(named.evidence.attribute, named.evidence.spearman_rho, named.evidence.num_seeds)
                if named.HasField("evidence")
                else None,
            )
            for named in manifest.named_components
        ),
        rejected_components=tuple(manifest.rejected_components),
        regions=tuple(
            Region(index, names[index], notes[index], index in regions.rejected) for index in range(regions.num_regions)
        ),
        default_epsilon=regions.default_epsilon or None,
        low_resolution_epsilon=regions.low_resolution_epsilon if regions.HasField("low_resolution_epsilon") else None,
    )


def check(catalogue: Catalogue, manifest: BundleManifest, num_components: int) -> None:
    """Raises InvalidArgument for a component, layer or region that the bundle does not have, or another generator."""
    if catalogue.generator_digest and catalogue.generator_digest != manifest.training_digest:
        raise InvalidArgument(
            "generator_digest", catalogue.generator_digest, f"this bundle's, {manifest.training_digest}"
        )
    num_ws, num_regions = manifest.dimensions.num_ws, manifest.regions.num_regions
    components = f"0 to {num_components - 1}" if num_components else "none; the bundle has no components"
    for i, direction in enumerate(catalogue.directions):
        if direction.index >= num_components:
            raise InvalidArgument(f"directions[{i}].index", direction.index, components)
        if direction.layer_end > num_ws:
            raise InvalidArgument(f"directions[{i}].layer_end", direction.layer_end, f"layer_start + 1 to {num_ws}")
    for i, index in enumerate(catalogue.rejected_components):
        if index >= num_components:
            raise InvalidArgument(f"rejected_components[{i}]", index, components)
    regions = f"0 to {num_regions - 1}" if num_regions else "none; the bundle has no regions"
    for i, region in enumerate(catalogue.regions):
        if region.index >= num_regions:
            raise InvalidArgument(f"regions[{i}].index", region.index, regions)
    for field in ("default_epsilon", "low_resolution_epsilon"):
        value = getattr(catalogue, field)
        if value is not None and not num_regions:
            raise InvalidArgument(field, value, "nothing; the bundle has no regions")


def fill(manifest: BundleManifest, catalogue: Catalogue, num_components: int) -> None:
    """Replace the catalogue in a manifest. Raises InvalidArgument as `check` does."""
    check(catalogue, manifest, num_components)
    del manifest.named_components[:]
    for direction in catalogue.directions:
        named = manifest.named_components.add(
            index=direction.index,
            name=direction.name,
            layer_start=direction.layer_start,
            layer_end=direction.layer_end,
            reversed=direction.reversed,
            sigmas_start=direction.sigmas_start,
            sigmas_end=direction.sigmas_end,
            note=direction.note,
        )
        if direction.evidence is not None:
            named.evidence.attribute = direction.evidence.attribute
            named.evidence.spearman_rho = direction.evidence.spearman_rho
            named.evidence.num_seeds = direction.evidence.num_seeds
    manifest.rejected_components[:] = catalogue.rejected_components
    if not manifest.HasField("regions"):
        return
    regions = manifest.regions
    said = {region.index: region for region in catalogue.regions}
    every = [said.get(index, Region(index)) for index in range(regions.num_regions)]
    regions.names[:] = [region.name for region in every] if any(region.name for region in every) else []
    regions.notes[:] = [region.note for region in every] if any(region.note for region in every) else []
    regions.rejected[:] = [region.index for region in every if region.rejected]
    regions.default_epsilon = catalogue.default_epsilon or 0.0
    regions.ClearField("low_resolution_epsilon")
    if catalogue.low_resolution_epsilon is not None:
        regions.low_resolution_epsilon = catalogue.low_resolution_epsilon


__all__ = [
    "Catalogue",
    "Direction",
    "Evidence",
    "Region",
    "as_dict",
    "catalogue_of",
    "check",
    "fill",
    "read_catalogue",
    "write_catalogue",
]
