"""mammoganesis status."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from services.cli.connection import takes_server

if TYPE_CHECKING:
    from mammoganesis.v1.status_pb2 import EngineStatus, GetStatusResponse, Traffic
    from services.client import Client

WATCH_SECONDS = 2.0
RECORDS = "records"
RECORDS_AWAY, DRAWING_AWAY = 3, 4
"""Exit codes."""
_CLEAR = "\x1b[H\x1b[2J"
_MOST_RPCS = 8


@click.command()
@click.option("--watch", "watching", is_flag=True, help="Again every two seconds, until Ctrl-C.")
@click.option("--json", "as_json", is_flag=True, help="As one JSON object a line, with the names of status.proto.")
@takes_server
def status(client: Client, watching: bool, as_json: bool) -> int:
    """Show how a server is: what serves, what it draws with, and the calls of the last minute.

    Counts are of the edge that answers; those of engine and cache are since they began, and up to ten seconds old.

    \b
    Exit codes:
      0  everything serves
      3  records does not (cases, quizzes, studies, jobs); images are drawn all the same
      4  something that draws does not
    """
    while True:
        found = client.status()
        if as_json:
            click.echo(_as_json(found))
        else:
            click.echo((_CLEAR if watching else "") + "\n".join(lines(found)))
        if not watching:
            return exit_code(found)
        time.sleep(WATCH_SECONDS)


def exit_code(found: GetStatusResponse) -> int:
    """Of a command that has found this."""
    away = {part.name for part in found.parts if not part.serving}
    if away - {RECORDS}:
        return DRAWING_AWAY
    return RECORDS_AWAY if away else 0


def lines(found: GetStatusResponse) -> Iterator[str]:
    """What people read."""
    yield f"MammoGANesis {found.version}, edge up for {_duration(found.uptime_seconds)}"
    if found.HasField("model"):
        model = found.model
        yield f"bundle    {model.name} {model.version}, {model.dimensions.resolution} px, {model.bundle_digest[:12]}"
        if model.HasField("synthesis"):
            yield f"computes  {model.synthesis.execution_provider} in {model.synthesis.precision}"
    yield ""
    for part in found.parts:
        yield f"  {'serves' if part.serving else 'AWAY':8}{part.name:16}{part.reason}".rstrip()
    yield ""
    yield from _traffic(found.traffic)
    if found.HasField("engine"):
        yield ""
        yield from _engine(found.engine)
    if found.ended_for_memory:
        yield ""
        ended = ", ".join(f"{each.count} of {each.name}" for each in found.ended_for_memory)
        yield f"MEMORY    ran short: Ray has ended {ended}"
    if found.jobs:
        yield ""
        yield "jobs      " + ", ".join(f"{job.jobs} {job.state}" for job in found.jobs)


def _traffic(traffic: Traffic) -> Iterator[str]:
    seconds = max(traffic.window_seconds, 1e-9)
    yield (
        f"last {traffic.window_seconds:.0f} s: {traffic.calls} calls ({traffic.calls / seconds:.2g}/s), "
        f"{traffic.images} images ({traffic.images / seconds:.3g}/s)"
    )
    if traffic.rpcs:
        yield f"  {'':40}{'calls':>8}{'images':>8}{'p50':>10}{'p95':>10}"
    for rpc in traffic.rpcs[:_MOST_RPCS]:
        yield (f"  {rpc.rpc:40}{rpc.calls:>8}{rpc.images:>8}{_short(rpc.p50_seconds):>10}{_short(rpc.p95_seconds):>10}")
    if len(traffic.rpcs) > _MOST_RPCS:
        yield f"  and {len(traffic.rpcs) - _MOST_RPCS} more"
    ended = {code: count for code, count in sorted(traffic.codes.items()) if code != "OK"}
    if ended:
        yield "  not OK    " + ", ".join(f"{count} {code}" for code, count in ended.items())
    if traffic.refusals:
        yield "  refused   " + ", ".join(f"{count} {reason}" for reason, count in sorted(traffic.refusals.items()))
    yield (
        f"  now       {traffic.calls_in_flight} calls in flight, {traffic.images_waiting} images waiting, "
        f"{traffic.images_in_engine} in the engine, {traffic.streams_open} streams open"
    )
    if traffic.registry_held_bytes:
        yield f"            {traffic.registry_held_bytes} bytes wait for the registry"


def _engine(engine: EngineStatus) -> Iterator[str]:
    batch = f", {engine.images / engine.batches:.1f} in a batch" if engine.batches else ""
    pace = f", {1000 * engine.busy_seconds / engine.images:.0f} ms each" if engine.images else ""
    yield f"engine    {engine.images} images{batch}{pace}, {engine.queue_images} in the queue"
    lost = {"dropped": engine.dropped, "refused": engine.refused, "failed": engine.failed, "too near": engine.too_near}
    if any(lost.values()):
        yield "          " + ", ".join(f"{count} {name}" for name, count in lost.items() if count)
    asked = engine.cache_hits + engine.cache_misses
    share = f"{100 * engine.cache_hits / asked:.0f}% of {asked} found" if asked else "not asked yet"
    redis = {True: ", Redis answers", False: ", REDIS IS LEFT ALONE"}
    state = redis[engine.redis_available] if engine.HasField("redis_available") else ", no Redis"
    yield f"cache     {share}{state}"


def _short(seconds: float) -> str:
    return f"{1000 * seconds:.0f} ms" if seconds < 1 else f"{seconds:.2f} s"


def _duration(seconds: float) -> str:
    for size, unit in ((86_400, "days"), (3_600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} seconds"


def _as_json(found: GetStatusResponse) -> str:
    import json

    from google.protobuf.json_format import MessageToDict

    return json.dumps(
        MessageToDict(found, preserving_proto_field_name=True, always_print_fields_with_no_presence=True),
        separators=(",", ":"),
    )
