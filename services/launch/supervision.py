"""Watches the launcher's children, by their end and by their health, and starts them again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from mammoganesis.errors import MammoganesisError, Unavailable
from mammoganesis.terminal.commands import one_line
from services.launch.endings import STOPPED_CODES, how, killed_for_memory, last_words
from services.process.children import Child, Process, runs
from services.process.refusals import WRONG_SETTINGS

POLL_SECONDS = 0.25
START_HEALTH_SECONDS = 0.5
"""Between two questions after the health of a part that has not been well yet."""
HEALTH_SECONDS = 2.0
"""The same for one that has."""
LONGEST_COUNTED_SECONDS = 6.0
"""Of the time between two questions. Where more has passed the launcher has been busy, such as with the end of another
part, and that says nothing of this one."""
CALM_SECONDS = 60.0
"""A part that has been well for so long has recovered: its next death is the first again."""
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.25, 60.0
"""The first death costs no pause, the second this one, each further one twice as much."""
MAX_DEATHS = 5
"""Deaths in a row, none of them `CALM_SECONDS` after the start, that end everything, of a part that is needed; while
all starts also the first one after which another start cannot help (`Watched.given_up`)."""
MAX_LOG_BYTES = 16 * 2**20
END_SECONDS, BELOW_SECONDS = 2.0, 1.0
"""For a sick part to end by itself, and then for what is below it."""


@dataclass(frozen=True)
class Part:
    """What the launcher starts, and what its absence means."""

    name: str
    needed: bool
    """Whether everything ends when it cannot be kept up. What is not needed is tried again without end."""
    start_seconds: float
    """From its start until it is well, at most; while all starts from its first one."""
    sick_seconds: float
    """Without health in a row before it is started again."""
    without: str
    """What the clients see meanwhile."""


REDIS = Part("redis", False, 10, 30, "every process keeps latents for itself")
CLUSTER = Part("cluster", True, 300, 120, "calls are answered UNAVAILABLE")
EDGE = Part("edge", True, 60, 30, "no call is answered")
RECORDS = Part("records", False, 60, 30, "cases and quizzes are not there")
BULK = Part("bulk", False, 60, 60, "bulk jobs wait")
STUDIO = Part("studio", False, 60, 30, "there is no page")


@dataclass
class Watched:
    """A part with its child.

    Args:
      well: whether it does its work; None where this cannot be known now.
      lost: why it cannot be saved though it runs and has been well, by the processes below it that run; None where it
        can. Only a part that has one is known to start processes of its own.
      fallen: the same, where it cannot come up either; None where it can.
      clear: called before each further start.
    """

    part: Part
    child: Child
    well: Callable[[], bool | None]
    lost: Callable[[Iterable[Process]], str | None] | None = None
    fallen: Callable[[Iterable[Process]], str | None] = lambda _: None
    clear: Callable[[], None] = lambda: None
    has_been_well: bool = field(default=False, init=False)
    """Since its latest start."""
    ever_well: bool = field(default=False, init=False)
    """Since its first."""
    deaths: int = field(default=0, init=False)
    """In a row."""
    due: float | None = field(default=None, init=False)
    """When it is started again; None while it runs."""
    _unwell_seconds: float = field(default=0.0, init=False)
    """In a row, of its latest start."""
    _asked_at: float = field(default=0.0, init=False)

    def __post_init__(self) -> None:
        self._patience_ends = self.child.started + self.part.start_seconds

    def given_up(self, starting: bool) -> bool:
        """After a death, whether another start cannot help: too many in a row; while all starts (`starting`) also
        wrong settings, which are the same the next time, or a part that has never been well in all its time."""
        late = not self.ever_well and time.monotonic() > self._patience_ends
        hopeless = late or self.child.exit_code == WRONG_SETTINGS
        return self.deaths >= MAX_DEATHS or (starting and hopeless)

    def start_again(self) -> None:
        """Its next start."""
        self.clear()
        self.child.start()
        self.due, self.has_been_well, self._unwell_seconds = None, False, 0.0

    def trouble(self) -> str | None:
        """Why it must be started again, such as "ended with exit code 1"; None when it need not."""
        code = self.child.exit_code
        if code is not None:
            return how(code)
        now = time.monotonic()
        if now < self._asked_at + (HEALTH_SECONDS if self.has_been_well else START_HEALTH_SECONDS):
            return None
        passed = min(now - max(self._asked_at, self.child.started), LONGEST_COUNTED_SECONDS)
        self._asked_at, lost = now, None
        if self.lost:
            below = [process for process in self.child.note_descendants() if runs(process)]
            lost, fallen = self.lost(below), self.fallen(below)
            if fallen or (lost and self.has_been_well):
                code = self.child.exit_code  # who ends while its processes are counted has none left
                return fallen or lost if code is None else how(code)
        # Without what it needs it cannot be well yet, whatever is still said of the one before it.
        well = False if lost else self.well()
        self._unwell_seconds = self._unwell_seconds + passed if well is False else 0.0
        if well:
            self.has_been_well = self.ever_well = True
            if now > self.child.started + CALM_SECONDS:
                self.deaths = 0
        if not self.has_been_well and self._unwell_seconds > self.part.start_seconds:
            return f"was not ready within {self.part.start_seconds:g} s"
        if self.has_been_well and self._unwell_seconds > self.part.sick_seconds:
            return f"has not been well for {self.part.sick_seconds:g} s"
        return None


class Supervision:
    """The parts that run, in the order of their start.

    Args:
      say: where lines go.
      logs_kept: older files of each log.
      ended_by_ray: how many of what Ray has ended for memory since this was asked last.
      obituary: the error's text when a needed part is given up; takes what happened.
    """

    def __init__(
        self,
        say: Callable[[str], None],
        obituary: Callable[[Child, str], str],
        logs_kept: int = 1,
        ended_by_ray: Callable[[], Mapping[str, int]] = dict,
    ) -> None:
        self._say, self._obituary, self._logs_kept, self._ended_by_ray = say, obituary, logs_kept, ended_by_ray
        self._watched: list[Watched] = []
        self._started = False
        self._troubles: dict[str, str] = {}  # of ours with a part, by its name: what was said last
        self._killed = killed_for_memory()

    def add(self, watched: Watched) -> None:
        """Watches one more."""
        self._watched.append(watched)

    @property
    def children(self) -> list[Child]:
        """All, in the order of their start."""
        return [watched.child for watched in self._watched]

    def look(self) -> None:
        """One look at every part, after a short pause.

        Raises:
          Unavailable: a part that is needed is given up.
          MammoganesisError, OSError: while it starts, that a part cannot be asked.
        """
        time.sleep(POLL_SECONDS)
        self._look_at_memory()
        for watched in self._watched:
            watched.child.bound_log(MAX_LOG_BYTES, self._logs_kept)
            try:
                trouble = self._look_at(watched)
            except (MammoganesisError, OSError) as error:
                if not self._started:
                    raise
                # Such as a certificate that is being replaced: it says nothing of the part.
                self._say_once(watched.part, one_line(error))
                continue
            self._troubles.pop(watched.part.name, None)
            if trouble:
                self._end(watched, trouble)
        self._started = self._started or self.ready()

    def _look_at_memory(self) -> None:
        """Whoever is killed is not asked, and neither is who watches it: Ray puts another engine in the place of one
        that is gone, and says nothing of why."""
        killed, before = killed_for_memory(), self._killed
        self._killed = killed
        if killed > before:
            self._say(f"no memory was left: the kernel has killed {killed - before} processes of this machine (dmesg)")
        if ended := self._ended_by_ray():
            what = ", ".join(f"{count} of {name}" for name, count in sorted(ended.items()))
            self._say(f"memory ran short: Ray has ended {what}, and starts others (RAY_memory_usage_threshold)")

    def _look_at(self, watched: Watched) -> str | None:
        """Why it must be ended and started again; None when it need not."""
        if watched.due is None:
            absent = watched.deaths and not watched.has_been_well
            trouble = watched.trouble()
            if not trouble and absent and watched.has_been_well:
                self._say(f"{watched.part.name} is back")
            return trouble
        if time.monotonic() >= watched.due:
            try:
                watched.start_again()
            except OSError as error:  # no process is to be had just now
                return f"could not be started: {one_line(error)}"
        return None

    def _say_once(self, part: Part, what: str) -> None:
        if self._troubles.get(part.name) != what:
            self._troubles[part.name] = what
            self._say(f"{part.name} cannot be asked how it is: {what}")

    def ready(self) -> bool:
        """Whether every part runs and has been well since its start; what is not needed may have failed instead."""
        return all(
            (each.has_been_well and each.due is None) or (each.deaths and not each.part.needed)
            for each in self._watched
        )

    def stop(self, seconds: Callable[[Part], float]) -> None:
        """Ends all, the last that was added first, and tells which did not end as it was asked to.

        Args:
          seconds: how long each may take before it is killed.
        """
        for watched in reversed(self._watched):
            child, name = watched.child, watched.part.name
            before, may_take = child.exit_code, seconds(watched.part)
            in_time = child.stop(may_take)
            code = child.exit_code
            if watched.due is not None:
                continue  # it had ended, and that was told
            if before in STOPPED_CODES:  # with all others, by whoever ends them: its last words are of that end alone
                self._say(f"{name} had {how(before)} before")
            elif before is not None:
                self._tell(child, f"{name} had {how(before)} before")
            elif not in_time:
                self._tell(child, f"{name} has not ended, with all that is below it, in {may_take:g} s, and was killed")
            elif code is not None and code not in STOPPED_CODES:
                self._tell(child, f"{name} {how(code)}")

    def _tell(self, child: Child, what: str) -> None:
        """A line about its end, and below it what it has said last."""
        self._say("\n".join([what, *(f"          | {line}" for line in last_words(child))]))

    def _end(self, watched: Watched, trouble: str) -> None:
        part = watched.part
        watched.deaths += 1
        if part.needed and watched.given_up(starting=not self._started):
            raise Unavailable(self._obituary(watched.child, trouble))
        pause = min(FIRST_PAUSE_SECONDS * 2 ** (watched.deaths - 2), LONGEST_PAUSE_SECONDS) if watched.deaths > 1 else 0
        when = f" in {pause:g} s" if pause else ""
        self._tell(watched.child, f"{part.name} {trouble}; it is started again{when}; until then {part.without}")
        watched.child.stop(END_SECONDS, BELOW_SECONDS)
        watched.due = time.monotonic() + pause
