"""How often somebody may try to log in: by the host that they come from, and all together."""

from __future__ import annotations

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from mammoganesis.errors import Overloaded

OF_ONE_HOST = 60
OF_ALL = 1_200
"""A minute. A login is two: its beginning and its end; a class behind one address begins within minutes."""


class Attempts:
    """Counts in this process; what guesses passwords is the provider's to refuse."""

    def __init__(self, of_one_host: int = OF_ONE_HOST, of_all: int = OF_ALL) -> None:
        self._window = MovingWindowRateLimiter(MemoryStorage())
        self._of_one_host, self._of_all = RateLimitItemPerMinute(of_one_host), RateLimitItemPerMinute(of_all)

    def note(self, host: str) -> None:
        """One more try.

        Raises:
            Overloaded: there were too many within the last minute.
        """
        if not (self._window.hit(self._of_one_host, host) and self._window.hit(self._of_all)):
            raise Overloaded("too many logins within a minute; try again in a minute", 60)
