"""A job out of what the command's options say: seeds, one recipe, one kind of file."""

from __future__ import annotations

import numpy as np

from mammoganesis.v1 import bulk_pb2 as pb
from mammoganesis.v1.images_pb2 import ImageFormat
from mammoganesis.v1.latents_pb2 import Recipe
from services.bulk.document import FORMAT, FORMAT_VERSION


def job_of_seeds(seeds: np.ndarray, recipe: Recipe, picture: ImageFormat) -> pb.BulkJob:
    """One image each of `seeds` [n] int64, in their order; not checked yet."""
    job = pb.BulkJob(format=FORMAT, format_version=FORMAT_VERSION, recipe=recipe, picture=picture)
    ends = np.flatnonzero(np.diff(seeds) != 1) + 1
    runs = np.split(seeds, ends)
    if len(runs) <= len(seeds) // 2 or len(runs) == 1:
        job.seeds.ranges.extend(pb.BulkSeedRange(first=int(run[0]), count=len(run)) for run in runs)
    else:
        job.seeds.values.extend(seeds.tolist())
    return job
