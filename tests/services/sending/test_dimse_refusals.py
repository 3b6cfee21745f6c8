"""Associations that do not come about, each told by its reason: of pynetdicom's server, or of a bare socket."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from pynetdicom import AE
from pynetdicom.sop_class import Verification  # type: ignore[attr-defined]
from pynetdicom.transport import AssociationSocket

from mammoganesis.errors import FailedPrecondition, Unavailable
from services.process.ports import free_block
from services.sending.servers import dimse_server


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
