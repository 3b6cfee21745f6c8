"""What a bulk job is: the recipe and the file name of each index."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

import numpy as np

from mammoganesis.pictures.formats import positioned
from mammoganesis.recipe import identity
from mammoganesis.recipe.canonical import to_json
from mammoganesis.recipe.completion import Template, complete_template
from mammoganesis.recipe.limits import Limits
from mammoganesis.v1 import latents_pb2
from services.client import Picture, messages


@dataclass(frozen=True)
class Job:
    """A job, complete: the same job makes the same files, whoever runs it.

    Attributes:
        seeds: [n] int64, one image each, in order of index.
        template: recipe of all images but for the seed.
        picture: what each image is handed over as.
        bundle_digest, bundle_name: of the bundle that renders it.
    """

    seeds: np.ndarray
    template: Template
    picture: Picture
    bundle_digest: str
    bundle_name: str

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
            "format": self.picture.format,
            "bundle_digest": self.bundle_digest,
        }
        # What is not asked for is left out: such a job reads alike in every version.
        asked = {"burn_in_mark": self.picture.marked, "side": self.picture.side, "view": self.picture.view}
        return description | {name: value for name, value in asked.items() if value}

    def picture_of(self, index: int) -> Picture:
        """What one image is handed over as, with all that its recipe says."""
        asked = positioned(messages.image_format(self.picture), self.recipe(index))
        return messages.picture_of(asked)

    def file_name(self, index: int) -> str:
        """Name of an image inside the job's folder: of its index alone."""
        return f"images/{index:08d}{self.picture.suffix}"


def new_job(seeds: np.ndarray, recipe: latents_pb2.Recipe, picture: Picture, limits: Limits) -> Job:
    """A checked job.

    Args:
        seeds: [n] int64, n at least 1, each 0 to 2^32 - 1.
        recipe: of every image, with its seed or none in place of an origin; defaults may be left out.
        picture: a file: not "raw".
        limits: of the bundle.

    Raises:
        InvalidArgument: a part of the recipe is out of range, or nobody says the side or view that a mammogram states.
        FailedPrecondition: it was made for another bundle, or needs components or regions that this one does not have.
    """
    template = complete_template(recipe, limits)
    positioned(messages.image_format(picture), template.of(int(seeds[0])))
    return Job(seeds, template, picture, limits.bundle_digest, limits.bundle_name)
