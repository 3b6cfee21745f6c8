"""The images of a bulk job that lie at a destination, one after the other; or of a single file."""

from __future__ import annotations

import hashlib
import io
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from mammoganesis.errors import FailedPrecondition, InvalidArgument
from services.bulk import document, manifest
from services.bulk.destination import Destination
from services.bulk.verification import job_at


@dataclass(frozen=True)
class Contents:
    """Images at a place."""

    place: str  # whole
    images: Iterator[bytes]


def images_at(place: str, read: Callable[[], object] = lambda: None) -> Contents:
    """A file, or all images of a bulk job that its shards' manifests list.

    Args:
        place: a file, a folder of a job, or its address.
        read: called for each image.

    Raises:
        InvalidArgument: there is nothing.
        FailedPrecondition: there is no job, or one of its objects is missing or damaged; told while images are read.
        Unavailable: the store stays away.
    """
    if "://" not in place:
        path = Path(place)
        if not path.exists():
            raise InvalidArgument("FILE", place, "a file or a folder that is there, or an address")
        if path.is_file():
            return Contents(str(path.resolve()), _counted(iter([path.read_bytes()]), read))
    destination = Destination(place)
    return Contents(str(destination), _counted(_images(destination), read))


def _images(destination: Destination) -> Iterator[bytes]:
    job = job_at(destination)
    for shard in range(len(document.shards(job))):
        name = manifest.name_of(shard)
        data = destination.read(name)
        if data is None:
            continue  # not done yet
        found = manifest.read(data, name)
        for object_name, (_, digest) in found.objects.items():
            content = destination.read(object_name)
            if content is None or hashlib.sha256(content).hexdigest() != digest:
                reason = "missing" if content is None else "not what was written"
                raise FailedPrecondition(f"{destination}: {object_name} is {reason}; `bulk verify` tells everything")
            yield from _members(content) if object_name.endswith(".tar") else [content]


def _members(archive: bytes) -> Iterator[bytes]:
    """The images of a WebDataset that has its digest."""
    with tarfile.open(fileobj=io.BytesIO(archive), mode="r:") as members:
        for entry in members:
            member = members.extractfile(entry)
            if member is not None and not entry.name.endswith(".json"):
                yield member.read()


def _counted(images: Iterator[bytes], read: Callable[[], object]) -> Iterator[bytes]:
    for image in images:
        yield image
        read()
