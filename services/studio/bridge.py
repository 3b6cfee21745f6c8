"""The studio's own JSON: POST /api/<Rpc> with the proto JSON of the request gives the proto JSON of the response.

A stream answers with one JSON object a line (application/x-ndjson). Errors are those of `failures`; in a stream, where
the status has gone out already, as the last line.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable
from typing import TypeVar

from google.protobuf.message import Message
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse

from mammoganesis.errors import shown
from mammoganesis.recipe import proto_json
from services.studio.bodies import Refused, read_text
from services.studio.calls import RPCS, CallFailed, Edge, Rpc
from services.studio.connect import as_json

OF_THE_PAGES = {
    rpc.name: rpc
    for rpc in RPCS.values()
    if rpc.name
    in {
        "GetModel",
        "ListComponents",
        "ListRegions",
        "Sample",
        "EditComponents",
        "SweepComponent",
        "TransferStyle",
        "SegmentRegions",
        "DescribeRecipe",
    }
}


Answered = TypeVar("Answered")


class Bridge:
    """The JSON side of one edge."""

    def __init__(self, edge: Edge) -> None:
        self._edge = edge

    async def handle(self, request: Request) -> Response:
        """One POST /api/<Rpc>."""
        name = request.path_params["rpc"]
        if name not in OF_THE_PAGES:
            raise Refused(404, f"no such call: {shown(name)}", "NOT_FOUND")
        rpc = OF_THE_PAGES[name]
        message = proto_json.read(await read_text(request), rpc.request(), "request")
        if rpc.streams:
            return StreamingResponse(self._lines(rpc, message), media_type="application/x-ndjson")
        answer = await answer_or_cancel(request, self._edge.answer(rpc, message))
        return Response(as_json(answer), media_type="application/json")

    async def _lines(self, rpc: Rpc, message: Message) -> AsyncIterator[str]:
        """The stream's responses, a line each; leaving it cancels the call."""
        try:
            async for response in self._edge.answers(rpc, message):
                yield as_json(response) + "\n"
        except CallFailed as error:
            yield json.dumps({"error": {"status": error.code.name, "message": error.message}}) + "\n"


async def answer_or_cancel(request: Request, call: Awaitable[Answered]) -> Answered:
    """The answer of `call`; when the browser has gone (a slider has moved on, say), the call is cancelled."""

    async def browser_gone() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass

    gone = asyncio.ensure_future(browser_gone())
    answer = asyncio.ensure_future(call)
    try:
        await asyncio.wait({gone, answer}, return_when=asyncio.FIRST_COMPLETED)
        if not answer.done():
            raise ClientDisconnect
        return answer.result()
    finally:
        gone.cancel()
        answer.cancel()
