"""What gRPC's core writes to standard error by itself: nothing of strangers, but why it ends a process."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.places import ROOT
from tests.support.tls import Authority

PROGRAM = """
import services, asyncio, contextlib, os, pathlib, socket, sys
import grpc

HTTP_2 = b"PRI * HTTP/2.0\\r\\n\\r\\nSM\\r\\n\\r\\n" + b"\\xff" * 99
WORDS = b"GET / HTTP/1.0\\r\\n\\r\\n", b"\\x16\\x03\\x01\\x00\\x05hello", HTTP_2

def strangers(*ports):
    for port in ports:
        for word in WORDS:
            with socket.create_connection(("127.0.0.1", port)) as stranger, contextlib.suppress(OSError):
                stranger.sendall(word)
                while stranger.recv(1000):
                    pass

async def serve(key, certificate):
    plain, secure = grpc.aio.server(), grpc.aio.server()
    ports = plain.add_insecure_port("127.0.0.1:0"), secure.add_secure_port(
        "127.0.0.1:0", grpc.ssl_server_credentials([(key, certificate)])
    )
    await plain.start()
    await secure.start()
    await asyncio.to_thread(strangers, *ports)
    print("strangers are gone", file=sys.stderr, flush=True)
    ours = asyncio.get_running_loop()._selector.fileno()
    for name in os.listdir("/proc/self/fd"):  # the descriptors that gRPC waits on are taken away
        with contextlib.suppress(OSError):
            if "eventpoll" in os.readlink(f"/proc/self/fd/{name}") and int(name) != ours:
                os.dup2(os.open("/dev/null", os.O_RDWR), int(name))
    async with grpc.aio.insecure_channel(f"127.0.0.1:{ports[0]}") as channel:
        await channel.unary_unary("/a/b")(b"")

asyncio.run(serve(*(pathlib.Path(path).read_bytes() for path in sys.argv[1:])))
"""


def test_strangers_leave_no_line_and_an_end_has_its_reason(tmp_path: Path) -> None:
    pair = Authority.new(tmp_path / "ours").pair("server")
    command = [sys.executable, "-c", PROGRAM, str(pair.key), str(pair.certificate)]
    environment = {"PYTHONPATH": str(ROOT)}
    ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300)
    assert ended.returncode == -6
    before, _, after = ended.stderr.partition("strangers are gone\n")
    assert before == ""
    assert "epoll" in after
