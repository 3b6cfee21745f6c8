"""mammoganesis serve."""

import dataclasses
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from services.process.config import Config, variable

# What each option says; the names, types and defaults are the configuration's.
HELP = {
    "bundle": "Folder of the bundle.",
    "redis_url": "Redis of the latent cache: redis://, rediss:// or unix://.  [default: an embedded server]",
    "edge_host": "Interface of the gRPC edge.",
    "edge_port": "gRPC port of the edge; 0: any free one.",
    "studio_host": "Interface of the studio.",
    "studio_port": "HTTP port of the studio; 0: any free one.",
    "studio_base_path": "Path under which a reverse proxy shows the studio, such as /mammoganesis.",
    "studio_allowed_hosts": "Host names by which a browser may ask for the studio, with commas between.",
    "serve_grpc_port": "gRPC port of Ray Serve, behind the edge.",
    "serve_http_port": "HTTP port of Ray Serve; nothing of ours is there.",
    "max_batch_size": "Images synthesised at once.",
    "max_queued_images": "Images that may wait in the engine's queue.",
    "max_images_per_call": "Images in one call.",
    "max_images_per_stream": "Images in one stream.",
    "max_message_bytes": "Bytes of one message, either way.",
    "default_deadline_seconds": "Seconds for a call that brings no deadline.",
    "max_deadline_seconds": "Seconds; longer deadlines are cut to this.",
    "max_stream_seconds": "Seconds that a call with a stream of answers may take.",
    "drain_seconds": "Seconds for calls in flight to finish when stopping.",
    "cache_ttl_seconds": "Seconds that Redis keeps a latent.",
    "intra_op_threads": "Threads of one synthesis; 0: the runtime decides.",
    "execution_provider": "auto (CUDA where it is there), cpu or cuda.",
    "synthesis_precision": "auto (float16 on CUDA where the bundle has it), float32 or float16.",
    "curated_bundles": "Folder for new bundle versions from the studio's curation page.  [default: none are written]",
    "log_level": "debug, info, warning or error.",
}


def takes_config(command: Callable) -> Callable:
    """Adds an option for each entry of HELP, in that order."""
    defaults = {field.name: field.default for field in dataclasses.fields(Config)}
    for name, text in reversed(HELP.items()):
        default = "" if defaults[name] in (None, "", ()) else f"  [default: {variable(name)}, or {defaults[name]}]"
        kind = (
            "FOLDER"
            if name in ("bundle", "curated_bundles")
            else "TEXT"
            if isinstance(defaults[name], str | tuple | None)
            else "NUMBER"
        )
        command = click.option(f"--{name.replace('_', '-')}", name, metavar=kind, help=text + default)(command)
    return command


@click.command()
@takes_config
@click.option(
    "--quickstart",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="When up, sample 8 images, a sweep and a transfer into DIR.  [default: no]",
)
@click.option("--once", is_flag=True, help="Stop after --quickstart instead of serving on.")
def serve(quickstart: Path | None, once: bool, **settings: Any) -> int:
    """Start Redis, Ray Serve, the edge and the studio; Ctrl-C stops them all.

    Every option is also a variable of the environment, as its default names it.

    \b
    Example:
      mammoganesis serve --bundle deploy/bundles/demo --edge-port 50051
    """
    if once and quickstart is None:
        raise click.UsageError("--once goes with --quickstart")
    from services.launch.launcher import run

    return run(Config.from_environment(os.environ, **settings), quickstart, once)
