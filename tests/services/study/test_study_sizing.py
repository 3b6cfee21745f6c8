"""Ranges of SizeStudy: the library's, as the contract and the page say them."""

from __future__ import annotations

import re

import pytest

from mammoganesis.errors import InvalidArgument
from mammoganesis.statistics.sizing import GOALS, LIMITS
from mammoganesis.v1.studies_pb2 import SizeStudyRequest
from services.study.sizing import sizes
from tests.places import ROOT

RANGES = {
    "auc": LIMITS["auc"],
    "margin": LIMITS["margin"],
    "width": GOALS["width"],
    "reader_deviation": LIMITS["reader_sd"],
    "correlation": LIMITS["correlation"],
    "power": GOALS["power"],
    "confidence": LIMITS["level"],
}
ON_THE_PAGE = {"reader_deviation": "deviation"}


@pytest.mark.parametrize("name", RANGES)
def test_contract_and_page_say_the_range(name: str) -> None:
    low, high = RANGES[name]
    contract = (ROOT / "protos/mammoganesis/v1/studies.proto").read_text()
    message = contract.split("message SizeStudyRequest {")[1].split("\n}")[0]
    comment = re.search(rf"// ([^\n]*)\n  (?:optional )?double {name} =", message)
    assert comment is not None
    assert f" {low:g} to {high:g}." in comment[1]
    page = (ROOT / "services/studio/web/src/study/sizing.ts").read_text()
    assert f"  {ON_THE_PAGE.get(name, name)}: {{ low: {low:g}, high: {high:g} }}," in page


@pytest.mark.parametrize("name", RANGES)
def test_what_lies_beyond_is_refused_and_the_limits_are_not(name: str) -> None:
    request = SizeStudyRequest(readers=4, real_cases=20)
    for limit, beyond in zip(RANGES[name], (-0.001, 0.001), strict=True):
        setattr(request, name, limit)
        assert list(sizes(request))
        setattr(request, name, limit + beyond)
        with pytest.raises(InvalidArgument, match=name):
            list(sizes(request))
