"""What is refused again and again is written down once in a while, with how often: no flood of it fills a disk, and
none of nobody knows whom hides what those who are known are refused."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from services.access.audit_entries import REASON
from services.access.principals import ANONYMOUS


class Refusal(Protocol):
    """What is known of one, whoever has refused."""

    @property
    def who(self) -> str: ...

    @property
    def host(self) -> str: ...

    @property
    def action(self) -> str: ...

    @property
    def outcome(self) -> str: ...

    @property
    def targets(self) -> tuple[str, ...]: ...


Item = TypeVar("Item")
One = TypeVar("One", bound=Refusal)

SECONDS = 60.0
"""Between two that are told of one kind, after the first."""
MOST_OF_NOBODY, MOST_OF_KNOWN = 100, 200
"""Kinds at a time, of those who have not said who they are and of all others; more of them are told as one kind."""


@dataclass
class _Kept(Generic[Item]):
    item: Item
    count: int
    timer: asyncio.TimerHandle


class Gathered(Generic[Item]):
    """Tells the first of a kind at once, and those that come after it together, each SECONDS while there are more.

    Args:
        tell: is given the last of a kind, and how many there were since it was told.
        rest: what stands for one of a kind for which there is no room.
        most: kinds at a time.
    """

    def __init__(self, tell: Callable[[Item, int], None], rest: Callable[[Item], Item], most: int) -> None:
        self._tell, self._rest, self._most = tell, rest, most
        self._kept: dict[Hashable, _Kept[Item]] = {}

    def note(self, kind: Hashable, item: Item, count: int = 1) -> None:
        """One more, or `count` more; `kind` is not None."""
        kept = self._kept.get(kind)
        if kept is None and len(self._kept) >= self._most:
            kind, item = None, self._rest(item)
            kept = self._kept.get(kind)
        if kept is None:
            self._keep(kind, item)
            self._tell(item, count)
        else:
            kept.item, kept.count = item, kept.count + count

    def finish(self) -> None:
        """Tells what has not been told."""
        for kept in self._kept.values():
            kept.timer.cancel()
            if kept.count:
                self._tell(kept.item, kept.count)
        self._kept.clear()

    def _keep(self, kind: Hashable, item: Item) -> None:
        timer = asyncio.get_running_loop().call_later(SECONDS, self._over, kind)
        self._kept[kind] = _Kept(item, 0, timer)

    def _over(self, kind: Hashable) -> None:
        kept = self._kept.pop(kind)
        if kept.count:
            self._keep(kind, kept.item)
            self._tell(kept.item, kept.count)


class GatheredRefusals(Generic[One]):
    """Refusals on their way to the audit log, told as `Gathered` tells them.

    Those of one caller, host, action, outcome and target are of one kind, whatever the reasons. Callers whom nobody
    knows have room of their own, so that they never take that of the others.

    Args:
        tell, rest: as `Gathered` has them.
    """

    def __init__(self, tell: Callable[[One, int], None], rest: Callable[[One], One]) -> None:
        self._of_nobody, self._of_known = (Gathered(tell, rest, most) for most in (MOST_OF_NOBODY, MOST_OF_KNOWN))

    def note(self, refused: One, count: int = 1) -> None:
        """One more, or `count` more."""
        targets = tuple(target for target in refused.targets if not target.startswith(REASON))
        gathered = self._of_nobody if refused.who == ANONYMOUS.key else self._of_known
        gathered.note((refused.who, refused.host, refused.action, refused.outcome, targets), refused, count)

    def finish(self) -> None:
        """Tells what has not been told."""
        self._of_nobody.finish()
        self._of_known.finish()
