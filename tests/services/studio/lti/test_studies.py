"""Reader studies as links of a course: a launch is an invitation, the same one each time, and no grade comes of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import grpc
import httpx

from mammoganesis.v1 import audit_pb2
from mammoganesis.v1 import studies_pb2 as pb
from mammoganesis.v1.audit_pb2_grpc import AuditServiceStub
from services.access.shared_secrets import SharedSecret
from services.studio.calls import Terms
from services.studio.login import Door
from services.studio.sessions import TOKEN, TOKEN_COOKIE
from tests.support.lti_browser import Browser, attempt_of, claims_with, new_link, refused, take, until
from tests.support.lti_platform import LearningPlatform
from tests.support.lti_studio import SECRET, Launched, running_tool
from tests.support.lti_tokens import LTI
from tests.support.studied import Reader, design, opened


def reading_of(answer: httpx.Response) -> str:
    assert answer.status_code == 303, answer.text
    address = answer.headers["location"]
    assert address.startswith("../reading#")
    return urlsplit(address).fragment


def a_study(tool: Launched) -> pb.Study:
    return opened(tool.records, design(real=2, synthesised=1, edited=0), reals=3)


def test_learners_read_as_readers_whom_nobody_graded(tool: Launched, platform: LearningPlatform, quiz: str) -> None:
    study = a_study(tool)
    link = new_link(platform, study.study_id, maximum=7)  # a column all the same, which stays empty
    ben, cem = (Reader(tool.records, reading_of(Browser().launch(platform.login(who, link)))) for who in ("ben", "cem"))
    assert ben.token != cem.token
    assert ben.begin().stage == pb.READING_STAGE_TRIALS
    ben.read_all()
    assert ben.open().stage == pb.READING_STAGE_FINISHED
    again = reading_of(Browser().launch(platform.login("ben", link)))  # on another device
    assert again == ben.token
    assert cem.open().stage == pb.READING_STAGE_CONSENT  # as it was

    graded = new_link(platform, quiz)
    take(tool, attempt_of(Browser().launch(platform.login("ben", graded))))
    until(lambda: platform.scores)  # a reading stands in no grade's way
    assert [column for column, _ in platform.scores] == [platform.links[graded][1]]
    assert not [one for one in platform.statements if study.study_id in one["object"]["id"]]

    found = tool.records.studies.GetStudy(pb.GetStudyRequest(study_id=study.study_id))
    assert "Ben" not in str(found)
    assert "user-ben" not in str(found)


def test_who_teaches_sees_the_title_and_nobody(tool: Launched, platform: LearningPlatform) -> None:
    study = a_study(tool)
    link = new_link(platform, study.study_id, maximum=0)
    reading_of(Browser().launch(platform.login("ben", link)))
    browser = Browser()
    address = browser.launch(platform.login("anna", link)).headers["location"]
    assert address.startswith("../lti#standing/")
    launch = urlsplit(address).fragment.partition("/")[2]
    found = browser.ask("POST", f"{tool.base}/lti/standings", json={"launch": launch}).json()
    assert (found["title"], found["people"]) == ("Told apart", [])


def test_a_study_that_is_closed_takes_nobody_new_and_shows_readers_what_there_is(
    tool: Launched, platform: LearningPlatform
) -> None:
    study = a_study(tool)
    link = new_link(platform, study.study_id, maximum=0)
    reader = Reader(tool.records, reading_of(Browser().launch(platform.login("ben", link))))
    reader.begin()
    reader.read_all()
    tool.records.studies.CloseStudy(pb.CloseStudyRequest(study_id=study.study_id))
    assert "takes no readers" in refused(Browser().launch(platform.login("cem", link)))
    assert reading_of(Browser().launch(platform.login("ben", link))) == reader.token
    assert reader.open().stage == pb.READING_STAGE_CLOSED


def test_where_people_log_in_a_launch_into_a_study_is_for_that_reading_alone(tmp_path: Path) -> None:
    """The page of the reading works with the session that the launch began, which may not look into the study."""
    asks = {"identity": "on", "studio_secret": SECRET}
    door = Door(None, "https://studio.example.org", ["a-secret-that-seals-sessions-0123456789"])
    with running_tool(tmp_path, edge=asks, door=door, terms=Terms(secret=SharedSecret(SECRET))) as tool:

        class Known:
            """The stub of somebody who may everything."""

            def __getattr__(self, name: str) -> Any:
                rpc = getattr(tool.records.studies, name)
                return lambda request, **more: rpc(request, metadata=tool.records.word, **more)

        records: Any = type("Records", (), {"studies": Known()})
        study = opened(records, design(real=2, synthesised=1, edited=0), reals=3)
        link, browser = new_link(tool.platform, study.study_id, maximum=0), Browser()
        token = reading_of(browser.launch(tool.platform.login("ben", link)))

        def call(rpc: str, **body: str) -> httpx.Response:
            told = {TOKEN: browser.cookies[TOKEN_COOKIE]}
            address = f"{tool.base}/mammoganesis.v1.ReaderStudyService/{rpc}"
            return browser.ask("POST", address, json=body, told=told)

        assert call("OpenReading", token=token).json()["stage"] == "READING_STAGE_CONSENT"
        for rpc in ("GetStudy", "GetStudyResults", "ExportStudy", "InviteReader"):
            assert call(rpc, studyId=study.study_id).status_code == 403, rpc

        tool.platform.change = claims_with(**{f"{LTI}deployment_id": "another"})
        assert "deployment_id" in refused(Browser().launch(tool.platform.login("ben", link)))
        with grpc.insecure_channel(tool.records.address) as channel:
            asked = audit_pb2.ListAuditRequest(filter=audit_pb2.AuditFilter(about="action:login"))
            [entry] = until(lambda: AuditServiceStub(channel).ListAudit(asked, metadata=tool.records.word).entries)
        assert (entry.outcome, entry.who, entry.host) == ("UNAUTHENTICATED", "nobody|anonymous", "ipv4:127.0.0.1")
        assert entry.targets[1].startswith("reason:deployment_id: ")
