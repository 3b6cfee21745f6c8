"""A browser without a screen for launches from a learning platform, and what is made for it."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import httpx

from mammoganesis.v1 import cases_pb2
from mammoganesis.v1.quizzes_pb2 import AnswerQuestionRequest, PublishQuizRequest
from tests.support.lti_platform import LearningPlatform
from tests.support.lti_studio import Launched
from tests.support.recorded import case

PAUSE_SECONDS = 0.05


class Browser:
    """One that follows nothing by itself. It keeps cookies as browsers do for 127.0.0.1, which they trust as they trust
    https; Python's own jar does not."""

    def __init__(self) -> None:
        self.cookies: dict[str, str] = {}

    def ask(self, method: str, address: str, told: dict[str, str] | None = None, **options: Any) -> httpx.Response:
        ours = urlsplit(address).hostname == "127.0.0.1"
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers = {**(told or {}), **({"cookie": cookie} if ours and cookie else {})}
        answer = httpx.request(method, address, headers=headers, timeout=60, **options)
        for line in answer.headers.get_list("set-cookie"):
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies = (
                {**self.cookies, name: value} if value else {k: v for k, v in self.cookies.items() if k != name}
            )
        return answer

    def login(self, address: str) -> httpx.Response:
        return self.ask("GET", address)

    def platform_form(self, address: str) -> tuple[str, dict[str, str]]:
        """What the platform's page posts after a login: its address and its fields."""
        answer = self.ask("GET", self.login(address).headers["location"])
        assert answer.status_code == 200, answer.text
        action = re.search(r'action="([^"]+)"', answer.text)
        assert action
        return action[1], dict(re.findall(r'name=(\w+) value="([^"]*)"', answer.text))

    def launch(self, address: str) -> httpx.Response:
        """The whole way."""
        action, fields = self.platform_form(address)
        return self.ask("POST", action, data=fields)


def published_quiz(tool: Launched, title: str = "Masses") -> tuple[str, str]:
    made = tool.records.cases.CreateCase(cases_pb2.CreateCaseRequest(case=case(title)), timeout=60).case
    published = tool.records.quizzes.PublishQuiz(PublishQuizRequest(case_ids=[made.case_id], title=title), timeout=120)
    return published.quiz.quiz_id, made.case_id


_LINKS = iter(range(10_000))


def new_link(platform: LearningPlatform, resource_id: str, maximum: float = 7) -> str:
    """A new link of the course, with a column where `maximum` says of how many points."""
    name = f"res-{next(_LINKS)}"
    column = platform.new_column({"label": name, "scoreMaximum": maximum})["id"] if maximum else ""
    platform.links[name] = f"{platform.tool}/lti/{resource_id}", column
    return name


def attempt_of(answer: httpx.Response) -> str:
    assert answer.status_code == 303, answer.text
    return urlsplit(answer.headers["location"]).fragment.partition("/")[2]


def all_answers() -> dict[str, dict[str, Any]]:
    return {
        "1.1": {"choice": 0},
        "1.2": {"choices": {"choices": [0, 1]}},
        "1.3": {"bi_rads": "BI_RADS_4"},
        "1.4": {"density": "DENSITY_C"},
        "1.5": {"places": {"places": [{"picture_id": "1.1", "point": {"x": 0.5, "y": 0.5}}]}},
        "1.6": {"text": "nonsense"},
    }


def take(tool: Launched, attempt: str, names: list[str] | None = None) -> None:
    for name, answer in all_answers().items():
        if names is None or name in names:
            request = AnswerQuestionRequest(attempt_id=attempt, question_id=name, answer=answer)
            tool.records.quizzes.AnswerQuestion(request, timeout=60)


def until(condition: Callable[[], Any]) -> Any:
    """The test's own time limit ends the wait."""
    while not (found := condition()):
        time.sleep(PAUSE_SECONDS)
    return found


def refused(answer: httpx.Response) -> str:
    """What the page says of a refusal."""
    assert answer.status_code in (400, 401, 403, 404, 409), (answer.status_code, answer.headers)
    found = re.search(r'<meta name="lti" content="([^"]+)"', answer.text)
    assert found
    assert "location" not in answer.headers
    return found[1].replace("&quot;", '"')


def claims_with(**changed: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda claims: {name: value for name, value in (claims | changed).items() if value is not None}
