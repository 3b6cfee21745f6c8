"""`python -m services.cluster DIRECTORY`: Ray on one node with the four applications, until SIGTERM or SIGINT.

DIRECTORY is empty, private (mode 700) and short; everything that Ray writes lies under it. One line a step goes to
standard output (`services.cluster.STEPS`). The cluster is this process's own: it ends with it, however it ends, and
no other cluster is touched. At SIGUSR1 the bundle that stands in its folder then takes the place of the one that is
served; one line, which begins with BUNDLE, tells what became of it.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mammoganesis.errors import MammoganesisError
from services.cluster import APPLICATIONS_UP, BUNDLE, RAY_UP, SERVE_UP, pulse
from services.cluster.settings import OBJECT_STORE_BYTES, light_replicas, ray_environment, write_token
from services.observability.logs import configure, log_configuration
from services.process.children import descendants, end_stragglers, ending_what_is_started
from services.process.config import Config
from services.process.refusals import FAILED, cannot_start

if TYPE_CHECKING:
    from services.cluster.rollout import Rollout

LOOK_SECONDS = 0.5
"""Until an update that was asked for begins, at most."""
END_SECONDS = 1.0
"""For what Ray leaves when it is shut down, such as its agents, which would stay for a minute."""


def start(config: Config, directory: Path) -> Rollout:
    """Starts Ray and Serve and deploys the applications; returns when all of them run.

    Raises:
      RuntimeError: an application did not come up; Ray's log has the reason.
    """
    # Imported here: Ray reads its environment when it is imported.
    import ray
    from ray import serve
    from ray.serve.config import HTTPOptions, gRPCOptions

    settings = {
        "address": "local",
        "include_dashboard": False,
        "num_cpus": os.cpu_count(),
        "num_gpus": None if config.execution_provider in ("auto", "cuda") else 0,
        "object_store_memory": OBJECT_STORE_BYTES,
        "_temp_dir": str(directory / "ray"),
        "logging_level": logging.WARNING,
        "_metrics_export_port": _port_of(config.ray_metrics_address),
    }
    for last in (False, False, True):
        try:
            ray.init(**settings)
            break
        except Exception as error:  # a plain one; Ray gives its node 30 seconds, which a busy machine may not have
            if last or "timed out during startup" not in str(error):
                raise
            below = descendants(os.getpid())
            ray.shutdown()
            end_stragglers(below, END_SECONDS)
            print(f"cluster: Ray has not come up within its own time; again: {error}", file=sys.stderr)
    pulse.ray_is_up(directory)
    _say(RAY_UP)
    from services.cluster import applications
    from services.cluster.rollout import Rollout

    logging.getLogger("ray.serve").setLevel(logging.WARNING)
    try:
        serve.start(
            # HAProxy's gRPC port takes the host of the HTTP options.
            http_options=HTTPOptions(host="127.0.0.1", port=config.serve_http_port),
            grpc_options=gRPCOptions(
                port=config.serve_grpc_port,
                grpc_servicer_functions=applications.GRPC_SERVICER_FUNCTIONS,
                enable_reflection=False,
            ),
        )
    except TimeoutError:  # of the minute that Serve waits for its proxies: on a busy machine they come later
        serve.start()  # finds the controller, which goes on starting them
    _say(SERVE_UP)
    on_gpu = {"num_cpus": 0, "num_gpus": 1} if ray.cluster_resources().get("GPU", 0) >= 1 else None
    rollout = Rollout(config, light_replicas(config, ray.cluster_resources().get("memory", 0)), on_gpu, directory)
    try:
        rollout.begin()
    except RuntimeError as error:
        raise RuntimeError(f"{error} {_reasons(serve.status())}") from None
    _say(APPLICATIONS_UP)
    return rollout


def main(arguments: list[str]) -> int:
    """The process; returns its exit code."""
    stop_signals = {signal.SIGTERM, signal.SIGINT}
    directory = Path(arguments[0])
    try:
        config = Config.from_environment(os.environ)
    except MammoganesisError as error:
        return cannot_start("cluster", error)
    configure("cluster", config)
    log_configuration(config)
    write_token(directory)
    os.environ.update(ray_environment(os.environ, config, directory))
    update = threading.Event()
    signal.signal(signal.SIGUSR1, lambda *_: update.set())
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # while it starts
    import ray

    with ending_what_is_started(ray.shutdown, END_SECONDS):
        try:
            rollout = start(config, directory)
            pulse.begin(directory)
            signal.pthread_sigmask(signal.SIG_BLOCK, stop_signals)
            while signal.sigtimedwait(stop_signals, LOOK_SECONDS) is None:
                if update.is_set():
                    update.clear()
                    _say(f"{BUNDLE}{rollout.update()}")
            return 0
        except MammoganesisError as error:
            return cannot_start("cluster", error)
        except RuntimeError as error:
            print(f"cluster: {error}", file=sys.stderr)
            return FAILED


def _port_of(address: str | None) -> int | None:
    """Where Ray shows its metrics, and those of the replicas; None: it chooses."""
    return None if address is None else int(address.rpartition(":")[2])


def _reasons(status: Any) -> str:
    """The last lines of what the replicas that did not start have said; the whole goes to standard error."""
    messages = [
        deployment.message
        for application in status.applications.values()
        for deployment in application.deployments.values()
        if application.status == "DEPLOY_FAILED"
    ]
    for message in messages:
        print(message, file=sys.stderr)
    return "; ".join(message.strip().rpartition("\n")[2] for message in messages if message)


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
