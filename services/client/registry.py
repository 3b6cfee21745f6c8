"""The client's methods for the registry of what was generated."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from mammoganesis.errors import InvalidArgument
from mammoganesis.v1 import registry_pb2
from services.client.transport import Transport

FORMATS = {
    "jsonl": registry_pb2.REGISTRY_FILE_FORMAT_JSON_LINES,
    "csv": registry_pb2.REGISTRY_FILE_FORMAT_CSV,
}


REGISTERED_BYTES = 2 * 2**20
"""Of one call: the edge takes requests of 2.5 MiB unless it is told otherwise."""
REGISTERED_FILES = 64


@dataclass(frozen=True)
class Which:
    """Which entries of the registry; what is left out lets all through."""

    since: datetime | None = None  # answered then or later; without a zone: UTC
    until: datetime | None = None  # answered before
    caller: str = ""
    latent_id: str = ""
    bundle_digest: str = ""

    @property
    def message(self) -> registry_pb2.RegistryFilter:
        """As it is sent."""
        sent = registry_pb2.RegistryFilter(
            caller=self.caller, latent_id=self.latent_id, bundle_digest=self.bundle_digest
        )
        if self.since is not None:
            sent.since.FromDatetime(self.since)
        if self.until is not None:
            sent.until.FromDatetime(self.until)
        return sent


ALL = Which()


class RegistryCalls:
    """RegistryService; see `services.client.Client`. A server has it, a local client has not."""

    _transport: Transport

    def registry(self, which: Which = ALL) -> Iterator[registry_pb2.RegistryEntry]:
        """Entries, the newest first."""
        page = ""
        while True:
            request = registry_pb2.ListRegistryRequest(filter=which.message, page_size=200, page_token=page)
            answer = self._transport.unary("ListRegistry", request)
            yield from answer.entries
            page = answer.next_page_token
            if not page:
                return

    def missed_answers(self) -> int:
        """Answers with images that could not be registered."""
        return self._transport.unary("ListRegistry", registry_pb2.ListRegistryRequest(page_size=1)).missed_answers

    def removed_entries(self) -> int:
        """Entries that the operator has removed."""
        return self._transport.unary("ListRegistry", registry_pb2.ListRegistryRequest(page_size=1)).removed_entries

    def verify_image(self, data: bytes, language: str = "") -> registry_pb2.VerifyImageResponse:
        """Whether a file is ours, by its recipe or by the registry; `detail` is in `language`, such as "fr".
        `services.client.provenance.verify` does the former with any client, without a registry."""
        return self._transport.unary("VerifyImage", registry_pb2.VerifyImageRequest(image=data, language=language))

    def search_registry(self, data: bytes) -> list[registry_pb2.RegistryMatch]:
        """Entries that a PNG, JPEG, TIFF or DICOM file may be a copy of, the most alike first."""
        request = registry_pb2.SearchRegistryRequest(image=data)
        return list(self._transport.unary("SearchRegistry", request).matches)

    def register_images(self, files: Iterable[bytes], destination: str) -> int:
        """Entries for PNG and DICOM files of ours that are at a place now; how many were added. In several calls, of
        REGISTERED_BYTES each; after an error the same call goes on where it ended."""
        added = 0
        for images in _portions(files):
            request = registry_pb2.RegisterImagesRequest(images=images, destination=destination)
            added += self._transport.unary("RegisterImages", request).added
        return added

    def export_registry(self, which: Which = ALL, format: str = "jsonl") -> Iterator[bytes]:
        """Entries as a file, in pieces, the oldest first: "jsonl" (one JSON object a line) or "csv"."""
        if format not in FORMATS:
            raise InvalidArgument("format", format, " | ".join(FORMATS))
        request = registry_pb2.ExportRegistryRequest(filter=which.message, format=FORMATS[format])
        for piece in self._transport.stream("ExportRegistry", request):
            yield piece.data


def _portions(files: Iterable[bytes]) -> Iterator[list[bytes]]:
    """Files in their order, as many as one call takes; one at least."""
    portion: list[bytes] = []
    size = 0
    for data in files:
        if portion and (size + len(data) > REGISTERED_BYTES or len(portion) == REGISTERED_FILES):
            yield portion
            portion, size = [], 0
        portion.append(data)
        size += len(data)
    if portion:
        yield portion
