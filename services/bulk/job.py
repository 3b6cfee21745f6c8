"""What a bulk job is: the recipe and the file name of each index."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

import numpy as np

from mammoganesis.recipe import identity
from mammoganesis.recipe.canonical import to_json
from mammoganesis.recipe.completion import Template, complete_template
from mammoganesis.recipe.limits import Limits
from mammoganesis.v1 import latents_pb2


@dataclass(frozen=True)
class Job:
    """A job, complete: the same job makes the same files, whoever runs it.

    Attributes:
        seeds: [n] int64, one image each, in order of index.
        template: recipe of all images but for the seed.
        image_format: "png" or "png16".
        bundle_digest, bundle_name: of the bundle that renders it.
        burn_in_mark: whether "SYNTHETIC - NOT FOR DIAGNOSIS" goes into the pixels.
    """

    seeds: np.ndarray
    template: Template
    image_format: str
    bundle_digest: str
    bundle_name: str
    burn_in_mark: bool

    def __len__(self) -> int:
        return len(self.seeds)

    def recipe(self, index: int) -> latents_pb2.Recipe:
        """The complete recipe of one image, index 0 to n - 1."""
        return self.template.of(int(self.seeds[index]))

    def recipe_json(self, index: int) -> dict[str, Any]:
        """The recipe of one image as it leaves the program, with its bundle."""
        return json.loads(to_json(identity.of_bundle(self.recipe(index), self.bundle_digest, self.bundle_name)))

    def description(self) -> dict[str, Any]:
        """What job.json holds, and what tells one job from another."""
        description = {
            "images": len(self),
            "seeds_sha256": hashlib.sha256(self.seeds.astype("<i8").tobytes()).hexdigest(),
            "first_seed": int(self.seeds[0]),
            "last_seed": int(self.seeds[-1]),
            "recipe_of_first_image": self.recipe_json(0),
            "noise_of_each_image": self.template.own_noise,
            "format": self.image_format,
            "bundle_digest": self.bundle_digest,
        }
        # Left out without the mark: such a job reads alike in every version.
        return {**description, "burn_in_mark": True} if self.burn_in_mark else description


def new_job(
    seeds: np.ndarray, recipe: latents_pb2.Recipe, image_format: str, limits: Limits, burn_in_mark: bool = True
) -> Job:
    """A checked job.

    Args:
        seeds: [n] int64, n at least 1, each 0 to 2^32 - 1.
        recipe: of every image, with its seed or none in place of an origin; defaults may be left out.
        image_format: "png" or "png16".
        limits: of the bundle.
        burn_in_mark: whether the mark goes into the pixels.

    Raises:
        InvalidArgument: a part of the recipe is out of range.
        FailedPrecondition: it was made for another bundle, or needs components or regions that this one does not have.
    """
    template = complete_template(recipe, limits)
    return Job(seeds, template, image_format, limits.bundle_digest, limits.bundle_name, burn_in_mark)


def file_name(index: int) -> str:
    """Name of an image inside the job's folder: of its index alone."""
    return f"images/{index:08d}.png"
