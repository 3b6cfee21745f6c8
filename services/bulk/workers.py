"""The workers of a bulk job: Ray actors, each with an engine of its own. Here, in `joining` and in `services.cluster`
is Ray used."""

import logging
import os
import secrets
import signal
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property
from threading import Lock
from typing import Any

from mammoganesis.errors import BundleError, Unavailable
from mammoganesis.v1.latents_pb2 import Recipe
from services.bulk.destination import Destination
from services.bulk.joining import check_answers, refusal
from services.bulk.making import Maker, Signers, Unencoded
from services.bulk.plan import Plan
from services.client import Client
from services.client.transport import LocalTransport
from services.cluster.settings import OBJECT_STORE_BYTES, closed, room_needed
from services.process.children import ending_what_is_started
from services.process.config import Config
from services.process.folders import clear_left_overs, private_folder
from services.process.proxies import without_loopback_proxies
from services.process.signals import Stopped, stop_signals

START_ATTEMPTS = 3  # Ray gives its own processes 30 seconds, too little on a very busy machine
END_SIGNALS = (signal.SIGTERM, signal.SIGHUP)  # as Ctrl-C does
END_SECONDS = 1.0  # nothing is left to lose then, and Ray's agents would stay for a minute
# The limits of a server in the environment bound what its clients may ask for, not a bulk job.
_LIMITS = {
    "max_images_per_call": 64,
    "max_queued_images": 1_000,
    "max_message_bytes": 2**30,
    "default_deadline_seconds": 86_400.0,
    "max_deadline_seconds": 86_400.0,
}
SHARDS_AT_ONCE = 2  # of a worker: one is drawn while another is written
IMAGES_AT_ONCE = 64  # asked of the engine in one call, which batches them as it likes


@contextmanager
def ray_cluster(address: str, num_cpus: int) -> Iterator[Any]:
    """Ray, up while the context is: of our own ("local") or the one at `address`.

    One of our own listens on 127.0.0.1 alone, takes calls only with a token drawn for it, has no dashboard, keeps its
    files where nobody else can read them, and ends with this process however that ends. What killed runs have left is
    cleared before.

    Args:
        num_cpus: that workers may ask for, of one of our own.

    Raises:
        Unavailable: Ray does not start, or the one at `address` is not reached.
    """
    settings: dict[str, Any] = {"address": address, "log_to_driver": False, "logging_level": logging.ERROR}
    with stop_signals(END_SIGNALS), ExitStack() as stack:
        if address == "local":
            os.environ.update(without_loopback_proxies(os.environ), **closed(), RAY_AUTH_TOKEN=secrets.token_hex(32))
            settings.update(num_cpus=num_cpus, include_dashboard=False, object_store_memory=OBJECT_STORE_BYTES)
            clear_left_overs()
            # Below it, since Ray opens the folder that it is given to everybody.
            settings["_temp_dir"] = str(stack.enter_context(private_folder(room_needed())) / "r")
        import ray  # after the environment is set: Ray reads it at import

        # Also after Ctrl-C in the middle of its start, when some of Ray's processes wait for others that have gone.
        stack.enter_context(ending_what_is_started(ray.shutdown, END_SECONDS))
        if address != "local":
            check_answers(address)
        _start(ray, settings)
        with stop_signals(END_SIGNALS):  # Ray has taken SIGTERM for itself
            yield ray


def _start(ray: Any, settings: Mapping[str, Any]) -> None:
    for attempt in range(1, START_ATTEMPTS + 1):
        try:
            ray.init(**settings)
            return
        except Stopped:
            raise
        except SystemExit:  # by Ray's own handler of SIGTERM
            raise Stopped(128 + signal.SIGTERM) from None
        except Exception as error:  # Ray has no class of its own for this
            ray.shutdown()
            if settings["address"] != "local":
                raise Unavailable(refusal(settings["address"], error)) from None
            if attempt == START_ATTEMPTS:
                raise Unavailable(f"Ray could not be started: {' '.join(str(error).split()):.300}") from None


@dataclass(frozen=True)
class Drawing:
    """How a worker draws.

    Attributes:
        threads: processors of one machine, 1 or more.
        provider, precision: as of `Client.local`; None: as the worker's environment says.
    """

    threads: int
    provider: str | None = None
    precision: str | None = None


@dataclass(frozen=True)
class Work:
    """What a worker needs to know.

    Attributes:
        plan: the job, bound to its bundle.
        bundle: its folder, the same on every node.
        out: the destination.
        patience_seconds: of `Destination`.
        drawing: how it draws.
    """

    plan: Plan
    bundle: str
    out: str
    patience_seconds: float
    drawing: Drawing


def start_worker(ray: Any, work: Any, threads: int) -> Any:
    """A worker's actor handle; `work` is a reference to its `Work`. It does several shards at once, so that one is
    written while another is drawn. One that dies stays dead: `services.bulk.pool` starts another."""
    options = {"num_cpus": threads, "max_restarts": 0, "max_concurrency": SHARDS_AT_ONCE}
    return ray.remote(**options)(Worker).remote(work)


class Worker:
    """Makes shards: draws their images, writes them, and then what says that they are there."""

    def __init__(self, work: Work) -> None:
        self._work = work
        signers = Signers.of(Config.from_environment(os.environ))
        self._maker = Maker(work.plan, Destination(work.out, work.patience_seconds), self._draw, signers)
        self._opening = Lock()

    def ready(self) -> None:
        """Opens the engine.

        Raises:
            BundleError: the bundle cannot be served, or is not the job's.
        """
        with self._opening:
            _ = self._opened

    @cached_property
    def _opened(self) -> LocalTransport:
        drawing = self._work.drawing
        settings = {
            "intra_op_threads": drawing.threads,
            "execution_provider": drawing.provider,
            "synthesis_precision": drawing.precision,
        }
        opened = LocalTransport(self._work.bundle, **settings, **_LIMITS)
        digest = Client(opened).model().bundle_digest
        if digest != self._work.plan.job.bundle_digest:
            raise BundleError(
                self._work.bundle, f"it has digest {digest}, the job has {self._work.plan.job.bundle_digest}"
            )
        return opened

    def make(self, shard: int, indices: range) -> int:
        """Makes one shard, and commits it. The number of its images."""
        return self._maker.make(shard, indices)

    def _draw(self, recipes: Sequence[Recipe]) -> Iterator[Unencoded | None]:
        digest = self._work.plan.job.bundle_digest
        for start in range(0, len(recipes), IMAGES_AT_ONCE):
            part = recipes[start : start + IMAGES_AT_ONCE]
            for recipe, drawn in zip(part, self._opened.drawn(part), strict=True):
                if drawn.too_near:
                    yield None
                else:
                    yield Unencoded(drawn.image, recipe, digest, drawn.provider, drawn.precision)
