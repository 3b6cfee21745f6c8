"""Seeds found by what their images measure, held against the images that Sample gives."""

from __future__ import annotations

from contextlib import aclosing
from typing import Any

import numpy as np
import pytest

from mammoganesis.editing.measures import SEEDS_BY, measure
from mammoganesis.errors import InvalidArgument
from mammoganesis.v1.images_pb2 import ImageFormat
from mammoganesis.v1.sampling_pb2 import FindSeedsRequest, FindSeedsResponse, SampleRequest
from services.servicers.assembly import Servicers
from tests.support.serving import CALL, RAW, pixels, serving

SEEDS = range(40, 60)


async def found(servicers: Servicers, **fields: Any) -> list[FindSeedsResponse]:
    request = FindSeedsRequest(**{"seed_range": {"first": SEEDS.start, "count": len(SEEDS)}, **fields})
    async with aclosing(servicers.sampling.FindSeeds(request, CALL)) as stream:
        return [answer async for answer in stream]


async def test_seeds_are_found_by_what_their_images_measure() -> None:
    async with serving() as servicers:
        sampled = (await servicers.sampling.Sample(SampleRequest(seeds=SEEDS, format=RAW), CALL)).images
        table = [measure((pixels(image).mean(axis=0) + 1) / 2) for image in sampled]
        every = await found(servicers)
        assert [answer.seed for answer in every] == [*SEEDS]
        assert [answer.examined for answer in every] == [*range(1, len(SEEDS) + 1)]
        for answer, row in zip(every, table, strict=True):
            assert {one.name: one.value for one in answer.measures} == {name: row[name] for name in SEEDS_BY}
        bright = np.median([row["mean_intensity"] for row in table])
        ranges = [{"name": "mean_intensity", "least": bright}, {"name": "texture", "least": 0}]
        expected = [seed for seed, row in zip(SEEDS, table, strict=True) if row["mean_intensity"] >= bright]
        assert 0 < len(expected) < len(SEEDS)
        chosen = await found(servicers, ranges=ranges, format=ImageFormat(burn_in_mark=True))
        assert [answer.seed for answer in chosen] == expected
        again = SampleRequest(seeds=expected, format=ImageFormat(burn_in_mark=True))
        assert [answer.image.data for answer in chosen] == [
            image.data for image in (await servicers.sampling.Sample(again, CALL)).images
        ]
        first = await found(servicers, ranges=ranges, count=2)
        assert [answer.seed for answer in first] == expected[:2]
        nothing = [{"name": "breast_area", "most": -1.0}]
        assert await found(servicers, ranges=nothing) == []


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"seed_range": None}, "seed_range"),
        ({"seed_range": {"first": 0, "count": 1025}}, "count: 1025"),
        ({"count": 0}, "count: 0"),
        ({"count": 65}, "count: 65"),
        ({"ranges": [{"name": "beauty"}]}, r"ranges\[0\]\.name: 'beauty'.*dense_share"),
        ({"ranges": [{"name": "texture", "least": float("nan")}]}, r"ranges\[0\]\.least: nan"),
        ({"ranges": [{"name": "texture", "least": 2, "most": 1}]}, r"ranges\[0\]\.most: 1"),
        ({"ranges": [{"name": "texture"}, {"name": "texture"}]}, "ranges: .measure texture twice"),
    ],
)
async def test_bad_wishes(fields: dict[str, Any], words: str) -> None:
    async with serving() as servicers:
        with pytest.raises(InvalidArgument, match=words):
            await found(servicers, **fields)
