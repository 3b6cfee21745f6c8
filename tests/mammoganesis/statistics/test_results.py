"""The tree of results as JSON: the keys that others script against."""

import json
import math

from mammoganesis.statistics.as_json import to_json
from mammoganesis.statistics.results import Interval, Mrmc, MrmcEstimate, MrmcMethod, Proportion

RANDOM = MrmcEstimate(0.75, 0.04, 12.5, Interval(0.66, 0.84), 1e-4)
FIXED = MrmcEstimate(0.75, 0.03, math.inf, Interval(0.69, 0.81), 1e-9)
METHOD = MrmcMethod(RANDOM, FIXED)


def test_a_method_has_random_readers_beside_fixed_ones() -> None:
    found = to_json({"t": Mrmc(METHOD, None, METHOD, METHOD, "jackknife", None)})["t"]
    assert found["jackknife"]["interval"] == [0.66, 0.84]
    assert found["jackknife"]["df"] == 12.5
    assert found["jackknife"]["fixed_readers"]["se"] == 0.03
    assert found["fixed_readers"]["jackknife"] == found["jackknife"]["fixed_readers"]
    assert found["delong"] is None
    assert set(found["fixed_readers"]) == {"jackknife", "ustatistic", "one_shot"}


def test_what_is_not_finite_is_null() -> None:
    found = to_json([FIXED, Proportion(0, 0, None, None)])
    assert found[0]["df"] is None
    assert found[1] == {"count": 0, "total": 0, "value": None, "interval": None}
    assert json.loads(json.dumps(found, allow_nan=False)) == found
