"""DIMSE: C-STORE stores, C-FIND says what is there. The door of pynetdicom."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from pydicom import Dataset
from pynetdicom import AE, evt
from pynetdicom.association import Association
from pynetdicom.pdu import A_ASSOCIATE_AC, A_ASSOCIATE_RJ
from pynetdicom.sop_class import (
    DigitalMammographyXRayImageStorageForPresentation,  # type: ignore[attr-defined]
    GrayscaleSoftcopyPresentationStateStorage,  # type: ignore[attr-defined]
    SecondaryCaptureImageStorage,  # type: ignore[attr-defined]
    StudyRootQueryRetrieveInformationModelFind,  # type: ignore[attr-defined]
)

from mammoganesis.errors import FailedPrecondition, MammoganesisError, Unavailable
from services.sending.instances import Instance
from services.sending.waiting import waited_out

OWN_TITLE = "MAMMOGANESIS"
SECONDS = 30  # until a server has answered
_STORED = (
    DigitalMammographyXRayImageStorageForPresentation,
    GrayscaleSoftcopyPresentationStateStorage,
    SecondaryCaptureImageStorage,
)
_FOR_NOW = 2  # result of a rejection: transient (PS3.8, table 9-21)
_PENDING = (0xFF00, 0xFF01)
_T = TypeVar("_T")


@dataclass(frozen=True)
class DimseServer:
    """A server by host, port and title of its application entity."""

    host: str
    port: int
    title: str

    @property
    def place(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}:{self.title}"

    @contextmanager
    def connected(self) -> Iterator[_Dimse]:
        """As `servers.Server.connected`."""
        own = AE(ae_title=OWN_TITLE)
        own.connection_timeout = own.acse_timeout = own.dimse_timeout = own.network_timeout = SECONDS
        for kind in (*_STORED, StudyRootQueryRetrieveInformationModelFind):
            own.add_requested_context(kind)
        heard = _Heard()
        association = own.associate(self.host, self.port, ae_title=self.title, evt_handlers=heard.handlers)
        if not association.is_established:
            raise heard.refusal(self.place, self.title)
        try:
            yield _Dimse(self.place, association)
        finally:
            association.release()


class _Heard:
    """What the other side said to the request: pynetdicom's own `is_rejected` stays false where the server has closed
    the connection before the asking thread looked at it."""

    def __init__(self) -> None:
        self._since: float | None = None  # the connection
        self._answer: object = None

    @property
    def handlers(self) -> list[Any]:
        return [(evt.EVT_CONN_OPEN, self._on_connection), (evt.EVT_PDU_RECV, self._on_answer)]

    def _on_connection(self, _event: evt.Event) -> None:
        self._since = time.monotonic()

    def _on_answer(self, event: evt.Event) -> None:
        self._answer = event.pdu

    def refusal(self, place: str, title: str) -> MammoganesisError:
        """The error of an association that did not come about."""
        answer = self._answer
        if isinstance(answer, A_ASSOCIATE_RJ):
            why = f"it takes no association of {OWN_TITLE} with {title} ({_reason(answer)})"
            if answer.result == _FOR_NOW:
                return Unavailable(f"{place}: {why}, for now")
            return FailedPrecondition(f"{place}: {why}; its administrator knows both titles")
        if isinstance(answer, A_ASSOCIATE_AC):
            return FailedPrecondition(f"{place}: it takes neither mammograms nor presentation states nor questions")
        if self._since is not None:
            if _over(self._since):
                return waited_out(place, SECONDS)
            return Unavailable(f"{place}: what answers there ends the association without a reason of DICOM")
        return Unavailable(f"{place}: no DICOM server answers there")


def _over(since: float) -> bool:
    """Whether it is our own waiting that has ended."""
    return time.monotonic() - since >= SECONDS


def _reason(answer: A_ASSOCIATE_RJ) -> str:
    try:
        return answer.reason_str
    except ValueError:  # none of the standard's
        return f"reason {answer.reason_diagnostic}"


class _Dimse:
    def __init__(self, place: str, association: Association) -> None:
        self._place, self._association = place, association

    def store(self, instance: Instance) -> str:
        data = instance.load()
        if not any(context.abstract_syntax == data.SOPClassUID for context in self._association.accepted_contexts):
            return f"the server does not take {data.SOPClassUID.name}"
        since = time.monotonic()
        status = self._asked(lambda: self._association.send_c_store(data))
        if not status:
            raise self._silence(since)
        number = status.Status
        return "" if number == 0 or number & 0xF000 == 0xB000 else f"status 0x{number:04X}"

    def found(self, instances: list[Instance]) -> set[str]:
        there: set[str] = set()
        for study, series in {(instance.study_uid, instance.series_uid) for instance in instances}:
            asked = Dataset()
            asked.QueryRetrieveLevel = "IMAGE"
            asked.StudyInstanceUID, asked.SeriesInstanceUID, asked.SOPInstanceUID = study, series, ""
            since = time.monotonic()
            answers = self._asked(
                lambda asked=asked: self._association.send_c_find(asked, StudyRootQueryRetrieveInformationModelFind)
            )
            while answer := self._asked(lambda answers=answers: next(answers, None)):
                status, identifier = answer
                if not status:
                    raise self._silence(since)
                since = time.monotonic()
                if status.Status in _PENDING and identifier is not None:
                    there.add(str(identifier.get("SOPInstanceUID", "")))
                elif status.Status != 0:
                    raise FailedPrecondition(f"{self._place}: asked what is there, it answers 0x{status.Status:04X}")
        return there

    def _asked(self, ask: Callable[[], _T]) -> _T:
        try:
            return ask()
        except (RuntimeError, ValueError):  # the association has ended, or knows no such context
            raise Unavailable(f"{self._place}: the server has ended the association, or cannot be asked") from None

    def _silence(self, since: float) -> Unavailable:
        """The error of an answer, awaited for so long, that there is not."""
        if _over(since):
            return waited_out(self._place, SECONDS)
        return Unavailable(f"{self._place}: the server does not answer any more")
