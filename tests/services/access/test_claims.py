"""Claims of providers as they are: Keycloak, Entra ID, Auth0, and what is none."""

from __future__ import annotations

from typing import Any

import pytest

from mammoganesis.errors import InvalidArgument, Unauthenticated
from services.access.claims import Reading, read_roles
from services.access.principals import MAX_GROUPS, Role

ISSUER = "https://id.example"


@pytest.mark.parametrize(
    ("claim", "claims"),
    [
        ("realm_access.roles", {"realm_access": {"roles": ["educator", "offline_access", "uma_authorization"]}}),
        ("resource_access.studio.roles", {"resource_access": {"studio": {"roles": ["mammoganesis-educator"]}}}),
        ("roles", {"roles": ["Educator"]}),
        ("https://hospital.example/roles", {"https://hospital.example/roles": ["educator"]}),
        ("roles", {"roles": "educator"}),
    ],
)
def test_roles_stand_where_providers_put_them(claim: str, claims: dict[str, Any]) -> None:
    principal = Reading(claim).principal({"sub": "ada", "name": "Ada L.", **claims}, ISSUER)
    assert (principal.key, principal.name, principal.roles) == (f"{ISSUER}|ada", "Ada L.", {Role.EDUCATOR})


def test_values_give_the_roles_of_a_table_and_no_others() -> None:
    table = read_roles({"*": ["learner"], "teachers": ["educator", "researcher"], "it": ["operator"]}, "roles_file")
    reading = Reading("groups", roles=table)
    found = [reading.principal({"sub": "a", "groups": groups}, ISSUER).roles for groups in ([], ["teachers", "x"])]
    assert found == [{Role.LEARNER}, {Role.LEARNER, Role.EDUCATOR, Role.RESEARCHER}]
    assert reading.principal({"sub": "a", "groups": ["operator"]}, ISSUER).roles == {Role.LEARNER}


@pytest.mark.parametrize("value", [None, 7, {}, {"roles": 1}, [["educator"]], [None], "", ["e" * 300], True])
def test_a_claim_of_another_form_gives_no_role(value: Any) -> None:
    assert Reading("roles").principal({"sub": "ada", "roles": value}, ISSUER).roles == frozenset()


def test_groups_are_read_where_asked_for_and_so_many() -> None:
    claims = {"sub": "ada", "groups": [f"g{number}" for number in range(100)]}
    assert Reading().principal(claims, ISSUER).groups == ()
    assert len(Reading(groups_claim="groups").principal(claims, ISSUER).groups) == MAX_GROUPS


@pytest.mark.parametrize("subject", [None, "", 7, "a" * 257, ["ada"]])
def test_nobody_is_no_principal(subject: Any) -> None:
    with pytest.raises(Unauthenticated, match="subject"):
        Reading().principal({"sub": subject}, ISSUER)


@pytest.mark.parametrize("content", [None, [], {}, {"a": "educator"}, {"a": ["admin"]}, {"a": [None]}])
def test_a_table_of_another_form_is_refused_with_the_form(content: Any) -> None:
    with pytest.raises(InvalidArgument, match=r"roles_file.*auditor"):
        read_roles(content, "roles_file")
