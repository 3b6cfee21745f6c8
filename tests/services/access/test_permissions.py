"""The table of roles: every public RPC has its row, and no row names what is none."""

import pytest

from mammoganesis.errors import PermissionDenied, Unauthenticated
from services.access import permissions
from services.access.permissions import ACTIONS, ANYONE, RPCS, Action, check_action, check_rpc
from services.access.principals import ANONYMOUS, EVERYBODY, Principal, Role
from services.edge.routes import OWN, routes
from tests.places import ROOT

SAMPLE = "/mammoganesis.v1.SamplingService/Sample"


def _who(*roles: Role) -> Principal:
    return Principal("https://issuer.example", "somebody", frozenset(roles))


def test_every_public_rpc_has_a_row_and_every_row_is_one() -> None:
    assert set(RPCS) == set(routes()) | OWN


def test_every_action_has_a_row() -> None:
    assert set(ACTIONS) == set(Action)


@pytest.mark.parametrize("path", sorted(routes()))
@pytest.mark.parametrize("role", list(Role))
def test_a_role_may_what_its_row_says_and_nothing_else(path: str, role: Role) -> None:
    allowed = RPCS[path]
    if allowed is ANYONE or role in allowed:
        check_rpc(_who(role), path)
    else:
        with pytest.raises(PermissionDenied, match=f"your roles: {role}"):
            check_rpc(_who(role), path)


def test_who_is_not_known_is_asked_to_log_in() -> None:
    with pytest.raises(Unauthenticated, match="log in"):
        check_rpc(ANONYMOUS, SAMPLE)


def test_who_is_known_but_has_no_role_is_refused() -> None:
    with pytest.raises(PermissionDenied, match="your roles: none"):
        check_rpc(_who(), SAMPLE)


def test_what_stands_in_no_row_is_refused_to_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(permissions, "RPCS", {})
    with pytest.raises(PermissionDenied, match="no row"):
        check_rpc(EVERYBODY, SAMPLE)


def test_a_reader_may_not_take_unmarked_images() -> None:
    with pytest.raises(PermissionDenied, match="researcher"):
        check_action(_who(Role.READER), Action.TAKE_UNMARKED)
    check_action(_who(Role.READER, Role.RESEARCHER), Action.TAKE_UNMARKED)


def test_the_page_on_security_shows_the_table() -> None:
    shown = (ROOT / "docs" / "security.md").read_text().partition("<!-- roles -->\n")[2]
    assert shown.partition("<!-- end of roles -->")[0] == permissions.table()


def test_the_table_that_is_shown_says_of_every_rpc_who_may() -> None:
    """Read back from what is shown."""
    told = {}
    for line in permissions.table().splitlines()[2:]:
        what, *cells = [cell.strip() for cell in line.strip("|").split("|")]
        if what.startswith("`"):
            service, _, names = what.partition(": ")
            roles = None if cells[0] == "anyone" else {role for role, cell in zip(Role, cells, strict=True) if cell}
            told |= {f"/mammoganesis.v1.{service.strip('`')}/{name}": roles for name in names.split(", ")}
    assert told == RPCS
