"""What a destination already holds of a job: the job itself, and the shards that are done."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from mammoganesis.errors import FailedPrecondition, InvalidArgument
from mammoganesis.json_text import NotJson, read_json
from mammoganesis.v1 import bulk_pb2 as pb
from services.bulk import document, manifest
from services.bulk.destination import Destination
from services.bulk.plan import Plan
from services.bulk.reasons import Code
from services.client import messages

JOB = "job.json"


@dataclass
class Found:
    """The shards that are done, and how many images each has."""

    shards: dict[int, int] = field(default_factory=dict)

    @property
    def images(self) -> int:
        """In all of them."""
        return sum(self.shards.values())

    def add(self, shard: int, images: int) -> None:
        """One more is done."""
        self.shards[shard] = images

    def forget(self, lost: Iterable[int]) -> int:
        """Some are not there after all; the number of their images."""
        return sum(self.shards.pop(shard) for shard in list(lost))


def found_job(destination: Destination, plan: Plan) -> Plan:
    """The job as its destination knows it, with the moment of its first run; written there where it is new.

    Raises:
        FailedPrecondition: another job stands there, or files that are not a job's.
    """
    data = destination.read(JOB, document.MAX_DOCUMENT_BYTES)
    if data is None:
        if destination.sizes():
            text = f"{destination} is not empty and holds no bulk job; choose a new folder"
            raise FailedPrecondition(text).coded(Code.NOT_EMPTY, place=str(destination))
        destination.write(JOB, document.job_json(plan.job).encode())
        return plan
    try:
        text = read_json(data)
    except NotJson as error:
        raise _damaged(destination, error) from None
    if isinstance(text, dict) and "seeds_sha256" in text:
        different = _different_from_earlier(text, plan)
        kept = plan
    else:
        try:
            found = document.read_job(data.decode(), JOB)
        except InvalidArgument as error:
            raise _damaged(destination, error) from None
        different = document.differences(plan.job, found)
        if plan.job.shard_images != found.shard_images and different == ["shard_images"]:
            different = []  # how it was cut does not change what it holds
        kept = replace(plan, job=found)
    if different:
        fields = ", ".join(different)
        text = f"{destination} holds another bulk job (it differs in: {fields}); choose a new folder"
        raise FailedPrecondition(text).coded(Code.OTHER_JOB, place=str(destination), fields=fields)
    if kept is plan:
        destination.write(JOB, document.job_json(plan.job).encode())
    return kept


def _damaged(destination: Destination, error: Exception) -> FailedPrecondition:
    found = FailedPrecondition(f"{destination}/{JOB} is damaged ({error}); choose a new folder")
    return found.coded(Code.DAMAGED, place=f"{destination}/{JOB}")


def keep_job(destination: Destination, plan: Plan) -> None:
    """The job stands at its destination also where a store has come back empty meanwhile."""
    if destination.read(JOB) is None:
        destination.write(JOB, document.job_json(plan.job).encode())


def proved(destination: Destination, plan: Plan, prove: bool) -> Iterator[tuple[int, int]]:
    """Number and images of each shard that is done. Of a folder, where `prove` asks for it, every object is read; the
    manifest of a shard that lacks one, or has a damaged one, is removed."""
    names = destination.sizes(manifest.FOLDER)
    cut = document.shards(plan.job)
    for shard, indices in enumerate(cut):
        name = manifest.name_of(shard)
        if name not in names:
            continue
        if not prove or destination.remote or is_whole(destination, plan, shard, indices):
            yield shard, len(indices)
        else:
            destination.remove(name)


def lost_shards(destination: Destination, kept: Found) -> set[int]:
    """Shards that were done and are not there, by the sizes of all objects as the destination lists them: a store that
    lost something may have taken a manifest after it. Such manifests are removed."""
    sizes = destination.sizes()
    lost = set()
    for shard in kept.shards:
        name = manifest.name_of(shard)
        try:
            found = manifest.read(destination.read(name) or b"", name)
        except FailedPrecondition:
            lost.add(shard)
            continue
        if any(sizes.get(each) != size for each, (size, _) in found.objects.items()):
            destination.remove(name)
            lost.add(shard)
    return lost


def is_whole(destination: Destination, plan: Plan, shard: int, indices: range) -> bool:
    """Whether a shard's manifest and all objects of the shard are there, of the size and digest that it gives."""
    name = manifest.name_of(shard)
    try:
        found = manifest.read(destination.read(name) or b"", name)
    except FailedPrecondition:
        return False
    if (found.job, found.shard) != (plan.identity, shard):
        return False
    if found.objects.keys() != document.object_names(plan.job, shard, indices):
        return False
    return all(_as_told(destination.read(name), *told) for name, told in found.objects.items())


def _as_told(data: bytes | None, size: int, digest: str) -> bool:
    return data is not None and len(data) == size and hashlib.sha256(data).hexdigest() == digest


def _different_from_earlier(found: Mapping[str, Any], plan: Plan) -> list[str]:
    """In which fields a folder of an earlier version, which described its job by its images, holds another one."""
    job = plan.job
    if plan.is_drawn or job.WhichOneof("images") != "seeds" or job.layout != pb.BULK_LAYOUT_FOLDER:
        return ["images"]
    wanted = _earlier_description(plan)
    return sorted(key for key in wanted.keys() | found.keys() if found.get(key) != wanted.get(key))


def _earlier_description(plan: Plan) -> dict[str, Any]:
    seeds = np.array([plan.seed(index) for index in range(len(plan))], dtype="<i8")
    picture = messages.picture_of(plan.job.picture)
    description = {
        "images": len(plan),
        "seeds_sha256": hashlib.sha256(seeds.tobytes()).hexdigest(),
        "first_seed": int(seeds[0]),
        "last_seed": int(seeds[-1]),
        "recipe_of_first_image": json.loads(plan.recipe_json(plan.drawn(0).recipe)),
        "noise_of_each_image": plan.template.own_noise,
        "format": picture.format,
        "bundle_digest": plan.job.bundle_digest,
    }
    asked = {"burn_in_mark": picture.marked, "side": picture.side, "view": picture.view}
    return description | {name: value for name, value in asked.items() if value}
