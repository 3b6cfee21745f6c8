"""RegistryService: what was generated, searched by picture, listed, exported; and its intake from the edge."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import logging
from collections.abc import AsyncIterator, Iterator, Sequence

from google.protobuf.message import DecodeError
from google.protobuf.message_factory import GetMessageClass

from mammoganesis.errors import InvalidArgument
from mammoganesis.json_text import read_json
from mammoganesis.pictures import likeness
from mammoganesis.recipe.canonical import to_json
from mammoganesis.recipe.fields import known, text
from mammoganesis.spreadsheets import spreadsheet_safe
from mammoganesis.v1 import registry_intake_pb2 as intake_pb
from mammoganesis.v1 import registry_pb2 as pb
from mammoganesis.v1.images_pb2 import GeneratedImage, ImageEncoding
from mammoganesis.v1.latents_pb2 import Recipe
from services.edge.routes import APPLICATIONS, images_of
from services.observability.logs import event
from services.records.calls.messages import stamp
from services.records.rules import texts
from services.records.rules.registry import ALIKE, Look, Seen, Shown, looks, seen, shown
from services.records.sql.database import Database
from services.records.sql.registry import Condition, GeneratedRow, NewRow, Registry
from services.rendering.calls import CallContext

logger = logging.getLogger(__name__)

MAX_MATCHES = 20
MAX_IMAGES_READ = 2
"""Files from outside that are decoded at a time: one may have 4096 pixels a side."""
MAX_CALLER = 255
COLUMNS = (
    "number",
    "answered_at",
    "caller",
    "request_id",
    "rpc",
    "encoding",
    "width",
    "height",
    "latent_id",
    "bundle_digest",
    "pixels_sha256",
    "destination",
    "recipe",
    "host",
)
_ANSWERS = {
    f"/{service.full_name}/{method.name}": GetMessageClass(method.output_type)
    for service in APPLICATIONS
    for method in service.methods
}


class RegistryCalls:
    """Searches, lists and exports the registry."""

    def __init__(self, database: Database) -> None:
        self._registry = Registry(database)
        self._reading = asyncio.Semaphore(MAX_IMAGES_READ)

    async def SearchRegistry(  # noqa: N802
        self, request: pb.SearchRegistryRequest, call: CallContext
    ) -> pb.SearchRegistryResponse:
        """By picture."""
        async with self._reading:
            found = await asyncio.to_thread(seen, request.image)
            return pb.SearchRegistryResponse(matches=await asyncio.to_thread(self._matches, found))

    async def ListRegistry(  # noqa: N802
        self, request: pb.ListRegistryRequest, call: CallContext
    ) -> pb.ListRegistryResponse:
        """The newest first."""
        condition, size = _condition(request.filter), texts.page_size(request.page_size)
        found, page = await asyncio.to_thread(self._registry.listed, condition, size, request.page_token)
        missed = await asyncio.to_thread(self._registry.missed)
        removed = await asyncio.to_thread(self._registry.removed)
        return pb.ListRegistryResponse(
            entries=map(entry, found), next_page_token=page, missed_answers=missed, removed_entries=removed
        )

    async def ExportRegistry(  # noqa: N802
        self, request: pb.ExportRegistryRequest, call: CallContext
    ) -> AsyncIterator[pb.ExportRegistryResponse]:
        """In pieces, a batch of entries each."""
        known("format", request.format, pb.RegistryFileFormat)
        write = _csv if request.format == pb.REGISTRY_FILE_FORMAT_CSV else _json_lines
        batches = self._registry.exported(_condition(request.filter))
        first = True
        while (batch := await asyncio.to_thread(next, batches, None)) is not None:
            yield pb.ExportRegistryResponse(data=write(batch, first))
            first = False
        if first:
            yield pb.ExportRegistryResponse(data=write([], first))

    def _matches(self, found: Seen) -> list[pb.RegistryMatch]:
        """The most alike first."""
        same = self._registry.with_pixels(found.pixels_sha256, MAX_MATCHES)
        matches = [pb.RegistryMatch(entry=entry(row), likeness=1.0, same_pixels=True) for row in same]
        near = []
        for row in self._registry.near([likeness.code(each) for each in found.textures]):
            if row.pixels_sha256 == found.pixels_sha256:
                continue
            alike = [float(likeness.unpacked(row.texture) @ each) for each in found.textures]
            if max(alike) >= ALIKE:
                mirrored = alike.index(max(alike)) == 1
                near.append(pb.RegistryMatch(entry=entry(row), likeness=min(1.0, max(alike)), mirrored=mirrored))
        near.sort(key=lambda match: -match.likeness)
        return (matches + near)[:MAX_MATCHES]


class IntakeServicer:
    """RegistryIntakeService: for the edge alone."""

    def __init__(self, database: Database) -> None:
        self._registry = Registry(database)

    async def RegisterAnswers(  # noqa: N802
        self, request: intake_pb.RegisterAnswersRequest, call: CallContext
    ) -> intake_pb.RegisterAnswersResponse:
        """Before it answers, everything is on the disk."""
        return intake_pb.RegisterAnswersResponse(added=await asyncio.to_thread(self._add, request))

    def _add(self, request: intake_pb.RegisterAnswersRequest) -> int:
        found: list[tuple[intake_pb.RegisteredAnswer, int, GeneratedImage, Shown]] = []
        lost = 0
        for i, answer in enumerate(request.answers):
            if answer.path not in _ANSWERS:
                raise InvalidArgument(f"answers[{i}].path", answer.path, "the path of an RPC that is answered here")
            try:
                message = _ANSWERS[answer.path].FromString(answer.message)
                found += [(answer, place, image, shown(image)) for place, image in enumerate(images_of(message))]
            except (DecodeError, InvalidArgument, ValueError) as error:  # one strange answer must not hold up the rest
                event(logger, logging.ERROR, "not registered", {"path": answer.path, "reason": str(error)})
                lost += 1
        described = zip(found, looks([of for *_, of in found]), strict=True)
        rows = [_row(answer, place, image, look) for (answer, place, image, _), look in described]
        missed = {request.missed_id: request.missed} if request.missed_id else {}
        if lost:
            missed[request.answers[0].answer_id] = lost
        return self._registry.add(rows, missed)


def _row(answer: intake_pb.RegisteredAnswer, place: int, image: GeneratedImage, look: Look) -> NewRow:
    return NewRow(
        answer_id=answer.answer_id,
        place=place,
        answered_at=answer.answered_at,
        caller=answer.caller[:MAX_CALLER],
        request_id=answer.request_id,
        rpc=answer.path.rpartition(".")[2],
        encoding=image.encoding,
        width=image.width,
        height=image.height,
        latent_id=image.latent_id,
        bundle_digest=image.bundle_digest,
        pixels_sha256=look.pixels_sha256,
        recipe=image.recipe.SerializeToString(deterministic=True),
        texture=look.texture,
        code=look.code,
        destination="",
        host=answer.host[:MAX_CALLER],
    )


def entry(row: GeneratedRow) -> pb.RegistryEntry:
    """As it is sent."""
    return pb.RegistryEntry(
        number=row.number,
        answered_at=stamp(row.answered_at),
        caller=row.caller,
        request_id=row.request_id,
        rpc=row.rpc,
        encoding=ImageEncoding.Name(row.encoding),
        width=row.width,
        height=row.height,
        latent_id=row.latent_id,
        bundle_digest=row.bundle_digest,
        pixels_sha256=row.pixels_sha256,
        recipe=Recipe.FromString(row.recipe),
        destination=row.destination,
        host=row.host,
    )


def _condition(filter: pb.RegistryFilter) -> Condition:
    for name in ("caller", "latent_id", "bundle_digest"):
        text(f"filter.{name}", getattr(filter, name), MAX_CALLER, lines=False)
    times = ("since", "until")
    moments = {name: texts.moment(f"filter.{name}", getattr(filter, name)) for name in times if filter.HasField(name)}
    return Condition(**moments, caller=filter.caller, latent_id=filter.latent_id, bundle_digest=filter.bundle_digest)


def _values(row: GeneratedRow) -> dict[str, object]:
    """A line of an export, by COLUMNS, without the recipe."""
    values: dict[str, object] = {name: getattr(row, name) for name in COLUMNS if name != "recipe"}
    encoding = ImageEncoding.Name(row.encoding).removeprefix("IMAGE_ENCODING_")
    return values | {"answered_at": stamp(row.answered_at).ToJsonString(), "encoding": encoding}


def _json_lines(rows: Sequence[GeneratedRow], first: bool) -> bytes:
    def lines() -> Iterator[str]:
        for row in rows:
            recipe = read_json(to_json(Recipe.FromString(row.recipe)))
            yield json.dumps(_values(row) | {"recipe": recipe}, separators=(",", ":")) + "\n"

    return "".join(lines()).encode()


def _csv(rows: Sequence[GeneratedRow], first: bool) -> bytes:
    """With a byte order mark, by which spreadsheets know UTF-8."""
    written = io.StringIO()
    writer: csv.DictWriter[str] = csv.DictWriter(written, COLUMNS, lineterminator="\r\n")
    if first:
        writer.writeheader()
    for row in rows:
        values = _values(row) | {"recipe": to_json(Recipe.FromString(row.recipe))}
        writer.writerow({name: spreadsheet_safe(value) for name, value in values.items()})
    return written.getvalue().encode("utf-8-sig" if first else "utf-8")
