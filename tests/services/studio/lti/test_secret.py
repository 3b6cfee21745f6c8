"""The secret by which records takes the studio's word is changed in its file while people come from their course."""

from __future__ import annotations

import os
import time
from pathlib import Path

from mammoganesis.v1 import cases_pb2
from services.access.rereading import LOOK_SECONDS
from tests.support.lti_browser import Browser, new_link
from tests.support.lti_studio import running_tool
from tests.support.recorded import case

OLD, NEW = "the-secret-of-before-0123456789", "the-secret-of-after-0123456789"


def put(file: Path, *lines: str) -> None:
    new = file.with_suffix(".new")
    new.write_text("\n".join(lines))
    new.chmod(0o600)
    os.replace(new, file)


def test_launches_go_on_while_the_secret_is_changed(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    put(file, OLD)
    with running_tool(tmp_path, secret_file=file) as tool:
        made = tool.records.cases.CreateCase(cases_pb2.CreateCaseRequest(case=case("For a course"))).case
        link = new_link(tool.platform, made.case_id, maximum=0)
        for lines in ((OLD, NEW), (NEW, OLD), (NEW,)):
            browser = Browser()
            action, fields = browser.platform_form(tool.platform.login("ben", link))  # a login that begins before
            put(file, *lines)
            read = time.monotonic() + 2 * LOOK_SECONDS  # by both
            answer = browser.ask("POST", action, data=fields)
            assert answer.status_code == 303, answer.text
            while time.monotonic() < read:
                assert Browser().launch(tool.platform.login("ben", link)).status_code == 303
        assert Browser().launch(tool.platform.login("cem", link)).status_code == 303
