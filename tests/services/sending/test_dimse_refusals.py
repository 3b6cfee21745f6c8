"""Associations that do not come about, each told by its reason: of pynetdicom's server, or of a bare socket."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from pynetdicom import AE, evt
from pynetdicom.sop_class import (
    DigitalMammographyXRayImageStorageForPresentation,  # type: ignore[attr-defined]
    StudyRootQueryRetrieveInformationModelFind,  # type: ignore[attr-defined]
    Verification,  # type: ignore[attr-defined]
)
from pynetdicom.transport import AssociationSocket

from mammoganesis.errors import FailedPrecondition, Unavailable
from services.process.ports import free_block
from services.sending import dimse
from services.sending.instances import instance_of
from services.sending.servers import dimse_server
from tests.support.dicom_tools import image_of


@contextmanager
def pynetdicom_server(**settings: object) -> Iterator[int]:
    """The port of a server that takes the verification service only."""
    entity = AE(ae_title="TEACHING")
    entity.add_supported_context(Verification)
    for name, value in settings.items():
        setattr(entity, name, value)
    server = entity.start_server(("127.0.0.1", 0), block=False)
    assert server is not None
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()


@contextmanager
def bare_server(answer: Callable[[socket.socket], None]) -> Iterator[int]:
    """The port of a server that reads one request, answers, and closes."""

    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(65536)
            answer(connection)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        yield listener.getsockname()[1]
        thread.join()


def rejection(result: int, source: int, reason: int) -> Callable[[socket.socket], None]:
    """A-ASSOCIATE-RJ (PS3.8, section 9.3.4)."""
    return lambda connection: connection.sendall(bytes((3, 0, 0, 0, 0, 4, 0, result, source, reason)))


def ask(port: int) -> None:
    with dimse_server(f"127.0.0.1:{port}:OTHER").connected():
        pytest.fail("an association was made")


def test_a_title_that_the_server_does_not_know() -> None:
    with pynetdicom_server(require_called_aet=True) as port, pytest.raises(FailedPrecondition) as refused:
        ask(port)
    assert refused.value.message == (
        f"127.0.0.1:{port}:OTHER: it takes no association of MAMMOGANESIS with OTHER (Called AE title not recognised); "
        "its administrator knows both titles"
    )


def test_a_rejection_is_told_though_the_connection_has_ended_before_it_is_looked_at(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Late(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            answered = super().wait(timeout)
            time.sleep(0.3)
            return answered

    plain = AssociationSocket.__init__

    def started(self: AssociationSocket, *arguments: object, **named: object) -> None:
        plain(self, *arguments, **named)  # type: ignore[arg-type]
        self._ready = Late()

    monkeypatch.setattr(AssociationSocket, "__init__", started)
    with (
        pynetdicom_server(require_called_aet=True) as port,
        pytest.raises(FailedPrecondition, match="Called AE title not recognised"),
    ):
        ask(port)


def test_one_that_is_too_busy_may_be_asked_again() -> None:
    with bare_server(rejection(2, 3, 2)) as port, pytest.raises(Unavailable, match=r"Local limit exceeded.* for now$"):
        ask(port)


def test_a_server_that_takes_nothing_of_ours() -> None:
    with pynetdicom_server() as port, pytest.raises(FailedPrecondition, match="takes neither mammograms nor"):
        ask(port)


@pytest.mark.parametrize(
    "answer", [lambda connection: None, lambda connection: connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")]
)
def test_what_is_no_dicom_server(answer: Callable[[socket.socket], None]) -> None:
    with bare_server(answer) as port, pytest.raises(Unavailable, match="without a reason of DICOM"):
        ask(port)


def test_nobody() -> None:
    with pytest.raises(Unavailable, match="no DICOM server answers there"):
        ask(free_block(1))


STOPPED = r"OTHER: no answer came within 1 s; we have stopped waiting for it$"


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dimse, "SECONDS", 1)


def test_our_own_waiting_for_an_association_is_told_as_that(short: None) -> None:
    ended = threading.Event()

    def waiting(_connection: socket.socket) -> None:
        ended.wait(60)

    with bare_server(waiting) as port:
        with pytest.raises(Unavailable, match=STOPPED):
            ask(port)
        ended.set()


@pytest.mark.parametrize("event", [evt.EVT_C_STORE, evt.EVT_C_FIND])
def test_our_own_waiting_for_an_answer_is_told_as_that(short: None, event: evt.EventType) -> None:
    ended = threading.Event()

    def store(_event: evt.Event) -> int:
        ended.wait(60)
        return 0

    def find(_event: evt.Event) -> Iterator[tuple[int, None]]:
        ended.wait(60)
        yield 0, None

    entity = AE()
    entity.add_supported_context(DigitalMammographyXRayImageStorageForPresentation)
    entity.add_supported_context(StudyRootQueryRetrieveInformationModelFind)
    handlers = [(evt.EVT_C_STORE, store), (evt.EVT_C_FIND, find)]
    server = entity.start_server(("127.0.0.1", 0), block=False, evt_handlers=handlers)
    assert server is not None
    data = image_of(1)
    instance = instance_of("1.dcm", lambda: data)
    try:
        with (
            pytest.raises(Unavailable, match=STOPPED),
            dimse_server(f"127.0.0.1:{server.server_address[1]}:OTHER").connected() as connection,
        ):
            connection.store(instance) if event is evt.EVT_C_STORE else connection.found([instance])
    finally:
        ended.set()
        server.shutdown()
