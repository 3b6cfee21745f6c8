"""The one table of all metrics: name, kind, labels and what each says.

Names are Prometheus's convention: `mammoganesis_`, the room, what is counted, the unit; `_total` for counters. What
replicas of Ray Serve record is exported by Ray under `Metric.exported`, with the replica, its deployment and its
application as further labels; of its histograms the buckets and the count are exact and the sum is not, so means are
made of counters. Labels take few values, which stand in LABELS; nothing that a caller writes is one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

LABELS: Mapping[str, str] = MappingProxyType(
    {
        "rpc": "Service/Method of a public or internal RPC; `other` for paths that are none",
        "code": "status of gRPC; of HTTP the class: 2xx, 3xx, 4xx, 5xx, or `gone`",
        "reason": "one of REASONS",
        "application": "what stands behind the edge: sampling, pca_editing, style_transfer, records",
        "network": "what draws: synthesis, preview, masked",
        "encoding": "of an image that is handed over, as its proto names it, in small letters",
        "login": "done, or what the page says of one that failed; one of LOGINS",
        "kind": "database: reading, writing; studio: call, page, asset",
        "state": "of a job or a study, as its proto names it, in small letters",
        "outcome": "how a bulk job was left, one of OUTCOMES",
        "process": "edge, records, bulk, studio, or the application of a replica",
        "version": "of this program",
        "provider": "of the arithmetic, such as OpenVINO",
        "precision": "float32, bfloat16, float16",
        "bundle": "the first 12 digits of its digest",
    }
)

REASONS = (
    "deadline",  # it would not be done in time
    "room",  # a client or host holds too much
    "host",  # another connection of its host holds less
    "streams",  # too many are open
    "uploads",  # too much is on its way in
    "services",  # the engine's queue is full, or Ray Serve's
    "quota",  # of a principal or group
    "limit",  # of one call or answer
    "unauthenticated",
    "permission",
    "forged",  # a change that another site's page may have asked for
)
"""Why a call was refused."""
STUDIO_REASONS = ("unauthenticated", "permission", "forged", "services")
"""Those that the studio has by itself."""
OUTCOMES = ("done", "cancelled", "failed", "released", "lost")
LOGINS = ("done", "provider", "denied", "answer", "begun", "often", "setup")

CALL_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 600.0)
SHORT_SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
BATCHES = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0)


class Kind(StrEnum):
    """Of a metric."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


@dataclass(frozen=True)
class Metric:
    """One metric.

    Attributes:
        name: as its process exports it; in a replica see `exported`.
        help: what it says, in one line.
        labels: of LABELS.
        buckets: upper bounds of a histogram.
        in_replicas: whether replicas of Ray Serve record it.
    """

    name: str
    kind: Kind
    help: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()
    in_replicas: bool = False

    @property
    def exported(self) -> str:
        """Under which Prometheus knows it: Ray puts its own name before those of replicas."""
        return f"ray_{self.name}" if self.in_replicas else self.name


def _counter(name: str, text: str, *labels: str, ray: bool = False) -> Metric:
    return Metric(f"mammoganesis_{name}_total", Kind.COUNTER, text, labels, in_replicas=ray)


def _gauge(name: str, text: str, *labels: str, ray: bool = False) -> Metric:
    return Metric(f"mammoganesis_{name}", Kind.GAUGE, text, labels, in_replicas=ray)


def _histogram(name: str, text: str, buckets: tuple[float, ...], *labels: str, ray: bool = False) -> Metric:
    return Metric(f"mammoganesis_{name}", Kind.HISTOGRAM, text, labels, buckets, in_replicas=ray)


PROCESS = _gauge("process_info", "1 for each process of the services, with its version.", "process", "version")
CERTIFICATE_EXPIRES = _gauge(
    "certificate_expires_timestamp_seconds", "When the certificate that the process shows ends."
)

EDGE_CALLS = _counter("edge_calls", "Calls that have ended, by how.", "rpc", "code")
EDGE_SECONDS = _histogram("edge_call_seconds", "From a call's first byte to its last.", CALL_SECONDS, "rpc")
EDGE_IMAGES = _counter("edge_images", "Images that calls which ended well asked for.", "rpc")
EDGE_REFUSALS = _counter("edge_refusals", "Calls that were refused, by why.", "reason")
EDGE_REPEATS = _counter("edge_repeats", "Calls that were lost on the way and made again.", "rpc")
EDGE_RECEIVED = _counter("edge_received_bytes", "Bytes of requests.", "rpc")
EDGE_SENT = _counter("edge_sent_bytes", "Bytes of answers.", "rpc")
EDGE_SERVING = _gauge("edge_application_serving", "1 where an application answers that it serves.", "application")
EDGE_NOW = {
    name: _gauge(f"edge_{name}", text)
    for name, text in {
        "calls_in_flight": "Calls that are being answered.",
        "images_waiting": "Images of calls that wait for their turn at the engine.",
        "images_in_engine": "Images that the engine owes the calls of this edge.",
        "streams_open": "Streams of answers that are open.",
        "registry_held_bytes": "Bytes of answers that records has not registered yet.",
    }.items()
}
"""By the fields of `Traffic` of status.proto."""
EDGE_MISSED = _counter("edge_registry_missed", "Answers whose images could not be registered.")

SERVICER_CALLS = _counter("servicer_calls", "Calls that replicas have answered, by how.", "rpc", "code", ray=True)
SERVICER_SECONDS = _histogram("servicer_call_seconds", "Of a call in its replica.", CALL_SECONDS, "rpc", ray=True)
ENCODE_SECONDS = _histogram("encode_seconds", "From pixels to a file.", SHORT_SECONDS, "encoding", ray=True)
CACHE = {
    name: _counter(f"cache_{name}", f"Latent cache: {text}", ray=True)
    for name, text in {
        "local_hits": "found in the process.",
        "redis_hits": "found in Redis, sound.",
        "misses": "found nowhere, for whatever reason.",
        "corrupt": "values in Redis that these services have not stored.",
        "stored": "values that were stored.",
        "not_stored": "values that were not, for whatever reason.",
        "faults": "commands that failed or timed out.",
        "skipped": "commands not sent because Redis is left alone.",
        "breaker_openings": "times that Redis was left alone for a while.",
    }.items()
}
CACHE_REDIS = _gauge("cache_redis_available", "1 where Redis is asked, 0 where it is left alone.", ray=True)

ENGINE = _gauge("engine_info", "1, with what computes the images.", "provider", "precision", "bundle", ray=True)
ENGINE_IMAGES = _counter("engine_images", "Images that were drawn.", "network", ray=True)
ENGINE_BATCHES = _counter("engine_batches", "Batches that were drawn.", "network", ray=True)
ENGINE_BUSY = _counter("engine_busy_seconds", "Time in the arithmetic.", ray=True)
ENGINE_BATCH = _histogram("engine_batch_images", "Images of a batch.", BATCHES, "network", ray=True)
ENGINE_WAIT = _histogram("engine_wait_seconds", "Of an image in the queue.", CALL_SECONDS, "network", ray=True)
ENGINE_SECONDS = _histogram("engine_synthesis_seconds", "Of a batch.", CALL_SECONDS, "network", ray=True)
ENGINE_QUEUE = _gauge("engine_queue_images", "Images that wait.", ray=True)
ENGINE_DROPPED = _counter("engine_dropped", "Images nobody waited for any more.", ray=True)
ENGINE_REFUSED = _counter("engine_refused", "Images for which the queue had no room.", ray=True)
ENGINE_TOO_NEAR = _counter("engine_too_near", "Images that the guard has not given.", ray=True)
ENGINE_FAILED = _counter("engine_failed", "Images that could not be computed.", ray=True)

RECORDS_CALLS = _counter("records_calls", "Calls that records has answered, by how.", "rpc", "code")
RECORDS_SECONDS = _histogram("records_call_seconds", "Of a call in records.", CALL_SECONDS, "rpc")
DATABASE_SECONDS = _histogram("records_database_seconds", "Of a transaction.", SHORT_SECONDS, "kind")
DATABASE_FAULTS = _counter("records_database_faults", "Transactions that the database did not take.")
REGISTRY_IMAGES = _gauge("records_registry_images", "Images that are registered.")
JOBS = _gauge("records_jobs", "Bulk jobs by state.", "state")
STUDIES = _gauge("records_studies", "Reader studies by state.", "state")
READERS_BEGUN = _gauge("records_study_readers", "Readers of all studies who have begun.")
STUDY_ANSWERS = _gauge("records_study_answers", "Answers of all readers.")

BULK_IMAGES = _counter("bulk_images", "Images of bulk jobs that are at their destination.")
BULK_JOBS = _counter("bulk_jobs", "Bulk jobs that a runner has left, by how.", "outcome")
BULK_RUNNING = _gauge("bulk_jobs_running", "Bulk jobs that a runner is at.")
BULK_WAITS = _gauge("bulk_waits", "1 while a job waits for what is away or busy; not for a quota's next day.")

STUDIO_REQUESTS = _counter("studio_requests", "Requests that the studio has answered.", "kind", "code")
STUDIO_SECONDS = _histogram("studio_request_seconds", "Of a request in the studio.", CALL_SECONDS, "kind")
STUDIO_OPEN = _gauge("studio_requests_open", "Requests that are being answered.")
STUDIO_SESSIONS = _gauge("studio_sessions", "Sessions that have asked for something within the last 15 minutes.")
STUDIO_LOGINS = _counter("studio_logins", "Logins by the identity provider, by what came of them.", "login")
STUDIO_LOGOUTS = _counter(
    "studio_logouts",
    "Sessions that were ended: by a logout, by another login in their place, by the identity provider.",
)
STUDIO_REFUSALS = _counter(
    "studio_refusals", "Requests that the studio has refused before anything was asked.", "reason"
)

FROM_ZERO: Mapping[str, tuple[tuple[Metric, Mapping[str, str]], ...]] = MappingProxyType(
    {
        "edge": ((EDGE_MISSED, {}), *((EDGE_REFUSALS, {"reason": reason}) for reason in REASONS)),
        "records": ((DATABASE_FAULTS, {}),),
        "bulk": (
            (BULK_IMAGES, {}),
            (BULK_RUNNING, {}),
            (BULK_WAITS, {}),
            *((BULK_JOBS, {"outcome": outcome}) for outcome in OUTCOMES),
        ),
        "studio": (
            (STUDIO_LOGOUTS, {}),
            *((STUDIO_LOGINS, {"login": login}) for login in LOGINS),
            *((STUDIO_REFUSALS, {"reason": reason}) for reason in STUDIO_REASONS),
        ),
    }
)
"""What a process shows as 0 before anything has happened: a counter that is not there before its first event grows by
nothing with that, in Prometheus's eyes, and no rule sees it. Replicas cannot: Ray refuses to count 0."""

METRICS: tuple[Metric, ...] = (
    *(metric for metric in list(globals().values()) if isinstance(metric, Metric)),
    *EDGE_NOW.values(),
    *CACHE.values(),
)
"""All of them."""
