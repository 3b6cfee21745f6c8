"""The wish to stop: SIGTERM or Ctrl-C, taken up between two steps by all processes together."""

from __future__ import annotations

import signal
from dataclasses import dataclass
from types import FrameType

from training.loop.state import TrainingState

STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)
STOP_INTERVAL = 8  # steps after which several processes agree whether to stop


@dataclass
class StopRequest:
    """Set by SIGTERM or SIGINT; the loop looks at it after every step."""

    requested: bool = False

    def __enter__(self) -> StopRequest:
        self._previous = {number: signal.signal(number, self._handle) for number in STOP_SIGNALS}
        return self

    def __exit__(self, *exception: object) -> None:
        for number, handler in self._previous.items():
            signal.signal(number, handler)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        self.requested = True

    def agreed(self, state: TrainingState) -> bool:
        """Whether to stop now: all processes at the same step."""
        if state.device.world == 1:
            return self.requested
        return state.step % STOP_INTERVAL == 0 and state.device.any_rank(self.requested)
