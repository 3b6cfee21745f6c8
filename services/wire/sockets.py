"""Calls of one machine past Serve's router and proxy: a Unix socket in a folder that nobody else can enter.

A connection has one call at a time: a message there, one back, each after its length. Who goes away, whose deadline
passes or who dies closes it, and the other side knows at once. A caller keeps its connections for the next call. What
the messages are, who asks and who is asked agree: protos/mammoganesis/v1/engine.proto, replica.proto.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import cast

MAX_CONNECTIONS = 32
"""Of one caller at once. Who is asked may have a thousand files open, and an engine up to twelve callers while they are
replaced."""
MAX_MESSAGE_BYTES = 2**30
"""64 images of 1024 x 1024 in float32, with their masks, are a fifth of it. Who says more is not spoken to."""
_HEAD_BYTES = 8  # the length of the message, little-endian
_FIRST_BYTES = 2**22  # of memory for a message, however long it says it is: more as it comes


def own_path(folder: Path, name: str) -> Path:
    """Where this process listens, among others of its name on this machine. What those have left there that were killed
    is taken away."""
    for path in folder.glob(f"{name}-*"):
        try:
            os.kill(int(path.name.removeprefix(f"{name}-")), 0)
        except ProcessLookupError:
            path.unlink(missing_ok=True)
    return folder / f"{name}-{os.getpid()}"


class NotReached(Exception):  # noqa: N818
    """Nothing was asked: there is no such socket on this machine, or too many ask it."""


class Lost(Exception):  # noqa: N818
    """Who was asked has closed the connection instead of answering."""


class _Messages(asyncio.BufferedProtocol):
    """One end of a connection."""

    transport: asyncio.Transport

    def __init__(self) -> None:
        self._is_head = True
        self._buffer, self._filled = bytearray(_HEAD_BYTES), 0
        self._length = _HEAD_BYTES  # of what is being read

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def get_buffer(self, sizehint: int) -> memoryview:
        """What is missing of the message."""
        return memoryview(self._buffer)[self._filled :]

    def buffer_updated(self, nbytes: int) -> None:
        """So much has come of it."""
        self._filled += nbytes
        if self._filled < len(self._buffer):
            return
        if self._filled < self._length:  # another one: the loop still looks into the old
            self._buffer = self._buffer.ljust(min(2 * self._filled, self._length), b"\0")
            return
        whole, self._filled = self._buffer, 0
        if self._is_head and (length := int.from_bytes(whole, "little")):
            if length > MAX_MESSAGE_BYTES:
                self.transport.abort()
                return
            self._is_head, self._length, self._buffer = False, length, bytearray(min(length, _FIRST_BYTES))
            return
        message = b"" if self._is_head else bytes(whole)
        self._is_head, self._length, self._buffer = True, _HEAD_BYTES, bytearray(_HEAD_BYTES)
        self.received(message)

    def send(self, message: bytes) -> None:
        """Sends a message, at once or as soon as the other side reads."""
        self.transport.writelines([len(message).to_bytes(_HEAD_BYTES, "little"), message])

    def received(self, message: bytes) -> None:
        """A whole message has come."""
        raise NotImplementedError


class Listener:
    """The end that is asked.

    Args:
        answer: makes the answer to a message; cancelled when who has asked goes away. Where it raises, that one hears
            nothing but the end of the connection.
    """

    def __init__(self, answer: Callable[[bytes], Awaitable[bytes]]) -> None:
        self._answer = answer
        self._connections: set[_Asked] = set()
        self._server: asyncio.Server | None = None
        self.path: Path | None = None
        """Where it listens."""

    async def listen(self, path: Path) -> None:
        """Raises OSError where the path is taken, too long or in no folder."""
        self._server = await asyncio.get_running_loop().create_unix_server(self._connected, str(path))
        self.path = path

    async def close(self) -> None:
        """Takes no more calls, and returns when those that are under way have their answers."""
        if self._server is None or self.path is None:
            return
        self._server.close()
        self.path.unlink(missing_ok=True)
        self.path = None
        for each in self._connections:
            each.close_when_answered()
        for each in list(self._connections):
            await each.closed.wait()

    def _connected(self) -> _Asked:
        return _Asked(self._answer, self._connections)


class _Asked(_Messages):
    def __init__(self, answer: Callable[[bytes], Awaitable[bytes]], connections: set[_Asked]) -> None:
        super().__init__()
        self._answer, self._connections = answer, connections
        self._work: asyncio.Task[None] | None = None
        self._last = False
        self.closed = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._connections.add(self)

    def received(self, message: bytes) -> None:
        if self._work is not None:  # one call at a time
            self.transport.abort()
            return
        self._work = asyncio.get_running_loop().create_task(self._work_on(message))

    def connection_lost(self, exc: Exception | None) -> None:
        if self._work is not None:
            self._work.cancel()
        self._connections.discard(self)
        self.closed.set()

    def close_when_answered(self) -> None:
        self._last = True
        if self._work is None:
            self.transport.close()

    async def _work_on(self, message: bytes) -> None:
        try:
            answer = await self._answer(message)
        except BaseException:
            self.transport.abort()  # who waits is not left waiting
            raise
        self._work = None
        self.send(answer)
        if self._last:
            self.transport.close()  # when it is sent


class Line:
    """A caller's end.

    Args:
        path: of the socket.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._connections: set[_Asking] = set()
        self._idle: list[_Asking] = []
        self._is_closed = False
        self.under_way = 0
        """Calls without their answer."""

    async def ask(self, message: bytes) -> bytes:
        """The answer. A caller that is cancelled closes its connection, and who was asked stops.

        Raises:
          NotReached, Lost.
        """
        self.under_way += 1
        try:
            connection = await self._connection()
            try:
                answer = await connection.ask(message)
            except BaseException:
                connection.transport.abort()
                raise
        finally:
            self.under_way -= 1
        if self._is_closed:
            connection.transport.abort()
        else:
            self._idle.append(connection)
        return answer

    def close(self) -> None:
        """Closes the connections, those with a call under way when it has its answer."""
        self._is_closed = True
        for connection in self._idle:
            connection.transport.abort()

    async def _connection(self) -> _Asking:
        while self._idle:
            connection = self._idle.pop()
            if not connection.transport.is_closing():
                return connection
        if len(self._connections) >= MAX_CONNECTIONS:
            raise NotReached(f"{MAX_CONNECTIONS} calls are under way")
        connection = _Asking(self._connections.discard)
        self._connections.add(connection)
        try:
            await asyncio.get_running_loop().create_unix_connection(lambda: connection, str(self.path))
        except BaseException as error:
            self._connections.discard(connection)
            if isinstance(error, OSError):
                raise NotReached(str(error)) from None
            raise
        return connection


class _Asking(_Messages):
    def __init__(self, left: Callable[[_Asking], None]) -> None:
        super().__init__()
        self._left = left
        self._answer: asyncio.Future[bytes] | None = None

    async def ask(self, message: bytes) -> bytes:
        if self.transport.is_closing():
            raise Lost
        self._answer = asyncio.get_running_loop().create_future()
        self.send(message)
        return await self._answer

    def received(self, message: bytes) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(message)

    def connection_lost(self, exc: Exception | None) -> None:
        self._left(self)
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(Lost())
