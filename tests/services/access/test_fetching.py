"""What cannot be sent is told as what it is, before anything is sent."""

import pytest

from mammoganesis.errors import Unavailable
from services.access.fetching import built, fetched, new_client


@pytest.mark.parametrize(
    "address",
    ["https://xn--a/", "https://xn--zzzz--/", "https://[::1]x/", "https://[v1.x]/", "https://a:x/", "https://a\n/"],
)
async def test_an_address_of_which_no_request_can_be_made(address: str) -> None:
    async with new_client() as http:
        with pytest.raises(Unavailable, match="cannot be asked"):
            await fetched(http, address)


async def test_a_header_that_none_can_be() -> None:
    async with new_client() as http:
        with pytest.raises(Unavailable, match="cannot be asked"):
            built(http, "GET", "https://a.example/", headers={"authorization": "Bearer é\ud800"})
