"""What a bulk job is: the recipe and the file name of each index."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

import numpy as np

from mammoganesis.recipe.completion import complete, to_json
from mammoganesis.v1 import latents_pb2
from services.servicers.requests import Limits, check_recipe


@dataclass(frozen=True)
class Job:
    """A job, complete: the same job makes the same files, whoever runs it.

    Attributes:
        seeds: [n] int64, one image each, in order of index.
        template: complete recipe of all images but for the seed.
        image_format: "png" or "png16".
        bundle_digest: of the bundle that renders it.
        burn_in_mark: whether "SYNTHETIC - NOT FOR DIAGNOSIS" goes into the pixels.
    """

    seeds: np.ndarray
    template: latents_pb2.Recipe
    image_format: str
    bundle_digest: str
    burn_in_mark: bool

    def __len__(self) -> int:
        return len(self.seeds)

    def recipe(self, index: int) -> latents_pb2.Recipe:
        """The complete recipe of one image, index 0 to n - 1."""
        recipe = latents_pb2.Recipe()
        recipe.CopyFrom(self.template)
        recipe.seed = int(self.seeds[index])
        return recipe

    def description(self) -> dict[str, Any]:
        """What job.json holds, and what tells one job from another."""
        description = {
            "images": len(self),
            "seeds_sha256": hashlib.sha256(self.seeds.astype("<i8").tobytes()).hexdigest(),
            "first_seed": int(self.seeds[0]),
            "last_seed": int(self.seeds[-1]),
            "recipe_of_first_image": json.loads(to_json(self.recipe(0))),
            "format": self.image_format,
            "bundle_digest": self.bundle_digest,
        }
        # Left out without the mark: such a job reads alike in every version.
        return {**description, "burn_in_mark": True} if self.burn_in_mark else description


def new_job(
    seeds: np.ndarray,
    recipe: latents_pb2.Recipe,
    image_format: str,
    bundle_digest: str,
    limits: Limits,
    burn_in_mark: bool = True,
) -> Job:
    """A checked job.

    Args:
        seeds: [n] int64, n at least 1, each 0 to 2^32 - 1.
        recipe: truncation, noise and edits of every image; defaults may be left out; its origin is ignored.
        image_format: "png" or "png16".
        bundle_digest, limits: of the bundle.
        burn_in_mark: whether the mark goes into the pixels.

    Raises:
        InvalidArgument: a part of the recipe is out of range.
        FailedPrecondition: it needs components or regions that the bundle does not have.
    """
    checked = latents_pb2.Recipe()
    checked.CopyFrom(recipe)
    checked.seed = int(seeds[0])
    check_recipe(checked, limits)
    return Job(seeds, complete(checked, limits), image_format, bundle_digest, burn_in_mark)


def file_name(index: int) -> str:
    """Name of an image inside the job's folder: of its index alone."""
    return f"images/{index:08d}.png"
