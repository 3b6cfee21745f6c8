"""The catalogue of a bundle: what a person said about its components and regions, and how it stands in the manifest.

    catalogue_of   manifest -> Catalogue
    check, fill    Catalogue -> manifest

`mammoganesis.bundle.catalogue_file` reads and writes it as a file; `apply_catalogue` of `mammoganesis.bundle.writing`
makes a new version of a bundle of it.
"""

from __future__ import annotations

from mammoganesis.bundle.curated import (
    check_directions,
    check_indices,
    check_labelled_names,
    check_region_names,
    components_allowed,
    labelled_names_of,
    named_directions,
    region_entries,
    sigmas_range,
)
from mammoganesis.bundle.v1.catalogue_pb2 import Catalogue, LabelledName, NamedRegion
from mammoganesis.bundle.v1.manifest_pb2 import BundleManifest, LabelledRegionName
from mammoganesis.errors import InvalidArgument


def catalogue_of(manifest: BundleManifest, bundle_digest: str = "") -> Catalogue:
    """The catalogue that a bundle has, every region listed; `bundle_digest` goes into it."""
    regions = manifest.regions
    catalogue = Catalogue(
        bundle_digest=bundle_digest,
        generator_digest=manifest.training_digest,
        directions=named_directions(manifest),
        rejected_components=manifest.rejected_components,
        regions=[
            NamedRegion(
                index=index,
                name=region.name,
                note=region.note,
                rejected=region.rejected,
                labelled_names=[
                    LabelledName(field=entry.field, value=entry.value, name=entry.name)
                    for entry in regions.labelled_names
                    if entry.index == index
                ],
            )
            for index, region in enumerate(region_entries(regions))
        ],
        default_epsilon=regions.default_epsilon or None,
        low_resolution_epsilon=regions.low_resolution_epsilon if regions.HasField("low_resolution_epsilon") else None,
    )
    for direction in catalogue.directions:
        direction.sigmas_start, direction.sigmas_end = sigmas_range(direction)
    return catalogue


def check(catalogue: Catalogue, manifest: BundleManifest, num_components: int) -> None:
    """Raises InvalidArgument for a component, layer or region that the bundle does not have, or another generator."""
    if catalogue.generator_digest and catalogue.generator_digest != manifest.training_digest:
        raise InvalidArgument(
            "generator_digest", catalogue.generator_digest, f"this bundle's, {manifest.training_digest}"
        )
    num_clusters = manifest.regions.num_regions
    num_regions = num_clusters + len(manifest.regions.anatomy.parts)
    check_indices(catalogue.directions, "directions", num_components)
    check_directions(catalogue.directions, "directions", manifest.dimensions.num_ws)
    for i, index in enumerate(catalogue.rejected_components):
        if index >= num_components:
            raise InvalidArgument(f"rejected_components[{i}]", index, components_allowed(num_components))
    regions = f"0 to {num_regions - 1}" if num_regions else "none; the bundle has no regions"
    for i, region in enumerate(catalogue.regions):
        if region.index >= num_regions:
            raise InvalidArgument(f"regions[{i}].index", region.index, regions)
        if region.index >= num_clusters and region.labelled_names:
            found = f"{len(region.labelled_names)} names"
            raise InvalidArgument(f"regions[{i}].labelled_names", found, "none: an anatomical part has one name")
    fields = {field.name: list(field.values) for field in manifest.label_fields}
    labelled, names = labelled_names_of(catalogue)
    names = _kinds(manifest) | names
    check_region_names(list(names.values()), "regions")
    check_labelled_names(labelled, names, fields)
    for field in ("default_epsilon", "low_resolution_epsilon"):
        if catalogue.HasField(field) and not num_regions:
            raise InvalidArgument(field, getattr(catalogue, field), "nothing; the bundle has no regions")


def _kinds(manifest: BundleManifest) -> dict[int, str]:
    """What anatomical parts are called by index where nobody says otherwise: as their kind."""
    regions = manifest.regions
    return {index: part.kind for index, part in enumerate(regions.anatomy.parts, start=regions.num_regions)}


def fill(manifest: BundleManifest, catalogue: Catalogue, num_components: int) -> None:
    """Replace the catalogue in a manifest. Raises InvalidArgument as `check` does."""
    check(catalogue, manifest, num_components)
    del manifest.named_components[:], manifest.combined_components[:]
    for direction in catalogue.directions:
        named = (manifest.combined_components if direction.further else manifest.named_components).add()
        named.CopyFrom(direction)
        named.sigmas_start, named.sigmas_end = sigmas_range(named)
    manifest.rejected_components[:] = catalogue.rejected_components
    if not manifest.HasField("regions"):
        return
    regions = manifest.regions
    said = {region.index: region for region in catalogue.regions}
    every = [said.get(index, NamedRegion(index=index)) for index in range(regions.num_regions)]
    for index, kind in _kinds(manifest).items():
        region, part = said.get(index, NamedRegion(name=kind)), regions.anatomy.parts[index - regions.num_regions]
        part.name, part.note, part.rejected = region.name, region.note, region.rejected
    regions.names[:] = [region.name for region in every] if any(region.name for region in every) else []
    regions.notes[:] = [region.note for region in every] if any(region.note for region in every) else []
    del regions.labelled_names[:]
    regions.labelled_names.extend(
        LabelledRegionName(index=region.index, field=entry.field, value=entry.value, name=entry.name)
        for region in every
        for entry in region.labelled_names
    )
    regions.rejected[:] = [region.index for region in every if region.rejected]
    regions.default_epsilon = catalogue.default_epsilon
    regions.ClearField("low_resolution_epsilon")
    if catalogue.HasField("low_resolution_epsilon"):
        regions.low_resolution_epsilon = catalogue.low_resolution_epsilon
