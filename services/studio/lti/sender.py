"""Sends what waits, for as long as the studio runs: grades to platforms, statements to a learning record store."""

from __future__ import annotations

import asyncio
import base64
import logging
import secrets
from typing import Any

from mammoganesis.errors import MammoganesisError, Unavailable
from mammoganesis.v1 import lti_pb2 as pb
from services.access.fetching import Answered
from services.lti.sending import Outcome, outcome, pause
from services.observability.logs import event
from services.observability.occasionally import Occasionally
from services.studio.calls import CallFailed
from services.studio.lti.platforms import PlatformClient
from services.studio.lti.tool import Tool

logger = logging.getLogger(__name__)

LOOK_SECONDS = 2.0
LONGEST_LOOK_SECONDS = 60.0


class Sender:
    """Of one studio. Several studios may send side by side: records gives each delivery to one."""

    def __init__(self, tool: Tool, client: PlatformClient) -> None:
        self._tool, self._client = tool, client
        self._name = secrets.token_hex(16)
        self._lines = Occasionally()

    async def run(self) -> None:
        """For ever; waits longer while records is away."""
        wait = LOOK_SECONDS
        while True:
            try:
                taken = await self._tool.ask(pb.TakeDeliveriesRequest(sender=self._name))
                wait = LOOK_SECONDS
                for delivery in taken.deliveries:
                    await self._deliver(delivery)
            except CallFailed as error:
                wait = min(2 * wait, LONGEST_LOOK_SECONDS)
                self._tell("lti: records is away", {"reason": error.message})
            except Exception:  # a fault of ours must not end what else is to be sent
                logger.exception("lti: a delivery has failed")
                wait = min(2 * wait, LONGEST_LOOK_SECONDS)
            await asyncio.sleep(wait)

    async def _deliver(self, delivery: pb.LtiDelivery) -> None:
        line_item = ""
        try:
            if delivery.WhichOneof("kind") == "statement":
                answer = await self._statement(delivery.statement)
            else:
                line_item = delivery.score.line_item or await self._client.column(delivery.score)
                answer = await self._client.score(line_item, delivery.score)
            told = _of_answer(answer, delivery.tries)
        except MammoganesisError as error:
            told = {"pause_seconds": pause(delivery.tries + 1), "trouble": error.message}
        except Exception:  # a fault of ours with this one must not keep the others
            logger.exception("lti: a delivery has failed")
            told = {"pause_seconds": pause(delivery.tries + 1), "trouble": "a fault of the studio; its log has it"}
        if trouble := told.get("trouble"):
            self._tell("lti: a delivery has not arrived", {"delivery": delivery.delivery_id, "reason": trouble})
        report = pb.ReportDeliveryRequest(
            sender=self._name, delivery_id=delivery.delivery_id, line_item=line_item, **told
        )
        await self._tool.ask(report)

    async def _statement(self, body: str) -> Answered:
        settings = self._tool.settings
        if settings.xapi_endpoint is None or settings.xapi_key_file is None:
            raise Unavailable("no learning record store is set")
        try:
            key = (await asyncio.to_thread(settings.xapi_key_file.read_text)).strip()
        except (OSError, UnicodeDecodeError):
            raise Unavailable("the key of the learning record store cannot be read") from None
        authorization = "Basic " + base64.b64encode(key.encode()).decode()
        return await self._client.statement(body, settings.xapi_endpoint, authorization)

    def _tell(self, what: str, fields: dict[str, object]) -> None:
        if (more := self._lines.due(what)) is not None:
            event(logger, logging.WARNING, f"{what}{more}", fields)


def _of_answer(answer: Answered, tries: int) -> dict[str, Any]:
    """What records is told."""
    came = outcome(answer.status)
    if came is Outcome.DONE:
        return {"arrived": True}
    trouble = f"HTTP {answer.status}"
    if came is Outcome.REFUSED:
        return {"refused": True, "trouble": trouble}
    return {"pause_seconds": pause(tries + 1, answer.headers.get("retry-after", "")), "trouble": trouble}
