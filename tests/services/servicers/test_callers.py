"""What a service makes of the edge's metadata: who calls."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mammoganesis.errors import InvalidArgument, Unauthenticated
from services.access.principals import EVERYBODY, Principal, Role
from services.servicers.callers import admit
from services.wire.metadata import EDGE_SECRET, PRINCIPAL

SECRET = "a-secret-of-the-tests-0123456789"
WHO = Principal("https://issuer.example/ü", "a|b", frozenset({Role.READER, Role.AUDITOR}), ("röntgen",), "A. Name")


def test_the_principal_of_a_call_is_the_one_that_the_edge_names() -> None:
    call = admit({EDGE_SECRET: SECRET, PRINCIPAL: WHO.to_metadata()}, [SECRET])
    assert call.principal == replace(WHO, groups=())  # of which only the edge makes use
    assert call.principal.name == ""
    assert admit({EDGE_SECRET: SECRET}, [SECRET]).principal == EVERYBODY


@pytest.mark.parametrize("told", ["", "?", "bm8=", WHO.to_metadata()[:-8]])
def test_what_is_no_principal_is_refused(told: str) -> None:
    with pytest.raises(InvalidArgument, match="principal"):
        admit({EDGE_SECRET: SECRET, PRINCIPAL: told}, [SECRET])
    with pytest.raises(Unauthenticated):
        admit({EDGE_SECRET: SECRET[::-1], PRINCIPAL: WHO.to_metadata()}, [SECRET])
