"""JSON to gRPC: POST /api/<Rpc> with the proto JSON of the request gives the proto JSON of the response.

A stream answers with one JSON object a line (application/x-ndjson). Errors are those of `failures`; in a stream, where
the status has gone out already, as the last line.
"""

import asyncio
import json
import math
from collections.abc import AsyncIterator, Mapping
from typing import Any

import grpc
from google.protobuf import json_format
from google.protobuf.message import Message
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse

from mammoganesis.errors import shown
from mammoganesis.recipe import proto_json
from mammoganesis.v1 import (
    model_pb2,
    model_pb2_grpc,
    pca_editing_pb2,
    pca_editing_pb2_grpc,
    sampling_pb2,
    sampling_pb2_grpc,
    style_transfer_pb2,
    style_transfer_pb2_grpc,
)
from services.studio.bodies import HTTP_STATUS, Refused, error_response, read_text
from services.wire.channels import channel_options, status_from
from services.wire.metadata import taking
from services.wire.retry import retry_seconds

DEADLINE_SECONDS = 120.0

REQUESTS: Mapping[str, type[Message]] = {
    "GetModel": model_pb2.GetModelRequest,
    "ListComponents": pca_editing_pb2.ListComponentsRequest,
    "ListRegions": style_transfer_pb2.ListRegionsRequest,
    "Sample": sampling_pb2.SampleRequest,
    "EditComponents": pca_editing_pb2.EditComponentsRequest,
    "SweepComponent": pca_editing_pb2.SweepComponentRequest,
    "TransferStyle": style_transfer_pb2.TransferStyleRequest,
    "SegmentRegions": style_transfer_pb2.SegmentRegionsRequest,
    "DescribeRecipe": sampling_pb2.DescribeRecipeRequest,
}
STREAMS = {"SweepComponent"}


class Bridge:
    """The JSON side of one edge.

    Args:
        edge_address: host:port.
        max_message_bytes: largest answer taken from it.
    """

    def __init__(self, edge_address: str, max_message_bytes: int) -> None:
        self._address = edge_address
        self._max_message_bytes = max_message_bytes
        self._metadata = taking(max_message_bytes)
        self._channel = grpc.aio.insecure_channel(
            edge_address,
            [
                *channel_options(edge_address, max_message_bytes),
                ("grpc.max_reconnect_backoff_ms", 2_000),  # the page tries again every few seconds; so does this
            ],
        )
        stubs = (
            sampling_pb2_grpc.SamplingServiceStub(self._channel),
            pca_editing_pb2_grpc.PcaEditingServiceStub(self._channel),
            style_transfer_pb2_grpc.StyleTransferServiceStub(self._channel),
            model_pb2_grpc.ModelServiceStub(self._channel),
        )
        self._calls: dict[str, Any] = {rpc: call for stub in stubs for rpc, call in vars(stub).items()}

    async def close(self) -> None:
        """Closes the connection."""
        await self._channel.close()

    async def handle(self, request: Request) -> Response:
        """One POST /api/<Rpc>."""
        rpc = request.path_params["rpc"]
        if rpc not in REQUESTS:
            raise Refused(404, f"no such call: {shown(rpc)}", "NOT_FOUND")
        message = proto_json.read(await read_text(request), REQUESTS[rpc](), "request")
        call = self._calls[rpc](message, timeout=DEADLINE_SECONDS, metadata=self._metadata)
        if rpc in STREAMS:
            return StreamingResponse(self._lines(call), media_type="application/x-ndjson")
        try:
            return Response(as_json(await answer_or_cancel(request, call)), media_type="application/json")
        except grpc.aio.AioRpcError as error:
            code, message = self._status(error)
            answer = error_response(HTTP_STATUS.get(code, 502), code.name, message)
            if (seconds := retry_seconds(error)) is not None:
                answer.headers["retry-after"] = str(math.ceil(seconds))
            return answer

    async def _lines(self, call: Any) -> AsyncIterator[str]:
        """The stream's responses, a line each; leaving it cancels the call."""
        try:
            async for response in call:
                yield as_json(response) + "\n"
        except grpc.aio.AioRpcError as error:
            code, message = self._status(error)
            yield json.dumps({"error": {"status": code.name, "message": message}}) + "\n"
        finally:
            call.cancel()

    def _status(self, error: grpc.aio.AioRpcError) -> tuple[grpc.StatusCode, str]:
        return status_from(error, self._address, self._max_message_bytes, DEADLINE_SECONDS)


async def answer_or_cancel(request: Request, call: Any) -> Message:
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
        call.cancel()


def as_json(message: Message) -> str:
    """Proto JSON with the names of the `.proto` files, fields at zero included; bytes are base64."""
    fields = json_format.MessageToDict(
        message, preserving_proto_field_name=True, always_print_fields_with_no_presence=True
    )
    return json.dumps(fields, separators=(",", ":"))
