"""The one table of what each role may do. `docs/security.md` shows it; what stands in no row is refused to all."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from mammoganesis.errors import PermissionDenied, Unauthenticated
from services.access.principals import ANONYMOUS, Principal, Role

READER, LEARNER, EDUCATOR = Role.READER, Role.LEARNER, Role.EDUCATOR
RESEARCHER, OPERATOR, AUDITOR = Role.RESEARCHER, Role.OPERATOR, Role.AUDITOR

ANYONE: frozenset[Role] | None = None
"""In the table: also who has not logged in. Their call carries a secret of its own, a link, an attempt, a reading, or
is told of nobody but themselves."""
WHO_DRAWS = frozenset({LEARNER, EDUCATOR, RESEARCHER, OPERATOR})
WHO_TEACHES = frozenset({EDUCATOR, OPERATOR})
WHO_STUDIES = frozenset({RESEARCHER, OPERATOR})
WHO_READS_RECORDS = frozenset({RESEARCHER, OPERATOR, AUDITOR})
WHO_SENDS = frozenset({EDUCATOR, RESEARCHER, OPERATOR})
WHO_AUDITS = frozenset({OPERATOR, AUDITOR})
WHO_OPERATES = frozenset({OPERATOR})
WHO_IS_KNOWN = frozenset(Role)


class Action(StrEnum):
    """What is no RPC of its own, or a field of one, and yet not everybody's."""

    TAKE_UNMARKED = "take images without the visible mark"
    CURATE = "write new versions of the bundle"
    SEND = "send images to DICOM servers"
    SEE_ALL_JOBS = "see and cancel the jobs of others"
    READ_AUDIT = "read the audit log"


_RPCS: Mapping[str, Mapping[str, frozenset[Role] | None]] = {
    "ModelService": {"GetModel": WHO_IS_KNOWN},
    "SamplingService": dict.fromkeys(
        ("Sample", "StreamSamples", "Interpolate", "MixStyles", "RedrawNoise", "FindSeeds", "DescribeRecipe"), WHO_DRAWS
    ),
    "PcaEditingService": dict.fromkeys(("ListComponents", "EditComponents", "SweepComponent", "CheckReach"), WHO_DRAWS),
    "StyleTransferService": dict.fromkeys(("ListRegions", "TransferStyle", "SegmentRegions"), WHO_DRAWS),
    "CaseService": {
        **dict.fromkeys(("GetCase", "ListCases", "GetCollection", "ListCollections"), WHO_DRAWS),
        **dict.fromkeys(
            (
                *("CreateCase", "SaveCase", "ListCaseVersions", "DuplicateCase", "DeleteCase", "RestoreCase"),
                *("CreateCollection", "SaveCollection", "ListCollectionVersions", "DuplicateCollection"),
                *("DeleteCollection", "RestoreCollection", "ExportCases", "UploadPart", "ImportCases"),
                *("CreateLink", "ListLinks", "RevokeLink"),
            ),
            WHO_TEACHES,
        ),
        "OpenLink": ANYONE,
    },
    "QuizService": {
        **dict.fromkeys(("PublishQuiz", "ListQuizzes", "CloseQuiz", "GetQuizResults"), WHO_TEACHES),
        **dict.fromkeys(("OpenQuiz", "GetQuizPicture", "StartAttempt", "AnswerQuestion", "GetAttempt"), ANYONE),
    },
    "ReaderStudyService": {
        **dict.fromkeys(
            (
                *("CreateStudy", "SaveStudy", "AddReal", "RemoveReal", "PrepareStudy", "OpenStudy", "CloseStudy"),
                *("GetStudyPicture", "InviteReader", "RevokeReader", "ForgetReader", "ExportStudy", "SizeStudy"),
                *("GetStudy", "ListStudies", "GetStudyResults"),
            ),
            WHO_STUDIES,
        ),
        **dict.fromkeys(("OpenReading", "BeginReading", "GetReadingPicture", "RecordAnswer", "GetDebrief"), ANYONE),
    },
    "RegistryService": {
        "VerifyImage": WHO_IS_KNOWN,
        **dict.fromkeys(("SearchRegistry", "ListRegistry", "ExportRegistry"), WHO_READS_RECORDS),
        "RegisterImages": WHO_SENDS,
    },
    "StatusService": {"GetStatus": WHO_READS_RECORDS},
    "QuotaService": {"GetQuota": ANYONE},
    "AuditService": {
        **dict.fromkeys(("ListAudit", "ExportAudit", "VerifyAudit"), WHO_AUDITS),
        "NoteAction": WHO_IS_KNOWN,
    },
    "BulkService": dict.fromkeys(("CreateJob", "GetJob", "ListJobs", "WatchJob", "CancelJob"), WHO_STUDIES),
    "LtiService": dict.fromkeys(("SavePlatform", "ListPlatforms", "RemovePlatform", "CreateEnrolment"), WHO_OPERATES),
    "LtiLaunchService": dict.fromkeys(  # each request holds the studio's word
        (
            *("FindPlatform", "CheckEnrolment", "Enrol", "RecordLaunch", "GetLaunch", "ListResources"),
            *("ListStandings", "TakeDeliveries", "ReportDelivery"),
        ),
        ANYONE,
    ),
}

RPCS: Mapping[str, frozenset[Role] | None] = MappingProxyType(
    {f"/mammoganesis.v1.{service}/{name}": roles for service, rpcs in _RPCS.items() for name, roles in rpcs.items()}
)
"""The roles that may make each public RPC, by its path; one of them is enough."""

ACTIONS: Mapping[Action, frozenset[Role]] = MappingProxyType(
    {
        Action.TAKE_UNMARKED: WHO_STUDIES,
        Action.CURATE: frozenset({OPERATOR}),
        Action.SEND: WHO_SENDS,
        Action.SEE_ALL_JOBS: frozenset({OPERATOR}),
        Action.READ_AUDIT: WHO_AUDITS,
    }
)


CALLS = "/mammoganesis.v1.{service}/{rpc}"
"""The studio's route of all RPCs, each of which is judged by its own row."""

ROUTES: Mapping[str, frozenset[Role] | None] = MappingProxyType(
    {
        "GET /": WHO_DRAWS,
        "GET /cases": WHO_TEACHES,
        "GET /study": WHO_STUDIES,
        "GET /jobs": WHO_STUDIES,
        "GET /audit": ACTIONS[Action.READ_AUDIT],
        "GET /verify": WHO_IS_KNOWN,
        "GET /curate": ACTIONS[Action.CURATE],
        **dict.fromkeys(("GET /quiz", "GET /reading", "GET /share"), ANYONE),
        "GET /curation": ACTIONS[Action.CURATE],
        "POST /curation": ACTIONS[Action.CURATE],
        "POST /curation/effects": ACTIONS[Action.CURATE],
        "GET /dicom": WHO_DRAWS,
        "POST /dicom/recipe": WHO_DRAWS,
        "POST /dicom/send": ACTIONS[Action.SEND],
        "POST /takeaway/{kind}": WHO_DRAWS,
        **dict.fromkeys(("GET /login", "GET /login/start", "GET /login/callback", "POST /login/ended"), ANYONE),
        # A launch of a learning platform proves itself; what the page then shows asks for the launch's secret.
        **dict.fromkeys(("GET /lti", "GET /lti/login", "POST /lti/login", "POST /lti/launch"), ANYONE),
        **dict.fromkeys(("GET /lti/jwks", "GET /lti/tool", "GET /lti/register"), ANYONE),
        **dict.fromkeys(("POST /lti/return", "POST /lti/resources", "POST /lti/standings"), ANYONE),
        **dict.fromkeys(("GET /session", "POST /logout", "GET /healthz", "GET /assets"), ANYONE),
    }
)
"""The roles that may have each of the studio's own addresses: pages, and what these ask for beside the RPCs."""

_PAGES = {"studio": "/", **{name: f"/{name}" for name in ("cases", "study", "jobs", "audit", "verify", "curate")}}


def pages() -> Mapping[str, frozenset[Role]]:
    """The roles that may have each page for whoever makes something, by its name."""
    shown = {name: ROUTES[f"GET {path}"] or WHO_IS_KNOWN for name, path in _PAGES.items()}
    return {**shown, "lti": WHO_OPERATES}  # whose address is open, because launches come to it


def check_route(principal: Principal, method: str, path: str) -> None:
    """Judges a request of one of the studio's own addresses.

    Args:
        path: as the route has it, such as "/takeaway/{kind}".

    Raises:
        Unauthenticated: it is not for those who have not logged in.
        PermissionDenied: none of the principal's roles may.
    """
    _judge(principal, ROUTES, f"{method} {path}")


def check_rpc(principal: Principal, path: str) -> None:
    """Judges a call of one public RPC.

    Raises:
        Unauthenticated: it is not for those who have not said who they are.
        PermissionDenied: none of the principal's roles may.
    """
    _judge(principal, RPCS, path)


def check_action(principal: Principal, action: Action) -> None:
    """The same for what is no RPC of its own."""
    _check(principal, ACTIONS[action], action)


def _judge(principal: Principal, table: Mapping[str, frozenset[Role] | None], row: str) -> None:
    if row not in table:
        raise PermissionDenied(f"{row} stands in no row of the table of roles: nobody may call it")
    allowed = table[row]
    if allowed is not None:  # ANYONE
        _check(principal, allowed, row)


def may(principal: Principal, action: Action) -> bool:
    """Whether it is allowed."""
    return bool(principal.roles & ACTIONS[action])


def table() -> str:
    """The whole table in Markdown, as `docs/security.md` shows it: a column a role; "anyone": none is asked for."""
    rows: list[tuple[str, frozenset[Role] | None]] = []
    for service, rpcs in _RPCS.items():
        alike: dict[frozenset[Role] | None, list[str]] = {}
        for name, roles in rpcs.items():
            alike.setdefault(roles, []).append(name)
        rows += [(f"`{service}`: {', '.join(names)}", roles) for roles, names in alike.items()]
    rows += [(str(action), roles) for action, roles in ACTIONS.items()]
    lines = [f"| | {' | '.join(Role)} |", f"|---|{'---|' * len(Role)}"]
    for what, roles in rows:
        marks = ["anyone"] * len(Role) if roles is None else ["yes" if role in roles else "" for role in Role]
        lines.append(f"| {what} | {' | '.join(marks)} |")
    return "\n".join(lines) + "\n"


def _check(principal: Principal, allowed: frozenset[Role], what: str) -> None:
    if principal.roles & allowed:
        return
    if principal == ANONYMOUS:
        raise Unauthenticated(f"{what}: log in, or bring a token or a certificate")
    roles = ", ".join(sorted(principal.roles)) or "none"
    raise PermissionDenied(f"{what}: allowed to {', '.join(sorted(allowed))}; your roles: {roles}")
