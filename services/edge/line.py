"""The fair line of calls that wait for their turn at the engine.

Next comes the host with the fewest images in the engine, then its connection with the fewest, then who has waited
longest; what can wait in the background comes when no other does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterator

from services.edge.drawings import Drawing, host_of


class Line:
    """In the order of arrival."""

    def __init__(self) -> None:
        self._turns: dict[Drawing, asyncio.Future[None]] = {}

    def __iter__(self) -> Iterator[Drawing]:
        return iter(self._turns)

    def __len__(self) -> int:
        return len(self._turns)

    @property
    def images(self) -> int:
        """Of all calls in it."""
        return sum(call.images for call in self._turns)

    def enter(self, call: Drawing) -> asyncio.Future[None]:
        """Its turn: done when it may go on, or with the error that `refuse` was given."""
        turn = self._turns[call] = asyncio.get_running_loop().create_future()
        return turn

    def leave(self, call: Drawing) -> None:
        """Given up by its caller, if it is still there."""
        self._turns.pop(call, None)

    def give_turn(self, call: Drawing) -> None:
        """It goes on."""
        turn = self._turns.pop(call)
        if not turn.done():
            turn.set_result(None)

    def refuse(self, call: Drawing, error: Exception) -> None:
        """It ends here."""
        turn = self._turns.pop(call)
        if not turn.done():
            turn.set_exception(error)

    def next(self, in_engine: Collection[Drawing]) -> Drawing:
        """Whose turn it is; ValueError where nobody waits."""
        of_host: dict[str, int] = {}
        of_client: dict[str, int] = {}
        for call in in_engine:
            of_host[call.host] = of_host.get(call.host, 0) + call.images
            of_client[call.client] = of_client.get(call.client, 0) + call.images
        return min(
            self._turns,
            key=lambda call: (
                call.background,
                of_host.get(call.host, 0),
                of_client.get(call.client, 0),
                call.since,
            ),
        )

    def before(self, call: Drawing) -> int:
        """Images in line that will have their turn before those of a call which comes now."""
        totals = self._totals(call.background)
        return _before(call, totals.get(call.client, 0), totals)

    def refuse_late(self, is_late: Callable[[Drawing, int], Exception | None]) -> None:
        """Ends each call for which `is_late(call, images in line before it)` gives an error."""
        for background in (False, True):
            totals, own = self._totals(background), self._totals(False) if background else {}
            for call in [call for call in self._turns if call.background == background]:
                earlier = own.get(call.client, 0)
                error = is_late(call, _before(call, earlier, totals))
                if error:
                    totals[call.client] -= call.images
                    self.refuse(call, error)
                else:
                    own[call.client] = earlier + call.images

    def _totals(self, background: bool) -> dict[str, int]:
        """Images in line by connection, of calls that do not wait for one in the background, or for another."""
        totals: dict[str, int] = {}
        for call in self._turns:
            if background or not call.background:
                totals[call.client] = totals.get(call.client, 0) + call.images
        return totals


def _before(call: Drawing, earlier: int, totals: dict[str, int]) -> int:
    """Images that have their turn before those of a call, whose connection has `earlier` ones. Each of the others has
    as much of the engine as this one, while it has anything in line."""
    here, of_host = earlier, dict[str, int]()
    for client, images in totals.items():
        if client == call.client:
            continue
        host = host_of(client)
        if host == call.host:
            here += min(images, earlier + call.images)
        else:
            of_host[host] = of_host.get(host, 0) + images
    return here + sum(min(images, here + call.images) for images in of_host.values())
