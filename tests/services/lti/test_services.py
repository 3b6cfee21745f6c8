"""What is sent to platforms and stores, and what is read from them."""

from __future__ import annotations

import uuid
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest

from mammoganesis.errors import InvalidArgument, Unauthenticated
from services.lti import members, scores, sending, states, xapi
from services.lti.initiation import authorization_url, initiation_of
from services.lti.launches import Linking
from services.lti.linking import Chosen, response_claims
from services.lti.resources import Resource
from services.lti.sending import Outcome, outcome, pause
from services.lti.tokens import ToolKeys
from tests.support.lti_tokens import BASE, DEEP, LTI, PLATFORM, QUIZ, Signer

AT = "https://lms.example.org/items"
SECRET, OTHER = "s" * 32, "o" * 32
ASKED = {
    "iss": PLATFORM.issuer,
    "login_hint": "user 7",
    "target_link_uri": f"{BASE}/lti/{QUIZ}",
    "client_id": PLATFORM.client_id,
    "lti_message_hint": '{"cmid":3}',
    "lti_deployment_id": "1",
    "unknown": "x",
}


def test_a_login_goes_to_the_platform_with_all_that_it_needs() -> None:
    asked = initiation_of(ASKED)
    begun = states.begin(asked, "platform_1", SECRET)
    address = authorization_url(PLATFORM, asked, f"{BASE}/lti/launch", begun.state, begun.nonce)
    assert address.startswith("https://lms.example.org/auth?")
    assert parse_qs(urlsplit(address).query) == {
        "x": ["1"],
        "scope": ["openid"],
        "response_type": ["id_token"],
        "response_mode": ["form_post"],
        "prompt": ["none"],
        "client_id": ["client-7"],
        "redirect_uri": [f"{BASE}/lti/launch"],
        "login_hint": ["user 7"],
        "lti_message_hint": ['{"cmid":3}'],
        "state": [begun.state],
        "nonce": [begun.nonce],
    }
    again = {name: values[0] for name, values in parse_qs(asked.query).items()}
    assert initiation_of(again) == asked


@pytest.mark.parametrize("missing", ["iss", "login_hint", "target_link_uri"])
def test_a_login_without_what_it_needs_is_refused(missing: str) -> None:
    with pytest.raises(InvalidArgument, match=missing):
        initiation_of({name: value for name, value in ASKED.items() if name != missing})
    with pytest.raises(InvalidArgument, match="lti_message_hint"):
        initiation_of(ASKED | {"lti_message_hint": "x" * 5000})


def test_a_state_is_of_one_browser() -> None:
    one, two = (states.begin(initiation_of(ASKED), "platform_1", SECRET) for _ in range(2))
    found = states.state_of(one.state, [OTHER, SECRET])
    assert found.is_of(one.browser)
    assert not found.is_of(two.browser)
    assert not found.is_of("")
    assert (found.nonce, found.platform_id, found.asked) == (one.nonce, "platform_1", initiation_of(ASKED))
    assert (found.name, one.name != two.name) == (one.name, True)
    assert one.browser not in one.state


def test_a_state_that_is_forged_or_old_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    begun = states.begin(initiation_of(ASKED), "platform_1", SECRET)
    claims = jwt.decode(begun.state, SECRET, ["HS256"], audience="mammoganesis-lti-state")
    refused = [
        "",
        "a.b.c",
        states.begin(initiation_of(ASKED), "platform_1", OTHER).state,
        jwt.encode(claims | {"exp": claims["exp"] - 5000}, SECRET, "HS256"),
        jwt.encode(claims | {"aud": "mammoganesis-edge"}, SECRET, "HS256"),
        jwt.encode(claims, "", "none"),
        jwt.encode(claims | {"asked": {}}, SECRET, "HS256"),
        jwt.encode({k: v for k, v in claims.items() if k != "exp"}, SECRET, "HS256"),
    ]
    for text in refused:
        with pytest.raises(Unauthenticated, match=r"^state"):
            states.state_of(text, [SECRET])


def test_what_was_chosen_is_signed_for_the_platform(platform_key: Signer) -> None:
    chosen = [Chosen(Resource.of(QUIZ), "Masses", 12), Chosen(Resource.of("case_" + "b2" * 16), "A case")]
    claims = response_claims(PLATFORM, "d:2", Linking("https://lms.example.org/d", "kept", True), chosen, BASE)
    read = jwt.decode(
        ToolKeys(platform_key.pem).signed(claims),
        platform_key.private.public_key(),
        ["RS256"],
        audience=PLATFORM.issuer,
    )
    assert read["iss"] == PLATFORM.client_id
    assert (read[f"{LTI}message_type"], read[f"{LTI}version"]) == ("LtiDeepLinkingResponse", "1.3.0")
    assert (read[f"{LTI}deployment_id"], read[f"{DEEP}data"]) == ("d:2", "kept")
    assert read[f"{DEEP}content_items"] == [
        {
            "type": "ltiResourceLink",
            "title": "Masses",
            "url": f"{BASE}/lti/{QUIZ}",
            "lineItem": {"label": "Masses", "scoreMaximum": 12, "resourceId": QUIZ},
        },
        {"type": "ltiResourceLink", "title": "A case", "url": f"{BASE}/lti/case_{'b2' * 16}"},
    ]
    assert {"exp", "iat", "nonce"} <= set(read)


def test_a_score_is_the_same_bytes_each_time_and_later_ones_have_later_times() -> None:
    told = scores.score("learner-1", 7.5, 12, 1_700_000_000_000_000)
    assert told == {
        "userId": "learner-1",
        "scoreGiven": 7.5,
        "scoreMaximum": 12,
        "timestamp": "2023-11-14T22:13:20.000000Z",
        "activityProgress": "Completed",
        "gradingProgress": "FullyGraded",
    }
    assert told == scores.score("learner-1", 7.5, 12, 1_700_000_000_000_000)
    assert scores.score("learner-1", 7.5, 12, 1_700_000_000_000_001)["timestamp"] > told["timestamp"]


def test_a_quiz_in_which_nothing_counts_waits_for_a_person() -> None:
    told = scores.score("learner-1", 0, 0, 1)
    assert told["gradingProgress"] == "PendingManual"
    assert not {"scoreGiven", "scoreMaximum"} & set(told)


def test_scores_go_below_the_column_before_its_query() -> None:
    """AGS 2.0, section 4.4.1, as Moodle's addresses are."""
    address = "https://lms.example.org/mod/lti/services.php/2/lineitems/9/lineitem?type_id=1"
    assert scores.scores_url(address) == address.replace("lineitem?", "lineitem/scores?")


def test_a_column_is_found_or_made() -> None:
    listed = [
        "x",
        {"id": "https://lms.example.org/items/1", "resourceId": "other"},
        {"id": "https://lms.example.org/items/2", "resourceId": QUIZ, "resourceLinkId": "another"},
        {"id": "https://lms.example.org/items/3", "resourceId": QUIZ, "resourceLinkId": "link"},
    ]
    assert scores.column_among(listed, QUIZ, "link", AT) == "https://lms.example.org/items/3"
    assert scores.column_among(listed[:3], QUIZ, "link", AT) == ""
    with pytest.raises(InvalidArgument):
        scores.column_among({}, QUIZ, "link", AT)
    made = scores.column("Masses", QUIZ, "link", 12)
    assert made == {"label": "Masses", "scoreMaximum": 12, "resourceId": QUIZ, "resourceLinkId": "link"}


def test_members_are_those_who_are_there() -> None:
    page = {
        "id": "https://lms.example.org/members",
        "context": {"id": "c"},
        "members": [
            {"status": "Active", "name": "Jane Q. Public", "user_id": "0ae836b9", "roles": ["Instructor", "Mentor"]},
            {"given_name": "A", "family_name": "B", "user_id": "u2", "roles": ["Learner"]},
            {"status": "Inactive", "name": "Gone", "user_id": "u3", "roles": ["Learner"]},
            {"user_id": "u4", "roles": ["Learner"]},
        ],
    }
    found = [(one.subject, one.name, one.learns) for one in members.members_of(page)]
    assert found == [("0ae836b9", "Jane Q. Public", False), ("u2", "A B", True), ("u4", "", True)]
    for bad in ({}, {"members": {}}, {"members": [{"user_id": 7}]}, []):
        with pytest.raises(InvalidArgument):
            members.members_of(bad)


@pytest.mark.parametrize(
    ("link", "found"),
    [
        ("", ""),
        ('<https://lms.example.org/m?p=2>; rel="next"', "https://lms.example.org/m?p=2"),
        ('<https://a.example/1>; rel="differences", <https://a.example/2>;rel=next', "https://a.example/2"),
        ('<https://a.example/1>; rel="differences"', ""),
    ],
)
def test_the_next_page_of_members(link: str, found: str) -> None:
    assert members.next_page(link, AT) == found


@pytest.mark.parametrize("status", [200, 201, 202, 204, 409])
def test_what_has_arrived_is_done(status: int) -> None:
    assert outcome(status) is Outcome.DONE


def test_what_can_be_mended_is_tried_again_and_what_is_wrong_is_not() -> None:
    assert {outcome(status) for status in (401, 403, 404, 408, 429, 500, 502, 503, 302)} == {Outcome.AGAIN}
    assert {outcome(status) for status in (400, 413, 415, 422)} == {Outcome.REFUSED}
    pauses = [pause(tries) for tries in range(1, 200)]
    assert (pauses[0], pauses[-1]) == (15, 3600)
    assert pauses == sorted(pauses)
    assert (pause(1, "120"), pause(1, "1"), pause(1, "9" * 30), pause(1, "soon"), pause(1, "²")) == (
        120,
        15,
        3600,
        15,
        15,
    )


def test_this_tool_says_who_it_is(platform_key: Signer) -> None:
    token = ToolKeys(platform_key.pem).signed(sending.assertion_claims(PLATFORM))
    read = jwt.decode(token, platform_key.private.public_key(), ["RS256"], audience=PLATFORM.token_url)
    assert (read["iss"], read["sub"]) == ("client-7", "client-7")
    assert len(read["jti"]) >= 22


TOLD = xapi.Told(PLATFORM.issuer, "learner-1", BASE, QUIZ, "Masses", "attempt_secret")


def test_statements_name_a_pseudonym_and_no_secret() -> None:
    said = [
        xapi.attempted(TOLD, 1),
        xapi.answered(TOLD, "1.2", 0.5, 2),
        xapi.answered(TOLD, "1.3", None, 2),
        xapi.completed(TOLD, 3),
        xapi.scored(TOLD, 7.5, 12, 3),
    ]
    verbs = ["attempted", "answered", "answered", "completed", "scored"]
    assert [one["verb"]["id"].rpartition("/")[2] for one in said] == verbs
    assert len({uuid.UUID(one["id"]) for one in said}) == 5
    assert xapi.attempted(TOLD, 1) == said[0]
    assert all(one["actor"]["account"] == {"homePage": PLATFORM.issuer, "name": "learner-1"} for one in said)
    assert said[1]["object"]["id"] == f"{BASE}/lti/{QUIZ}#1.2"
    assert (said[1]["result"], "result" in said[2]) == ({"success": False, "score": {"scaled": 0.5}}, False)
    assert said[4]["result"]["score"] == {"scaled": 0.625, "raw": 7.5, "min": 0, "max": 12}
    assert "attempt_secret" not in str(said)
