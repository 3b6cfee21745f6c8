"""The audit log before the real edge and records: what is done is found, proved, and outlives whoever is killed."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import grpc
import pytest
from sqlalchemy import text

from mammoganesis.errors import InvalidArgument
from mammoganesis.pictures.signature import Signer
from mammoganesis.v1 import audit_intake_pb2 as intake_pb
from mammoganesis.v1 import audit_pb2 as pb
from mammoganesis.v1 import cases_pb2
from mammoganesis.v1.cases_pb2_grpc import CaseServiceStub
from services.client import Client
from services.client.audit import WhichEntries
from services.process.config import Config
from services.process.ports import free_block
from services.records.calls.audit import exported_line
from services.records.sql.audit import AuditLog, Condition
from services.records.sql.database import Database
from services.wire.metadata import EDGE_SECRET
from tests.places import ROOT
from tests.support.audit_chain import broken_at
from tests.support.edge_backend import SECRET
from tests.support.keys import new_key
from tests.support.recorded import Recorded, case, recorded


def found(client: Client, count: int, **which: str) -> list[pb.AuditEntry]:
    """Entries, as soon as there are `count`; the test's own time limit ends the wait."""
    while len(entries := list(client.audit(WhichEntries(**which)))) < count:
        time.sleep(0.05)
    assert len(entries) == count
    return entries


@pytest.fixture(scope="module")
def client(records: Recorded) -> Iterator[Client]:
    with Client.connect(records.address) as client:
        yield client


def test_what_is_made_changed_shown_and_drawn_is_found(records: Recorded, client: Client) -> None:
    made = records.cases.CreateCase(cases_pb2.CreateCaseRequest(case=case("Audited"))).case
    records.cases.DeleteCase(cases_pb2.DeleteCaseRequest(case_id=made.case_id))
    entries = found(client, 2, about=f"case_id:{made.case_id}")
    assert [(entry.action, entry.outcome) for entry in entries] == [
        ("CaseService/DeleteCase", "OK"),
        ("CaseService/CreateCase", "OK"),
    ]
    assert entries[0].number > entries[1].number
    image = client.sample([77])[0]
    (entry,) = found(client, 1, about=image.latent_id)
    assert entry.images[0].file_sha256 == hashlib.sha256(image.data).hexdigest()
    assert found(client, 1, about=entry.images[0].file_sha256) == [entry]
    assert found(client, 1, about=entry.request_id) == [entry]


def test_the_log_of_a_server_proves_itself_and_its_exports(records: Recorded, client: Client) -> None:
    found(client, 1, about=client.sample([78])[0].latent_id)
    judged = client.verify_audit()
    assert (judged.unbroken, list(judged.problems)) == (True, [])
    head = judged.head.number, judged.head.hash
    assert client.verify_audit([head]).unbroken
    changed = client.verify_audit([(head[0], "0" * 64), (head[0] + 10**6, head[1])])
    assert not changed.unbroken
    assert [word in problem for word, problem in zip(("another", "not there"), changed.problems, strict=True)] == [
        True,
        True,
    ]
    file = b"".join(client.export_audit())
    assert broken_at(file) is None
    entries = [json.loads(line)["entry"] for line in file.splitlines() if line.startswith(b'{"entry"')]
    assert entries[-1]["number"] >= head[0]
    assert {entry["who"] for entry in entries} == {"nobody|everybody"}


def test_bad_requests_are_refused_by_their_field(client: Client) -> None:
    with pytest.raises(InvalidArgument, match=r"known\[0\].hash"):
        client.verify_audit([(1, "A" * 64)])
    with pytest.raises(InvalidArgument, match="login, logout"):
        client._transport.unary("NoteAction", pb.NoteActionRequest(action="payment"))
    for field, value in (("outcome", "FINE"), ("about", ["a\nb"]), ("about", [201 * "a"]), ("about", 9 * ["a"])):
        with pytest.raises(InvalidArgument, match=field):
            client._transport.unary("NoteAction", pb.NoteActionRequest(action="refused", **{field: value}))
    with pytest.raises(InvalidArgument, match=r"filter\.who"):
        list(client.audit(WhichEntries(who="a\nb")))


def _entry(**changed: object) -> pb.AuditEntry:
    values = {"entry_id": "a" * 32, "who": "a|b", "action": "login", "outcome": "OK", "count": 1}
    return pb.AuditEntry(**(values | changed))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"entry_id": "x"}, "entry_id"),
        ({"number": 1}, "number"),
        ({"hash": "a" * 64}, "hash"),
        ({"who": ""}, "who"),
        ({"who": "a" * 521}, "who"),
        ({"action": "a\0"}, "action"),
        ({"targets": ["t"] * 33}, "targets"),
        ({"count": 0}, "count"),
        ({"images": [pb.AuditedImage()] * 65}, "images"),
    ],
)
def test_the_way_in_is_closed_to_clients_and_judges_what_it_is_told(
    records: Recorded, changed: dict[str, object], field: str
) -> None:
    path = "/mammoganesis.v1.AuditIntakeService/RecordAudit"
    body = intake_pb.RecordAuditRequest(entries=[_entry(**changed)]).SerializeToString()
    with grpc.insecure_channel(records.address) as channel, pytest.raises(grpc.RpcError) as caught:
        channel.unary_unary(path)(body)
    assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED
    with grpc.insecure_channel(records.environment["MAMMOGANESIS_RECORDS_ADDRESS"]) as channel:
        with pytest.raises(grpc.RpcError) as caught:
            channel.unary_unary(path)(body)
        assert caught.value.code() is grpc.StatusCode.UNAUTHENTICATED
        with pytest.raises(grpc.RpcError) as caught:
            channel.unary_unary(path)(body, metadata=((EDGE_SECRET, SECRET),))
        assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
        assert f"entries[0].{field}" in caught.value.details()


def test_checkpoints_are_signed_where_there_is_a_key(tmp_path: Path) -> None:
    private, _ = new_key(tmp_path, "key")
    with recorded(tmp_path / "records", signing_key_file=private) as running:
        with Client.connect(running.address) as client:
            client.sample([1])
            found(client, 1, action="SamplingService/Sample")
            file = b"".join(client.export_audit())
        made = AuditLog(Database.of(None, tmp_path / "records"))
        assert len(made.listed(Condition(), 10, "")[0]) >= 1
    assert broken_at(file, Signer(private).public_key) is None


class Killed:
    """An edge and records as processes that are killed and started again, and callers that go on."""

    def __init__(self, folder: Path) -> None:
        edge = free_block(3)
        records, serve = edge + 1, edge + 2
        config = Config(
            edge_secret=SECRET,
            edge_port=edge,
            records_port=records,
            records_address=f"127.0.0.1:{records}",
            serve_address=f"127.0.0.1:{serve}",
            records_folder=folder,
            audit="required",
            log_level="error",
        )
        self._environment = {key: value for key, value in os.environ.items() if not key.startswith("MAMMOGANESIS_")}
        self._environment |= config.environment()
        self._processes = {name: self._started(name) for name in ("edge", "records")}
        self._address = f"127.0.0.1:{edge}"
        self._ended = threading.Event()
        self.done: list[str] = []  # request ids of calls that were told OK
        self.codes: set[grpc.StatusCode] = set()  # of the others
        self._callers = [threading.Thread(target=self._call) for _ in range(4)]

    def _started(self, name: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, "-m", f"services.{name}"], cwd=ROOT, env=self._environment)

    def _call(self) -> None:
        with grpc.insecure_channel(self._address, [("grpc.max_reconnect_backoff_ms", 200)]) as channel:
            stub = CaseServiceStub(channel)
            request = cases_pb2.CreateCollectionRequest(collection=cases_pb2.Collection(title="Kept"))
            while not self._ended.is_set():
                name = uuid.uuid4().hex
                try:
                    stub.CreateCollection(request, timeout=20, metadata=(("x-request-id", name),))
                except grpc.RpcError as error:
                    self.codes.add(error.code())
                    time.sleep(0.05)
                else:
                    self.done.append(name)

    @contextmanager
    def running(self) -> Iterator[Killed]:
        """Callers call while the block runs."""
        for caller in self._callers:
            caller.start()
        try:
            yield self
        finally:
            self._ended.set()
            for caller in self._callers:
                caller.join()
            for process in self._processes.values():
                process.terminate()
                process.wait()

    def until_done(self, more: int) -> None:
        """Until so many further calls have ended well."""
        wanted = len(self.done) + more
        while len(self.done) < wanted:
            assert all(caller.is_alive() for caller in self._callers)
            time.sleep(0.01)

    def kill(self, name: str) -> None:
        """One of them, and starts it again."""
        self._processes[name].kill()
        self._processes[name].wait()
        self._processes[name] = self._started(name)


@pytest.mark.parametrize("kills", [3, pytest.param(50, marks=pytest.mark.slow)])
def test_what_was_told_ok_is_in_the_log_whoever_is_killed(tmp_path: Path, kills: int) -> None:
    with Killed(tmp_path / "records").running() as system:
        for number in range(kills):
            system.until_done(5)
            system.kill(("edge", "records")[number % 2])
        system.until_done(5)
    assert system.codes <= {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED}
    database = Database.of(None, tmp_path / "records")
    log = AuditLog(database)
    written: dict[str, set[str]] = {}
    page = ""
    while True:
        rows, page = log.listed(Condition(action="CaseService/CreateCollection"), 200, page)
        for row in rows:
            written.setdefault(json.loads(row.body)["request_id"], set()).add(row.outcome)
        if not page:
            break
    missing = [name for name in system.done if not {"BEGUN", "OK"} <= written.get(name, set())]
    assert missing == []
    lines = "".join(exported_line(item) for batch in log.stretch() for item in batch).encode()
    assert broken_at(lines) is None
    with database.reading() as connection:
        kept = connection.execute(text("SELECT count(*) FROM documents WHERE kind = 'collection'")).scalar_one()
    begun = sum("BEGUN" in outcomes for outcomes in written.values())
    print(f"{kills} kills: {len(system.done)} calls told OK, {kept} collections kept, {begun} begun, none missing")
    assert len(system.done) <= kept <= begun
    database.close()
