"""Who shows a client certificate at a real edge with TLS: certificates by openssl, roles by a file."""

from __future__ import annotations

import json
from pathlib import Path

import grpc
import pytest

from mammoganesis.v1 import model_pb2
from services.access.principals import ANONYMOUS, Principal, Role
from services.wire.metadata import PRINCIPAL
from services.wire.tls import Trust, open_aio_channel
from tests.support.edge_backend import Backend, running_edge
from tests.support.tls import Authority, Pair, openssl

GET_MODEL = "/mammoganesis.v1.ModelService/GetModel"
OPEN_QUIZ = "/mammoganesis.v1.QuizService/OpenQuiz"
OWN = [("grpc.use_local_subchannel_pool", 1)]


def _backend() -> Backend:
    backend = Backend()

    async def answer(_: bytes, context: grpc.aio.ServicerContext) -> bytes:
        return model_pb2.GetModelResponse(name="demo").SerializeToString()

    backend.unary(GET_MODEL, answer)
    backend.unary(OPEN_QUIZ, answer)
    return backend


async def _called(port: int, authority: Authority, pair: Pair | None, path: str = GET_MODEL) -> tuple[str, str]:
    trust = Trust(authority.file, pair.certificate, pair.key) if pair else Trust(authority.file)
    async with open_aio_channel(f"127.0.0.1:{port}", OWN, trust) as channel:
        try:
            await channel.unary_unary(path)(b"", timeout=30)
        except grpc.aio.AioRpcError as error:
            return error.code().name, error.details() or ""
    return "OK", ""


async def test_a_certificate_gives_the_roles_that_a_file_says_and_none_by_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.access.rereading.LOOK_SECONDS", 0.0)
    authority = Authority.new(tmp_path / "ours")
    server, known, other = authority.pair("server"), authority.pair("known"), authority.pair("other")
    roles = tmp_path / "roles.json"
    told = openssl("x509", "-noout", "-fingerprint", "-sha256", "-in", known.certificate)
    fingerprint = "sha256:" + told.partition("=")[2].strip().replace(":", "").lower()
    roles.write_text(json.dumps({fingerprint: ["educator"]}))
    files = {"tls_certificate_file": server.certificate, "tls_key_file": server.key}
    asks = {"identity": "on", "tls_client_ca_file": authority.file, "certificate_roles_file": roles}
    async with running_edge(_backend(), **files, **asks) as edge:
        assert await _called(edge.port, authority, known) == ("OK", "")
        who = Principal.from_metadata(str(edge.backend.seen[-1][PRINCIPAL]))
        assert (who.issuer, who.roles) == ("certificate", {Role.EDUCATOR})
        code, details = await _called(edge.port, authority, other)
        assert code == "PERMISSION_DENIED"
        assert details.endswith("your roles: none")
        roles.write_text(json.dumps({who.subject: ["auditor"]}))
        assert (await _called(edge.port, authority, known))[0] == "OK"
        assert Principal.from_metadata(str(edge.backend.seen[-1][PRINCIPAL])).roles == {Role.AUDITOR}
        roles.write_text("{}")
        assert (await _called(edge.port, authority, known))[0] == "UNAVAILABLE"


async def test_over_tls_without_a_certificate_nobody_is_known(tmp_path: Path) -> None:
    authority = Authority.new(tmp_path / "ours")
    server = authority.pair("server")
    files = {"tls_certificate_file": server.certificate, "tls_key_file": server.key}
    async with running_edge(_backend(), identity="on", **files) as edge:
        assert (await _called(edge.port, authority, None))[0] == "UNAUTHENTICATED"
        assert (await _called(edge.port, authority, None, OPEN_QUIZ))[0] == "OK"
        assert Principal.from_metadata(str(edge.backend.seen[-1][PRINCIPAL])) == ANONYMOUS
