"""The workers of a bulk job: Ray actors, each with an engine of its own. Here and in `services.cluster` is Ray used."""

import hashlib
import logging
import os
import secrets
import signal
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from mammoganesis import files
from mammoganesis.errors import BundleError, MammoganesisError, Unavailable
from mammoganesis.recipe.identity import without_bundle
from services.bulk.job import Job
from services.bulk.store import Line, ledger_line
from services.client import Client
from services.client.transport import LocalTransport
from services.cluster.settings import OBJECT_STORE_BYTES, closed, room_needed
from services.process.children import ending_what_is_started
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
MAX_ATTEMPTS = 20  # of one shard: a worker that dies is chance, one that always dies is not


@contextmanager
def ray_cluster(address: str, num_cpus: int) -> Iterator[Any]:
    """Ray, up while the context is: of our own ("local") or the one at `address`.

    One of our own listens on 127.0.0.1 alone, takes calls only with a token drawn for it, has no dashboard, keeps its
    files where nobody else can read them, and ends with this process however that ends. What killed runs have left is
    cleared before.

    Args:
        num_cpus: that workers may ask for, of one of our own.
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


def start_worker(ray: Any, job: Job, bundle: Path, out: Path, drawing: Drawing) -> Any:
    """A worker's actor handle. When its process dies Ray starts it again and gives it its shard again."""
    actor = ray.remote(num_cpus=drawing.threads, max_restarts=-1, max_task_retries=MAX_ATTEMPTS)(Worker)
    return actor.remote(job, str(bundle), str(out), drawing)


class Worker:
    """Renders shards into the job's folder."""

    def __init__(self, job: Job, bundle: str, out: str, drawing: Drawing) -> None:
        self._job = job
        self._bundle = bundle
        self._out = Path(out)
        self._drawing = drawing

    @cached_property
    def _client(self) -> Client:
        """Made by the first shard, not with the worker: so what is wrong with the bundle is the shard's error."""
        settings = {
            "intra_op_threads": self._drawing.threads,
            "execution_provider": self._drawing.provider,
            "synthesis_precision": self._drawing.precision,
        }
        client = Client(LocalTransport(self._bundle, **settings, **_LIMITS))
        digest = client.model().bundle_digest
        if digest != self._job.bundle_digest:
            raise BundleError(self._bundle, f"it has digest {digest}, the job has {self._job.bundle_digest}")
        return client

    def render(self, indices: Sequence[int]) -> list[Line]:
        """Renders images and writes their files; gives their lines of the ledger, once the files are on the disk."""
        recipes = [self._job.recipe(index) for index in indices]
        images = self._client.sample(latents=recipes, picture=self._job.picture)
        lines = []
        for index, recipe, image in zip(indices, recipes, images, strict=True):
            if without_bundle(image.recipe) != recipe:
                raise MammoganesisError(f"the engine answered another recipe than that of index {index}")
            files.write(self._out / self._job.file_name(index), image.data)
            lines.append(ledger_line(self._job, index, hashlib.sha256(image.data).hexdigest()))
        return lines
