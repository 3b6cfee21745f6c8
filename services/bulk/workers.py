"""The workers of a bulk job: Ray actors, each with an engine of its own. Here and in `services.cluster` is Ray used."""

import logging
import os
import secrets
import signal
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property
from threading import Lock
from typing import Any

from mammoganesis.editing.measures import measure
from mammoganesis.errors import BundleError, MammoganesisError, Unavailable
from mammoganesis.pictures.encoding import encode
from mammoganesis.pictures.provenance import Provenance
from mammoganesis.recipe.identity import without_bundle
from mammoganesis.v1.bulk_pb2 import BULK_LAYOUT_WEBDATASET
from services.bulk import manifest, shards
from services.bulk.destination import Destination
from services.bulk.plan import Drawn, Plan
from services.bulk.shards import Made
from services.client import Client, Image, Picture
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
SHARDS_AT_ONCE = 2  # of a worker: one is drawn while another is written
IMAGES_AT_ONCE = 64  # asked of the engine in one call, which batches them as it likes
WRITES_AT_ONCE = 8
RAW = Picture("raw")


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
        self._work, self._plan = work, work.plan
        self._destination = Destination(work.out, work.patience_seconds)
        self._opening = Lock()

    def ready(self) -> None:
        """Opens the engine.

        Raises:
            BundleError: the bundle cannot be served, or is not the job's.
        """
        with self._opening:
            _ = self._client

    @cached_property
    def _client(self) -> Client:
        drawing = self._work.drawing
        settings = {
            "intra_op_threads": drawing.threads,
            "execution_provider": drawing.provider,
            "synthesis_precision": drawing.precision,
        }
        client = Client(LocalTransport(self._work.bundle, **settings, **_LIMITS))
        digest = client.model().bundle_digest
        if digest != self._plan.job.bundle_digest:
            raise BundleError(self._work.bundle, f"it has digest {digest}, the job has {self._plan.job.bundle_digest}")
        return client

    def make(self, shard: int, indices: range) -> int:
        """Makes one shard, and commits it. The number of its images."""
        wanted = {index: self._plan.drawn(index) for index in indices}
        there = self._found(wanted)
        made = dict(there)
        missing = [index for index in indices if index not in there]
        for start in range(0, len(missing), IMAGES_AT_ONCE):
            chunk = missing[start : start + IMAGES_AT_ONCE]
            images = self._client.sample(latents=[wanted[index].recipe for index in chunk], picture=RAW)
            for index, image in zip(chunk, images, strict=True):
                made[index] = self._made(index, wanted[index], image)
        whole = [made[index] for index in indices]
        written = shards.objects(self._plan, shard, whole)
        kept = {self._plan.file_name(index) for index in there}
        self._write({name: data for name, data in written.items() if name not in kept})
        self._destination.write(manifest.name_of(shard), shards.commit(self._plan, shard, whole, written))
        return len(whole)

    def _made(self, index: int, drawn: Drawn, image: Image) -> Made:
        if without_bundle(image.recipe) != drawn.recipe:
            raise MammoganesisError(f"the engine answered another recipe than that of index {index}")
        message, pixels = image.message, image.pixels()
        provenance = Provenance(
            drawn.recipe,
            image.latent_id,
            image.bundle_digest,
            message.execution_provider,
            message.precision,
            bundle_name=self._plan.catalogue.bundle_name,
        )
        data = encode(pixels, self._plan.picture(drawn.recipe), provenance, self._plan.place(index))
        measures = measure((pixels.mean(axis=0) + 1) / 2) if self._plan.job.measures else {}
        return Made(index, drawn, data, measures)

    def _found(self, wanted: Mapping[int, Drawn]) -> dict[int, Made]:
        """Images of a shard without a manifest that are in a folder, by what they carry themselves. An address is not
        asked, where drawing is as quick as reading; nor a job that measures, as measures are of what was drawn."""
        job = self._plan.job
        if self._destination.remote or job.measures or job.layout == BULK_LAYOUT_WEBDATASET:
            return {}
        found = {}
        for index, drawn in wanted.items():
            data = self._destination.read(self._plan.file_name(index))
            if data is not None and self._proved(data, drawn):
                found[index] = Made(index, drawn, data)
        return found

    def _proved(self, data: bytes, drawn: Drawn) -> bool:
        picture = self._plan.picture(drawn.recipe)
        return shards.carries(data, drawn.recipe, picture, self._plan.job.bundle_digest)

    def _write(self, written: Mapping[str, bytes]) -> None:
        """Several at a time: most of it is waiting, for a disk or a store."""
        with ThreadPoolExecutor(WRITES_AT_ONCE, thread_name_prefix="writing") as threads:
            list(threads.map(self._destination.write, written, written.values()))
