"""What a stream gives out, one after the other and in order: made in groups, ahead of who reads it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterable, Sequence
from itertools import islice
from typing import Any, TypeVar

from mammoganesis.errors import ResourceExhausted
from mammoganesis.v1.latents_pb2 import Recipe

# Pause before a stream asks the full queue of an engine again while it has nothing of its own in there.
_RETRY_SECONDS = 0.05

Made = TypeVar("Made")
Make = Callable[[Sequence[Recipe]], Coroutine[Any, Any, Sequence[Made | Exception]]]
"""Makes something of each of a group of recipes; an error in its place ends the stream there."""
_Group = tuple[Sequence[Recipe], asyncio.Task[Sequence[Made | Exception]]]


async def in_order(wanted: Iterable[Recipe], make: Make[Made], window: int, at_once: int) -> AsyncGenerator[Made]:
    """What is made of complete recipes. The first is made alone, so that it comes soon; what finds no room in the
    engine comes again one by one.

    Close the iterator (`contextlib.aclosing`) to stop: what is in the making is cancelled, nothing more begins.

    Args:
        window: how many are in the making, or made and not taken, at most.
        at_once: the size of a group, half of that at most, or 1.

    Raises:
        ResourceExhausted: the engine has no room, and that only before the first one: a stream that has begun waits for
            room in the queue, until the call's deadline.
    """
    source = iter(wanted)
    making: deque[_Group[Made]] = deque()
    ready: deque[Made | Exception] = deque()
    size, begun = 1, False

    def begin(recipes: Sequence[Recipe]) -> _Group[Made]:
        return recipes, asyncio.create_task(make(recipes))

    try:
        while True:
            held = len(ready) + sum(len(recipes) for recipes, _ in making)
            while held + size <= window and (group := list(islice(source, size))):
                making.append(begin(group))
                held, size = held + len(group), at_once
            if ready:
                first = ready.popleft()
                if isinstance(first, Exception):
                    raise first
                begun = True
                yield first
                continue
            if not making:
                return
            recipes, task = making[0]
            await asyncio.wait([task])
            if not _refused(task):
                making.popleft()
                ready.extend(await task)
            elif busy := [task for _, task in making if not task.done()]:
                done, _ = await asyncio.wait(busy, return_when=asyncio.FIRST_COMPLETED)
                if all(map(_refused, done)):
                    continue  # nothing has left the queue
            elif begun:
                await asyncio.sleep(_RETRY_SECONDS)
                making.popleft()
                if recipes[1:]:
                    making.appendleft((recipes[1:], task))
                making.appendleft(begin(recipes[:1]))  # alone: the others follow when it is through
                continue
            else:
                await task  # raises the refusal
            for recipes, task in [making.popleft() for _ in range(len(making))]:
                making.extend([begin([each]) for each in recipes] if _refused(task) else [(recipes, task)])
    finally:
        tasks = [task for _, task in making]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _refused(task: asyncio.Task[Any]) -> bool:
    """The engine had no room for it."""
    return task.done() and not task.cancelled() and isinstance(task.exception(), ResourceExhausted)
