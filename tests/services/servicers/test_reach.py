"""How far an image may still be moved: what is said of a displacement is what the edited image has."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from mammoganesis.errors import InvalidArgument
from mammoganesis.v1.latents_pb2 import (
    EDIT_MODE_ABSOLUTE,
    EDIT_MODE_UNSPECIFIED,
    ComponentEdit,
    EditMode,
    Latent,
    Recipe,
)
from mammoganesis.v1.pca_editing_pb2 import CheckReachRequest, CheckReachResponse
from services.servicers.assembly import Servicers
from tests.support.serving import CALL, seed_latent, serving


async def asked(servicers: Servicers, latent: Latent, edits: Sequence[ComponentEdit] = ()) -> CheckReachResponse:
    return await servicers.pca_editing.CheckReach(CheckReachRequest(latent=latent, edits=edits), CALL)


async def test_reach_is_a_distance_in_w() -> None:
    async with serving() as servicers:
        bundle = servicers.renderer.bundle
        space = bundle.space
        codes = [bundle.w_from_z(np.random.RandomState(seed).randn(1, 96), {})[0] for seed in range(5000, 5400)]
        within = [np.linalg.norm(code - space.mean) <= space.limit for code in codes]
        assert 0.95 < np.mean(within) <= 1
        w = bundle.w_from_z(np.random.RandomState(3).randn(1, 96), {})[0]
        expected = np.linalg.norm(w - space.mean) / space.limit
        assert (await asked(servicers, seed_latent(3, psi=1.0))).reach == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("mode", [EDIT_MODE_UNSPECIFIED, EDIT_MODE_ABSOLUTE])
async def test_the_ends_of_the_room_are_at_the_limit(mode: EditMode) -> None:
    held = ComponentEdit(index=1, sigmas=1.5, layer_start=0, layer_end=3)
    along = [ComponentEdit(name="coarseness", sigmas=0.25, mode=mode), ComponentEdit(index=3, sigmas=-0.5, mode=mode)]
    async with serving() as servicers:
        answer = await asked(servicers, seed_latent(3), [held, *along])
        assert [room.name for room in answer.directions] == ["contrast", "coarseness"]
        assert [room.sigmas for room in answer.directions] == [0, 0.25]
        assert [room.sigmas for room in answer.components[:4]] == [0, 1.5, 0, -0.5]
        coarseness, third = answer.directions[1], answer.components[3]
        at_limit = 0
        for place, room in ((0, coarseness), (1, third)):
            for end, outwards in ((room.sigmas_start, -0.01), (room.sigmas_end, 0.01)):
                moved = [ComponentEdit.FromString(edit.SerializeToString()) for edit in along]
                moved[place].sigmas = end
                reach = (await asked(servicers, seed_latent(3), [held, *moved])).reach
                assert reach <= 1 + 1e-5
                if reach > 0.9999:
                    at_limit += 1
                    moved[place].sigmas = end + outwards
                    assert (await asked(servicers, seed_latent(3), [held, *moved])).reach > reach
                else:  # what ends here is the useful range, or what is allowed at all
                    assert end in (-2.0, 3.5, -20.0, 20.0)
        assert at_limit >= 2


async def test_ranges_shrink_as_others_are_used() -> None:
    async with serving() as servicers:
        free = await asked(servicers, seed_latent(3))
        edits = [ComponentEdit(index=0, sigmas=2.5)]
        used = await asked(servicers, seed_latent(3), edits)
        assert used.reach > free.reach
        width = [room.sigmas_end - room.sigmas_start for room in (free.components[5], used.components[5])]
        assert width[1] < width[0]
        # The latent's own edits count as those of the request do.
        own = Latent(recipe=Recipe.FromString(seed_latent(3).recipe.SerializeToString()))
        own.recipe.component_edits.extend(edits)
        assert await asked(servicers, own) == used
        lost = await asked(
            servicers, seed_latent(3), [ComponentEdit(index=0, sigmas=20), ComponentEdit(index=1, sigmas=20)]
        )
        assert lost.reach > 1
        assert not lost.components[5].HasField("sigmas_start")
        assert not lost.components[5].HasField("sigmas_end")


async def test_what_is_no_point_in_w_is_refused() -> None:
    between = Recipe(interpolation={"start": Recipe(seed=1), "end": Recipe(seed=2), "space": 2})
    async with serving() as servicers:
        with pytest.raises(InvalidArgument, match="latent: 'an interpolation of styles'"):
            await asked(servicers, Latent(recipe=between))
        with pytest.raises(InvalidArgument, match="edits: 65"):
            await asked(servicers, seed_latent(1), [ComponentEdit(index=0)] * 65)
        with pytest.raises(InvalidArgument, match=r"edits\[0\]\.sigmas: 21"):
            await asked(servicers, seed_latent(1), [ComponentEdit(index=0, sigmas=21)])
