"""Messages changed at random: no crash, no INTERNAL, no traceback.

The servicers are those of every process, in this one, with the engine of the tiny bundle: a cluster would take a day
for a million calls, and adds nothing that reads a message. A share of the calls goes through a real edge too.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from pathlib import Path
from typing import Any

import grpc

from mammoganesis.v1 import sampling_pb2
from services.edge.routes import Route, routes
from services.servicers.assembly import Servicers
from services.wire.statuses import status_of
from tests.faults import mutation
from tests.faults.calls import ATTRIBUTES, EXACT, Call, mixture, type_of
from tests.faults.kept import Kept
from tests.faults.pieces import Finding
from tests.support.recorded import recorded
from tests.support.served import SERVICES, served_edge
from tests.support.serving import CALL, TINY, serving

ALLOWED = frozenset({"OK", "INVALID_ARGUMENT", "NOT_FOUND", "FAILED_PRECONDITION", "RESOURCE_EXHAUSTED"})
ALLOWED_OF_EDGE = ALLOWED | {"ABORTED", "PERMISSION_DENIED", "UNAUTHENTICATED"}
"""Records says that something has changed meanwhile, and to whom it tells nothing."""
MAX_IMAGES = 4  # of a call that is drawn; the others are ended after so many
SECONDS = 60.0


def methods() -> list[tuple[str, Any]]:
    """Every RPC that draws or tells of the bundle: its service and descriptor."""
    return [(name, rpc) for module, name, _ in SERVICES for rpc in module.DESCRIPTOR.services_by_name[name].methods]


def seeds(service: str, method: Any) -> list[Any]:
    """Requests to begin with."""
    request = type_of(method.input_type)
    known = [call for call in mixture(40) if (call.service, call.method) == (service, method.name)]
    return [request.FromString(call.body) for call in known] or [request()]


async def call_servicer(servicers: Servicers, service: str, method: Any, body: bytes) -> str:
    """The code of a call; of a stream the first images are taken."""
    try:
        request = type_of(method.input_type).FromString(body)
    except Exception:  # protobuf's own: the edge refuses what is no message
        return "INVALID_ARGUMENT"
    try:
        answer = getattr(getattr(servicers, ATTRIBUTES[service]), method.name)(request, CALL)
        if not method.server_streaming:
            await answer
            return "OK"
        taken = 0
        async for _ in answer:
            taken += 1
            if taken == MAX_IMAGES:
                break
        await answer.aclose()
        return "OK"
    except Exception as error:
        code, message = status_of(error)
        return code.name if "Traceback" not in message else "TRACEBACK"


async def in_process(count: int, seed: int) -> tuple[Counter[str], list[str]]:
    """Codes of `count` calls of all RPCs in turn, and what was told of those that are not allowed."""
    rng, codes, bad = random.Random(seed), Counter[str](), []
    rpcs = [(service, method, seeds(service, method)) for service, method in methods()]
    async with serving(TINY, max_images_per_call=MAX_IMAGES, max_images_per_stream=100, **EXACT) as servicers:
        for number in range(count):
            service, method, known = rpcs[number % len(rpcs)]
            body = mutation.body(rng.choice(known), rng)
            try:
                async with asyncio.timeout(SECONDS):
                    code = await call_servicer(servicers, service, method, body)
            except TimeoutError:
                code = "HANGS"
            codes[code] += 1
            if code not in ALLOWED:
                bad.append(
                    f"{code}: {Call.of(service, method.name, type_of(method.input_type)()).path} {body.hex()[:400]}"
                )
    return codes, bad


def of_records(folder: Path, count: int, seed: int) -> tuple[Counter[str], list[str]]:
    """Codes of `count` calls of all RPCs of records in turn, before an edge that draws for it."""
    rng, codes, bad = random.Random(seed), Counter[str](), list[str]()

    async def calls(address: str) -> None:
        async with Kept(folder, address) as kept:
            for number in range(count):
                try:
                    async with asyncio.timeout(SECONDS):
                        code, told = await kept.call(number, rng)
                except TimeoutError:
                    code, told = "HANGS", f"the call {number}"
                codes[code] += 1
                if told or code not in ALLOWED_OF_EDGE:
                    bad.append(f"{code}: {told}")

    with served_edge(TINY, **EXACT) as address:
        asyncio.run(calls(address))
    return codes, bad


def through_the_edge(folder: Path, count: int, seed: int) -> tuple[Counter[str], list[str]]:
    """All RPCs, those of records too, as bytes through a real edge, with metadata beside them."""
    rng, codes, bad = random.Random(seed), Counter[str](), []
    known = {f"/mammoganesis.v1.{service}/{method.name}": seeds(service, method) for service, method in methods()}
    paths = sorted(routes().values(), key=lambda route: route.path)
    settings: dict[str, Any] = {"max_streams": 20}
    with recorded(folder / "records", edge=settings) as running, grpc.insecure_channel(running.address) as channel:
        for number in range(count):
            route = paths[number % len(paths)]
            body = mutation.body(rng.choice(known.get(route.path, [route.request_type()])), rng)
            metadata = [(rng.choice(("x-request-id", "x-other", "traceparent")), "a" * rng.choice((0, 1, 70, 3000)))]
            code, details = _made(channel, route, body, metadata)
            codes[code] += 1
            if code not in ALLOWED_OF_EDGE or "Traceback" in details or "site-packages" in details:
                bad.append(f"{code} {details[:200]}: {route.path} {body.hex()[:400]}")
        sample = channel.unary_unary("/mammoganesis.v1.SamplingService/Sample")
        sample(sampling_pb2.SampleRequest(seeds=[1]).SerializeToString(), timeout=SECONDS)  # it still serves
        if running.process.poll() is not None:
            bad.append("records has ended")
    return codes, bad


def _made(channel: grpc.Channel, route: Route, body: bytes, metadata: Any) -> tuple[str, str]:
    """Code and details of a call; of a stream some answers are taken."""
    options: dict[str, Any] = {"timeout": SECONDS, "metadata": metadata}
    try:
        if route.server_streaming:
            make = channel.stream_stream if route.client_streaming else channel.unary_stream
            stream = make(route.path)(iter([body]) if route.client_streaming else body, **options)
            for _, _ in zip(range(MAX_IMAGES), stream, strict=False):
                pass
            stream.cancel()
        elif route.client_streaming:
            channel.stream_unary(route.path)(iter([body]), **options)
        else:
            channel.unary_unary(route.path)(body, **options)
    except grpc.RpcError as error:
        return error.code().name, error.details() or ""  # type: ignore[attr-defined]
    return "OK", ""


def prove(
    folder: Path, calls: int = 1_000_000, records_calls: int = 100_000, edge_calls: int = 20_000, seed: int = 1
) -> Finding:
    """As the module says."""
    start = time.monotonic()
    inside, bad = asyncio.run(in_process(calls, seed))
    kept, bad_of_records = of_records(folder / "kept", records_calls, seed)
    edge, bad_of_edge = through_the_edge(folder, edge_calls, seed)
    told = {
        "calls of servicers": sum(inside.values()),
        "their codes": dict(inside),
        "calls of records": sum(kept.values()),
        "codes of those": dict(kept),
        "calls through the edge": sum(edge.values()),
        "codes of these": dict(edge),
        "RPCs": f"{len(methods())} and {len(routes())}",
        "seconds": round(time.monotonic() - start),
    }
    return Finding(f"{calls} messages changed at random", told, (bad + bad_of_records + bad_of_edge)[:20])
