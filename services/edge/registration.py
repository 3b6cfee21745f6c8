"""Tells records which images the edge has handed out: later, in batches, and never in the way of a call."""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from collections import deque
from dataclasses import dataclass

import grpc

from mammoganesis.v1.registry_intake_pb2 import RegisterAnswersRequest, RegisterAnswersResponse, RegisteredAnswer
from services.access.principals import EVERYBODY, Principal
from services.access.shared_secrets import SharedSecret
from services.observability import metrics, table
from services.observability.logs import event
from services.observability.occasionally import Occasionally
from services.process.config import Config
from services.wire.metadata import EDGE_SECRET

logger = logging.getLogger(__name__)

PATH = "/mammoganesis.v1.RegistryIntakeService/RegisterAnswers"
BATCH_BYTES = 2**22
BATCH_ANSWERS = 256
SEND_SECONDS = 30.0
LONGEST_PAUSE_SECONDS = 30.0
_AWAY = frozenset(
    {
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.DEADLINE_EXCEEDED,
        grpc.StatusCode.RESOURCE_EXHAUSTED,
        grpc.StatusCode.CANCELLED,
    }
)


@dataclass(frozen=True)
class Answer:
    """A message with images that a client has got."""

    path: str
    caller: str
    request_id: str
    message: bytes
    host: str
    answer_id: str
    answered_at: int  # microseconds since 1970


class Registration:
    """A queue of answers, bounded by their bytes, and the task that sends them on.

    Where it is full, answers are counted instead of held, and the registry is told how many it lacks.

    Args:
        channel: to records; None: nothing is registered.
        config: how many bytes are held (0: nothing is registered), and the edge's secret.
    """

    def __init__(self, channel: grpc.aio.Channel | None, config: Config) -> None:
        self._most = 0 if channel is None else config.registry_held_bytes
        self._secret = SharedSecret.of(config, "edge_secret")
        self._held: deque[Answer] = deque()
        self._bytes = 0
        self._missed = 0
        self._gap: tuple[int, str] | None = None  # what is being told of those that were missed, and its id
        self._waiting = asyncio.Event()
        self._lines = Occasionally()
        self._send = channel and channel.unary_unary(
            PATH,
            request_serializer=RegisterAnswersRequest.SerializeToString,
            response_deserializer=RegisterAnswersResponse.FromString,
        )

    @property
    def held_bytes(self) -> int:
        """Of answers that records has not heard of yet."""
        return self._bytes

    def note(self, path: str, principal: Principal, host: str, request_id: str, message: bytes) -> None:
        """An answer with images is on its way to its client."""
        if not self._most:
            return
        self._waiting.set()
        if self._bytes + len(message) > self._most:
            self._miss(1, "no room for an answer")
            return
        caller, answer_id = host if principal == EVERYBODY else principal.key, uuid.uuid4().hex
        self._held.append(Answer(path, caller, request_id, message, host, answer_id, time.time_ns() // 1000))
        self._bytes += len(message)

    async def run(self) -> None:
        """Sends what is held, for ever; waits longer from one failure to the next."""
        pause = 0.5
        while True:
            await self._waiting.wait()
            if await self._sent():
                pause = 0.5
            else:
                await asyncio.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE_SECONDS)

    async def finish(self) -> None:
        """Sends what is held, as long as records takes it, and takes no more."""
        self._most = 0
        while self._waiting.is_set() and await self._sent():
            pass
        self._waiting.clear()
        if self._held:
            event(logger, logging.WARNING, "registry: answers were not registered", {"answers": len(self._held)})

    async def _sent(self) -> bool:
        """Whether the next batch is done with; one that records refuses for good counts as missed."""
        batch = self._batch()
        if self._gap is None and self._missed:
            self._gap, self._missed = (self._missed, uuid.uuid4().hex), 0
        missed, missed_id = self._gap or (0, "")
        request = RegisterAnswersRequest(
            answers=[RegisteredAnswer(**vars(answer)) for answer in batch], missed=missed, missed_id=missed_id
        )
        refused = False
        try:
            assert self._send is not None
            secret = self._secret.sent
            metadata = () if secret is None else ((EDGE_SECRET, secret),)
            await self._send(request, timeout=SEND_SECONDS, metadata=metadata)
        except grpc.aio.AioRpcError as error:
            if error.code() in _AWAY:
                self._tell("records is away", {"reason": error.details(), "held": len(self._held)})
                return False
            refused = True
            self._tell("records refuses answers", {"reason": error.details(), "answers": len(batch)})
        for answer in batch:
            self._bytes -= len(answer.message)
            self._held.popleft()
        if refused:
            self._count_missed(len(batch))
            return False
        self._gap = None
        if not self._held and not self._missed:
            self._waiting.clear()
        return True

    def _batch(self) -> list[Answer]:
        """The oldest that are held: one at least, where there is one."""
        batch: list[Answer] = []
        size = 0
        for answer in self._held:
            size += len(answer.message)
            if batch and (size > BATCH_BYTES or len(batch) >= BATCH_ANSWERS):
                break
            batch.append(answer)
        return batch

    def _miss(self, answers: int, why: str) -> None:
        self._count_missed(answers)
        self._tell(why, {"held": len(self._held)})

    def _count_missed(self, answers: int) -> None:
        self._missed += answers
        metrics.count(table.EDGE_MISSED, answers)

    def _tell(self, what: str, fields: dict[str, object]) -> None:
        if (more := self._lines.due(what)) is not None:
            event(logger, logging.WARNING, f"registry: {what}{more}", fields)
