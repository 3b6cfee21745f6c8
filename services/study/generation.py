"""Recipes of a study's synthetic images: drawn as the paper drew them, or as the design says otherwise."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mammoganesis.editing import anatomy
from mammoganesis.editing.labels import LabelMixture
from mammoganesis.errors import FailedPrecondition
from mammoganesis.recipe.drawing import Catalogue, Chance, check_labels, check_names, drawn_seed, drawn_sigmas
from mammoganesis.recipe.masked import mask_of
from mammoganesis.recipe.structure import is_masked
from mammoganesis.v1.latents_pb2 import (
    LOCALITY_MASKED,
    ComponentEdit,
    Recipe,
    Region,
    StyleTransfer,
    Truncation,
)
from mammoganesis.v1.study_design_pb2 import StudyGeneration

BESIDE_SHARE = 0.5
"""Of the transfers that come beside an edit, not instead of one; of masked ones none, as an edit changes the whole
image."""
HARDLY_SEEN = (anatomy.SKIN, "air")
"""Regions, by their names, in which nobody is to find a place unless the design names them: a masked transfer changes
the skin a third as much as tissue, and of air there is nothing to be seen."""
LEAST_PLACE = 0.005
"""Share of an image that a region has at least where it is to be a place that can be found."""


def chosen(catalogue: Catalogue, generation: StudyGeneration, field: str = "generation") -> Catalogue:
    """The directions and regions that the design wants.

    Raises:
        InvalidArgument: it names one that the bundle has not, or a label that it has not.
        FailedPrecondition: it was made for another bundle, or wants masked transfers of one that cannot make them.
    """
    if generation.bundle_digest not in ("", catalogue.bundle_digest):
        raise FailedPrecondition(
            f"{field}.bundle_digest: the study is to be made with bundle {generation.bundle_digest[:12]}..., "
            f"and {catalogue.bundle_digest[:12]}... is being served"
        )
    if generation.locality == LOCALITY_MASKED and not (catalogue.masked and catalogue.regions):
        raise FailedPrecondition(
            f"{field}.locality: LOCALITY_MASKED takes a bundle with named regions and a masked synthesis, and the one "
            "that is being served lacks them"
        )
    known = {direction.name: direction for direction in catalogue.directions}
    check_names(f"{field}.directions", generation.directions, list(known))
    check_names(f"{field}.regions", generation.regions, catalogue.regions)
    check_labels(f"{field}.labels", generation.labels, catalogue)
    mixture = catalogue.mixture
    if mixture is not None and generation.labels:
        mixture = LabelMixture.asked(generation.labels, catalogue.fields)
    return Catalogue(
        catalogue.bundle_digest,
        catalogue.bundle_name,
        catalogue.resolution,
        [known[name] for name in generation.directions] or catalogue.directions,
        list(generation.regions) or _usual_regions(catalogue.regions, generation),
        mixture,
        catalogue.indices,
        catalogue.masked,
    )


def _usual_regions(names: Sequence[str], generation: StudyGeneration) -> Sequence[str]:
    """Those of a design that names none."""
    if generation.locality != LOCALITY_MASKED:
        return names
    return [name for name in names if name not in HARDLY_SEEN] or names


def recipe_of(number: int, generation: StudyGeneration, catalogue: Catalogue, chance: Chance) -> Recipe:
    """Of one sample, not completed yet; a masked transfer has no mask yet, see `with_place`.

    Args:
        number: of the sample, 0 to `samples` - 1.
        generation: complete.
        catalogue: as `chosen` gives it.
        chance: of the study.
    """
    random = chance.of("sample", number)
    recipe = _origin(random, generation, catalogue)
    if not catalogue.can_edit or random.random() >= generation.edit_probability:
        return recipe
    transfers = bool(catalogue.regions) and random.random() < generation.transfer_probability
    if not catalogue.directions:
        transfers = True
    masked = generation.locality == LOCALITY_MASKED
    if catalogue.directions and not (transfers and (masked or random.random() >= BESIDE_SHARE)):
        recipe.component_edits.append(_edit(random, generation, catalogue))
    if transfers:
        region = catalogue.regions[int(random.integers(len(catalogue.regions)))]
        reference = _origin(random, generation, catalogue, dict(recipe.labels))
        transfer = StyleTransfer(reference=reference, regions=[Region(name=region)])
        if masked:
            transfer.locality = LOCALITY_MASKED
        recipe.style_transfers.append(transfer)
    return recipe


def needs_place(recipe: Recipe) -> bool:
    """Whether a recipe of `recipe_of` has a masked transfer, which needs the label map of its target."""
    return any(is_masked(transfer) for transfer in recipe.style_transfers)


def with_place(
    recipe: Recipe, labels: NDArray[np.uint8], catalogue: Catalogue, random: np.random.Generator
) -> Recipe | None:
    """A recipe of `recipe_of` with the mask of its masked transfer.

    Args:
        labels: [H, W], the region of each pixel of the image without the transfer.
        random: of another region, where the image does not show the one that was drawn.

    Returns:
        None where the image shows none of the catalogue's regions.
    """
    done = Recipe()
    done.CopyFrom(recipe)
    transfer = done.style_transfers[0]
    shown = [name for name in catalogue.regions if (labels == catalogue.indices[name]).mean() >= LEAST_PLACE]
    if not shown:
        return None
    name = transfer.regions[0].name
    index = catalogue.indices[name if name in shown else shown[int(random.integers(len(shown)))]]
    transfer.regions[0].CopyFrom(Region(index=index))
    transfer.mask.CopyFrom(mask_of(np.where(labels == index, 255, 0).astype(np.uint8), "generation"))
    return done


def is_edited(recipe: Recipe) -> bool:
    """Whether there is an edit or a transfer in it."""
    return bool(recipe.component_edits or recipe.style_transfers)


def edit_types(recipe: Recipe) -> list[str]:
    """Of a recipe of `recipe_of`: the named directions in it, and "transfer", each once."""
    names = [edit.name for edit in recipe.component_edits] + ["transfer"] * bool(recipe.style_transfers)
    return list(dict.fromkeys(names))


def _origin(
    random: np.random.Generator,
    generation: StudyGeneration,
    catalogue: Catalogue,
    labels: dict[str, str] | None = None,
) -> Recipe:
    image_seed = drawn_seed(random)
    if labels is None:
        labels = catalogue.mixture.labels_of_seed(image_seed) if catalogue.mixture else {}
    return Recipe(seed=image_seed, labels=labels, truncation=Truncation(psi=generation.truncation_psi))


def _edit(random: np.random.Generator, generation: StudyGeneration, catalogue: Catalogue) -> ComponentEdit:
    direction = catalogue.directions[int(random.integers(len(catalogue.directions)))]
    return ComponentEdit(name=direction.name, sigmas=drawn_sigmas(random, direction, generation.sigmas))
