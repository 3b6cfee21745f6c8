"""StatusService: how the service is, as one edge sees it."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from typing import Any, TypeVar

import grpc
from google.protobuf.message import Message

from mammoganesis.v1 import bulk_service_pb2, model_pb2
from mammoganesis.v1.status_pb2 import (
    DESCRIPTOR,
    EndedForMemory,
    EngineStatus,
    GetStatusRequest,
    GetStatusResponse,
    JobCount,
    PartStatus,
    RpcTraffic,
    Traffic,
)
from services.access.shared_secrets import SharedSecret
from services.edge.identification import Identification
from services.edge.measures import WINDOW_SECONDS, Ended
from services.edge.own_services import OwnServices
from services.edge.routes import RECORDS
from services.observability import table
from services.observability.prometheus import Samples, ended_for_memory, fetched
from services.observability.table import Metric
from services.process.config import Config
from services.wire.metadata import backend_metadata

SERVICE = DESCRIPTOR.services_by_name["StatusService"]
PATH = f"/{SERVICE.full_name}/GetStatus"
ASK_SECONDS = 3.0
"""For each of the others to say how it is; what has said nothing by then is left out."""
_NEWEST_JOBS = 200
_HITS = (table.CACHE["local_hits"], table.CACHE["redis_hits"])

Answer = TypeVar("Answer", bound=Message)


class StatusServicer:
    """Answers GetStatus, for those whose role may ask.

    Args:
        channels: to the applications, by name.
        states: whether each of them serves, and why not.
        traffic: the calls that have ended within the last minute.
        now: what there is now, by field of `Traffic`.
    """

    def __init__(
        self,
        channels: Mapping[str, grpc.aio.Channel],
        states: Callable[[], Mapping[str, tuple[bool, str]]],
        traffic: Callable[[], Sequence[Ended]],
        now: Callable[[], Mapping[str, int]],
        identification: Identification,
        config: Config,
    ) -> None:
        self._channels, self._states, self._traffic, self._now = channels, states, traffic, now
        self._identification, self._config = identification, config
        self._secret = SharedSecret.of(config, "edge_secret")
        self._began = time.monotonic()

    def add_to(self, server: grpc.aio.Server, own: OwnServices) -> None:
        """Answers on `server`."""
        methods = {"GetStatus": own.unary(GetStatusRequest, self.GetStatus)}
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE.full_name, methods),))

    async def GetStatus(  # noqa: N802
        self, request: GetStatusRequest, call: grpc.aio.ServicerContext
    ) -> GetStatusResponse:
        """What serves, and what has been seen within the last minute."""
        metadata = [(key, value) for key, value in call.invocation_metadata() or ()]
        self._identification.check(await self._identification.caller(metadata, call), PATH)
        model, jobs, page = await asyncio.gather(
            self._asked("sampling", "ModelService/GetModel", model_pb2.GetModelRequest(), model_pb2.GetModelResponse),
            self._asked(
                RECORDS,
                "BulkService/ListJobs",
                bulk_service_pb2.ListJobsRequest(page_size=_NEWEST_JOBS),
                bulk_service_pb2.ListJobsResponse,
            ),
            asyncio.to_thread(fetched, self._config.ray_metrics_address, ASK_SECONDS),
        )
        uptime = time.monotonic() - self._began
        return GetStatusResponse(
            version=version("mammoganesis"),
            uptime_seconds=uptime,
            parts=[
                PartStatus(name=name, serving=serving, reason="" if serving else reason)
                for name, (serving, reason) in sorted(self._states().items())
            ],
            model=model,
            traffic=traffic_of(self._traffic(), min(uptime, WINDOW_SECONDS), self._now()),
            engine=None if page is None else engine_of(page),
            jobs=[] if jobs is None else _jobs(jobs),
            ended_for_memory=[
                EndedForMemory(name=name, count=count)
                for name, count in sorted(({} if page is None else ended_for_memory(page)).items())
            ],
        )

    async def _asked(self, application: str, rpc: str, request: Message, answer: type[Answer]) -> Answer | None:
        """None where the application does not answer now."""
        channel = self._channels.get(application)
        if channel is None:
            return None
        call = channel.unary_unary(f"/mammoganesis.v1.{rpc}", type(request).SerializeToString, answer.FromString)
        metadata = backend_metadata((), application, "status", ASK_SECONDS, self._secret.sent)
        try:
            return await call(request, timeout=ASK_SECONDS, metadata=metadata)
        except grpc.aio.AioRpcError:
            return None


def traffic_of(ended: Sequence[Ended], seconds: float, now: Mapping[str, int]) -> Traffic:
    """The calls of the last minute summed up."""
    by_rpc: dict[str, list[Ended]] = {}
    for call in ended:
        by_rpc.setdefault(call.rpc, []).append(call)
    return Traffic(
        window_seconds=seconds,
        calls=len(ended),
        images=sum(call.images for call in ended),
        rpcs=[
            RpcTraffic(
                rpc=rpc,
                calls=len(calls),
                images=sum(call.images for call in calls),
                p50_seconds=quantile([call.seconds for call in calls], 0.5),
                p95_seconds=quantile([call.seconds for call in calls], 0.95),
            )
            for rpc, calls in sorted(by_rpc.items(), key=lambda item: (-len(item[1]), item[0]))
        ],
        codes=Counter(call.code for call in ended),
        refusals=Counter(call.reason for call in ended if call.reason),
        **now,
    )


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest of some values, one or more, that `share` of them do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, -int(-share * len(ordered) // 1) - 1)]


def engine_of(page: Samples) -> EngineStatus:
    """What all engines and caches together have counted."""

    def total(*metrics: Metric) -> float:
        return sum(value for metric in metrics for _, value in page.get(metric.exported, ()))

    asked = [value for _, value in page.get(table.CACHE_REDIS.exported, ())]
    return EngineStatus(
        images=int(total(table.ENGINE_IMAGES)),
        batches=int(total(table.ENGINE_BATCHES)),
        busy_seconds=total(table.ENGINE_BUSY),
        queue_images=int(total(table.ENGINE_QUEUE)),
        dropped=int(total(table.ENGINE_DROPPED)),
        refused=int(total(table.ENGINE_REFUSED)),
        failed=int(total(table.ENGINE_FAILED)),
        too_near=int(total(table.ENGINE_TOO_NEAR)),
        cache_hits=int(total(*_HITS)),
        cache_misses=int(total(table.CACHE["misses"])),
        redis_available=min(asked) > 0 if asked else None,
    )


def _jobs(listed: Any) -> list[JobCount]:
    names = (bulk_service_pb2.JobState.Name(job.state).removeprefix("JOB_STATE_").lower() for job in listed.jobs)
    return [JobCount(state=state, jobs=jobs) for state, jobs in sorted(Counter(names).items())]
