"""The RPCs of records in this process, asked as its server is: bytes in, a code out.

Requests bring names of what earlier ones have made (cases, quizzes, studies, tokens), so that more of them come to
something.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import grpc
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import DecodeError, Message

from services.edge.routes import RECORDS, Route, routes
from services.process.config import Config
from services.records.pictures import Pictures
from services.records.server import Records
from services.wire.metadata import EDGE_SECRET
from services.wire.refusals import unmarked
from tests.faults import mutation
from tests.support.edge_backend import SECRET
from tests.support.recorded import case
from tests.support.studied import design

MOST_NAMES = 300
MOST_MESSAGES = 4
"""Of a stream of answers that are taken."""


class Ended(Exception):  # noqa: N818
    """A call has ended with a status."""

    def __init__(self, code: grpc.StatusCode, details: str) -> None:
        super().__init__(details)
        self.code, self.details = code, details


class Context:
    """What a servicer sees of a call that comes from the edge."""

    def invocation_metadata(self) -> tuple[tuple[str, str], ...]:
        return ((EDGE_SECRET, SECRET),)

    async def abort(self, code: grpc.StatusCode, details: str, trailing: Any = ()) -> None:
        raise Ended(code, details)


class Kept:
    """Records with a database in `folder`, which has its pictures from the edge at `address`."""

    def __init__(self, folder: Path, address: str) -> None:
        port = int(address.rpartition(":")[2])
        config = Config(edge_secret=SECRET, edge_port=port, records_folder=folder, records_port=0)
        self._records = Records(config)
        self._routes = [route for route in routes().values() if route.application == RECORDS]
        self._names: list[str] = []

    async def __aenter__(self) -> Kept:
        await self._records.start()
        assert isinstance(self._records._pictures, Pictures)
        self._handlers = self._records._handlers(self._records._pictures)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._records.stop()

    async def call(self, number: int, rng: random.Random) -> tuple[str, str]:
        """Code of a request of the RPC whose turn it is; and what it was, where it has ended in another way than in
        words of ours."""
        route = self._routes[number % len(self._routes)]
        message = rng.choice(self._seeds(route))
        self._name(message, rng)
        body = mutation.body(message, rng)
        told = f"{route.path} {body.hex()[:400]}"
        details: Any = type("Details", (), {"method": route.path, "invocation_metadata": ()})
        handler = next(found for each in self._handlers if (found := each.service(details)))
        try:
            request = handler.request_deserializer(body)
        except DecodeError:
            return "INVALID_ARGUMENT", ""  # the edge says so
        try:
            for answer in await self._answers(handler, request):
                self._harvest(answer)
        except Ended as ended:
            ours = unmarked(ended.details) is not None and "Traceback" not in ended.details
            return ended.code.name, "" if ours else f"{ended.details[:200]}: {told}"
        except Exception as error:
            return "RAISED", f"{error!r}: {told}"
        return "OK", ""

    async def _answers(self, handler: Any, request: Message) -> list[Message]:
        if handler.unary_unary:
            return [await handler.unary_unary(request, Context())]
        found, stream = [], handler.unary_stream(request, Context())
        async for answer in stream:
            found.append(answer)
            if len(found) == MOST_MESSAGES:
                break
        await stream.aclose()
        return found

    def _seeds(self, route: Route) -> Sequence[Message]:
        """Requests to begin with: an empty one, and one with what is to be kept."""
        request = route.request_type()
        for name, kept in (("case", case()), ("design", design())):
            field = request.DESCRIPTOR.fields_by_name.get(name)
            if field is not None and field.message_type is kept.DESCRIPTOR:
                getattr(request, name).CopyFrom(kept)
        return request, request, route.request_type()

    def _name(self, message: Message, rng: random.Random) -> None:
        """Names of what there is, in the fields that are for names."""
        for field in message.DESCRIPTOR.fields:
            if is_name(field) and self._names and rng.random() < 0.8:
                if field.is_repeated:
                    getattr(message, field.name).extend(rng.choices(self._names, k=2))
                else:
                    setattr(message, field.name, rng.choice(self._names))

    def _harvest(self, message: Message) -> None:
        for field, value in message.ListFields():
            if is_name(field):
                self._names += [value] if isinstance(value, str) else list(value)
            elif field.message_type is not None and not mutation.is_map(field):
                for each in [value] if isinstance(value, Message) else list(value)[:3]:
                    self._harvest(each)
        del self._names[:-MOST_NAMES]


def is_name(field: FieldDescriptor) -> bool:
    """Whether it holds what something is called by."""
    return field.type == FieldDescriptor.TYPE_STRING and (
        field.name.endswith(("_id", "_ids")) or field.name in ("token", "page_token")
    )
