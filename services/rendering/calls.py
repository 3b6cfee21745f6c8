"""What a servicer knows about the call it serves, free of any transport."""

from __future__ import annotations

import time
from dataclasses import dataclass

from mammoganesis.errors import DeadlineExceeded
from services.access.principals import EVERYBODY, Principal


@dataclass(frozen=True)
class CallContext:
    """One call.

    Attributes:
      request_id: names the call in logs and error messages.
      deadline: `time.monotonic()` seconds of this process by which the answer must be there; None for no limit.
      bytes_taken: of the largest message that the client takes; None for any.
      background: whether its images can wait until nobody else's do.
      principal: who makes it, as the edge has told.
    """

    request_id: str
    deadline: float | None = None
    bytes_taken: int | None = None
    background: bool = False
    principal: Principal = EVERYBODY

    @classmethod
    def with_timeout(
        cls, request_id: str, seconds: float | None, bytes_taken: int | None = None, background: bool = False
    ) -> CallContext:
        """A call that ends `seconds` from now; None for no limit."""
        return cls(request_id, None if seconds is None else time.monotonic() + seconds, bytes_taken, background)

    def remaining(self) -> float | None:
        """Seconds left, 0 or more; None when there is no deadline."""
        return None if self.deadline is None else max(0.0, self.deadline - time.monotonic())

    def check(self) -> None:
        """Raises DeadlineExceeded when the deadline has passed."""
        if self.remaining() == 0.0:
            raise DeadlineExceeded("the deadline of the call has passed; it had not been answered yet")
