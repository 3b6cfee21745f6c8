"""Tells records which images the edge has handed out: later, in batches, and never in the way of a call."""

from __future__ import annotations

import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import grpc

from mammoganesis.v1.registry_intake_pb2 import RegisterAnswersRequest, RegisterAnswersResponse, RegisteredAnswer
from services.access.principals import EVERYBODY, Principal
from services.access.shared_secrets import SharedSecret
from services.edge.outbox import Batches, Outbox
from services.observability import metrics, table
from services.process.config import Config
from services.wire.metadata import EDGE_SECRET

PATH = "/mammoganesis.v1.RegistryIntakeService/RegisterAnswers"
SEND_SECONDS = 30.0
_BATCHES = Batches(2**22, 256, 30.0)


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

    @property
    def bytes_held(self) -> int:
        """Its share of what may be held."""
        return len(self.message)

    @property
    def is_urgent(self) -> bool:
        """Never: nobody waits for it."""
        return False

    def settled(self, refusal: str | None) -> None:
        """It is registered, or never will be."""
        if refusal is not None:
            metrics.count(table.EDGE_MISSED)


class Registration:
    """The registry as one edge writes it.

    Args:
        channel: to records; None: nothing is registered.
        config: how many bytes are held (0: nothing is registered), and the edge's secret.
    """

    def __init__(self, channel: grpc.aio.Channel | None, config: Config) -> None:
        self._secret = SharedSecret.of(config, "edge_secret")
        most = 0 if channel is None else config.registry_held_bytes
        self.outbox: Outbox[Answer] = Outbox("registry", most, self._send, _BATCHES)
        self._intake = channel and channel.unary_unary(
            PATH,
            request_serializer=RegisterAnswersRequest.SerializeToString,
            response_deserializer=RegisterAnswersResponse.FromString,
        )

    def note(self, path: str, principal: Principal, host: str, request_id: str, message: bytes) -> None:
        """An answer with images is on its way to its client."""
        caller, answer_id = host if principal == EVERYBODY else principal.key, uuid.uuid4().hex
        answer = Answer(path, caller, request_id, message, host, answer_id, time.time_ns() // 1000)
        if self.outbox.is_open and not self.outbox.put(answer):
            metrics.count(table.EDGE_MISSED)

    async def _send(self, batch: Sequence[Answer], missed: int, missed_id: str) -> None:
        answers = [RegisteredAnswer(**vars(answer)) for answer in batch]
        secret = self._secret.sent
        metadata = () if secret is None else ((EDGE_SECRET, secret),)
        assert self._intake is not None
        request = RegisterAnswersRequest(answers=answers, missed=missed, missed_id=missed_id)
        call: Any = self._intake(request, timeout=SEND_SECONDS, metadata=metadata)
        await call
