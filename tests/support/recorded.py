"""Records behind the real edge, with real servicers and the tiny bundle behind it too."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import pytest

from mammoganesis.v1 import cases_pb2 as pb
from mammoganesis.v1.bulk_service_pb2_grpc import BulkServiceStub
from mammoganesis.v1.cases_pb2_grpc import CaseServiceStub
from mammoganesis.v1.images_pb2 import SIDE_RIGHT, VIEW_CC, VIEW_MLO
from mammoganesis.v1.latents_pb2 import Latent, Recipe
from mammoganesis.v1.quizzes_pb2_grpc import QuizServiceStub
from mammoganesis.v1.studies_pb2_grpc import ReaderStudyServiceStub
from mammoganesis.v1.style_transfer_pb2 import Point
from services.access import assertions
from services.access.principals import SERVICE
from services.access.shared_secrets import SharedSecret
from services.bulk.queue import JobQueue
from services.process.config import Config
from services.process.ports import free_block
from tests.places import ROOT
from tests.support.edge_backend import SECRET
from tests.support.served import served_edge
from tests.support.serving import TINY


@dataclass
class Recorded:
    """Records behind an edge: stubs, and the process."""

    address: str
    cases: Any
    quizzes: Any
    studies: Any
    bulk: Any
    environment: dict[str, str]
    process: subprocess.Popen[bytes]
    secret: str | None = None  # of the studio, where the edge asks who calls

    @property
    def word(self) -> tuple[tuple[str, str], ...]:
        """Metadata of a call, where the edge asks who makes it: new each time, for none is taken after a minute."""
        return () if self.secret is None else ((assertions.METADATA, assertions.said(SERVICE, self.secret)),)

    def runner(self) -> JobQueue:
        """Who works on bulk jobs, another one each time."""
        return JobQueue(f"127.0.0.1:{self.environment['MAMMOGANESIS_RECORDS_PORT']}", SharedSecret(SECRET))

    def kill(self) -> None:
        """As a crash would end it."""
        self.process.kill()
        self.process.wait()

    def start_again(self) -> None:
        """After `kill`, with the same database."""
        self.process = _start(self.environment)
        self.wait_until_up()

    def wait_until_up(self) -> None:
        """Until records answers; the test's own time limit ends the wait."""
        while not self._answers():
            assert self.process.poll() is None, "records has ended"
            time.sleep(0.1)

    def _answers(self) -> bool:
        try:
            self.cases.ListCases(pb.ListCasesRequest(page_size=1), timeout=5, metadata=self.word)
        except grpc.RpcError as error:
            if error.code() not in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED):
                raise
            return False
        return True


@contextmanager
def recorded(
    folder: Path,
    url: str | None = None,
    bundle: Path = TINY,
    edge: dict[str, Any] | None = None,
    drawing: dict[str, Any] | None = None,
    **settings: Any,
) -> Iterator[Recorded]:
    """Records as a process of its own, with a database in `folder` or at `url`, and `settings`; `edge`: those of
    the edge, `drawing`: of what draws behind it."""
    port = free_block(1)
    at = f"127.0.0.1:{port}"
    with (
        served_edge(bundle, records_address=at, edge=edge, **(drawing or {})) as address,
        grpc.insecure_channel(address) as channel,
    ):
        places: dict[str, Any] = {
            "edge_port": int(address.rpartition(":")[2]),
            "records_address": at,
            "records_port": port,
            "records_folder": folder,
            "records_url": url,
        }
        config = Config(edge_secret=SECRET, **places, **settings)
        environment = {key: value for key, value in os.environ.items() if not key.startswith("MAMMOGANESIS_")}
        environment |= config.environment()
        stubs = CaseServiceStub(channel), QuizServiceStub(channel), ReaderStudyServiceStub(channel)
        stubs = *stubs, BulkServiceStub(channel)
        asks = edge is not None and edge.get("identity") == "on"
        secret = str(edge["studio_secret"]) if edge and asks else None
        found = Recorded(address, *stubs, environment, _start(environment), secret)
        try:
            found.wait_until_up()
            yield found
        finally:
            found.process.terminate()
            found.process.wait()


def _start(environment: dict[str, str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "services.records"], cwd=ROOT, env=environment)


@contextmanager
def postgres() -> Iterator[str]:
    """URL of an empty PostgreSQL database, whose server ends with the block."""
    programs = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if found := shutil.which("initdb"):
        programs.append(Path(found).resolve().parent)
    if not programs:
        pytest.skip("no PostgreSQL here (Debian: apt-get install postgresql)")
    user = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []  # the server refuses root
    port = free_block(1)
    with tempfile.TemporaryDirectory(prefix="postgres-") as folder:
        if user:
            shutil.chown(folder, "postgres")

        def run(program: str, *options: str) -> None:
            command = [*user, str(programs[-1] / program), "--pgdata", f"{folder}/data", *options]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=folder)

        run("initdb", "--auth=trust", "--username=postgres", "--no-sync")
        options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"
        run("pg_ctl", "--wait", "--log", f"{folder}/log", "-o", options, "start")
        try:
            yield f"postgresql://postgres@127.0.0.1:{port}/postgres"
        finally:
            run("pg_ctl", "--mode", "immediate", "stop")


def case(title: str = "Mass in a dense breast", **fields: Any) -> pb.Case:
    """Two pictures, one finding, and a question of every kind."""
    made = pb.Case(
        title=title,
        history="A palpable lump.",
        teaching_notes="secret-notes",
        images=[
            pb.CaseImage(
                image_id="rcc",
                latent=Latent(recipe=Recipe(seed=11)),
                side=SIDE_RIGHT,
                view=VIEW_CC,
            ),
            pb.CaseImage(
                image_id="rmlo",
                latent=Latent(recipe=Recipe(seed=12)),
                side=SIDE_RIGHT,
                view=VIEW_MLO,
            ),
        ],
        findings=[
            pb.Finding(
                finding_id="mass",
                name="secret-finding",
                marks=[
                    pb.Mark(
                        image_id="rcc",
                        ellipse=pb.Ellipse(centre=Point(x=0.5, y=0.5), radius_x=0.1, radius_y=0.2, degrees=90),
                    )
                ],
            )
        ],
        questions=[
            pb.Question(
                question_id="kind",
                text="What is it?",
                single_choice=pb.ChoiceQuestion(
                    choices=[
                        pb.Choice(text="A mass", correct=True, explanation="secret-why"),
                        pb.Choice(text="Nothing"),
                    ]
                ),
                explanation="secret-explanation",
                finding_ids=["mass"],
            ),
            pb.Question(
                question_id="signs",
                text="Which signs?",
                multiple_choice=pb.ChoiceQuestion(
                    choices=[pb.Choice(text=text, correct=text != "c") for text in ("a", "b", "c")]
                ),
            ),
            pb.Question(question_id="birads", text="Category?", bi_rads=pb.BiRadsQuestion(accepted=[pb.BI_RADS_4])),
            pb.Question(
                question_id="density", text="Density?", density=pb.DensityQuestion(accepted=[pb.DENSITY_C]), points=2
            ),
            pb.Question(question_id="where", text="Mark it.", mark=pb.MarkQuestion(finding_ids=["mass"])),
            pb.Question(question_id="name", text="Name it.", free_text=pb.FreeTextQuestion(accepted=["secret-answer"])),
        ],
    )
    made.MergeFrom(pb.Case(**fields))
    return made
