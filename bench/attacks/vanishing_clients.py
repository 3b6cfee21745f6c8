"""Clients that go away in the middle of a call, and what the logs say of them.

    python bench/attacks/vanishing_clients.py EDGE STUDIO LOGS [--calls 30]

EDGE and STUDIO are host:port of a running `mammoganesis serve`, LOGS its folder of logs. Calls of every kind are
cancelled, or their connection is broken off, after a few milliseconds. Prints what was logged since, by level, and
every traceback.
"""

from __future__ import annotations

import argparse
import http.client
import json
import random
import struct
import time
from collections import Counter
from pathlib import Path

import grpc

from mammoganesis.v1 import pca_editing_pb2, pca_editing_pb2_grpc, sampling_pb2, sampling_pb2_grpc
from mammoganesis.v1.latents_pb2 import ComponentEdit, Latent, Recipe


def vanish_from_edge(address: str, after: float) -> None:
    """One call of each kind, whose channel is closed after `after` seconds."""
    latent = Latent(recipe=Recipe(seed=random.randrange(2**32)))
    with grpc.insecure_channel(address, [("grpc.use_local_subchannel_pool", 1)]) as channel:
        sampling = sampling_pb2_grpc.SamplingServiceStub(channel)
        editing = pca_editing_pb2_grpc.PcaEditingServiceStub(channel)
        seeds = [random.randrange(2**32) for _ in range(32)]
        stream = sampling_pb2.SeedRange(first=seeds[0] // 2, count=500)
        calls = [
            sampling.Sample.future(sampling_pb2.SampleRequest(seeds=seeds)),
            sampling.StreamSamples(sampling_pb2.StreamSamplesRequest(seed_range=stream)),
            editing.SweepComponent(
                pca_editing_pb2.SweepComponentRequest(
                    latent=latent, edit=ComponentEdit(index=0), sigmas_start=-2, sigmas_end=2, steps=32
                )
            ),
        ]
        time.sleep(after)
        if random.random() < 0.5:
            for call in calls:
                call.cancel()


def vanish_from_studio(address: str, after: float) -> None:
    """A sweep whose connection is broken off."""
    recipe = {"seed": random.randrange(2**32)}
    body = {"latent": {"recipe": recipe}, "edit": {"index": 0}, "sigmas_start": -2, "sigmas_end": 2, "steps": 32}
    sweep = json.dumps(body).encode()
    for rpc, kind, content in (
        ("PcaEditingService/SweepComponent", "connect+json", struct.pack(">BI", 0, len(sweep)) + sweep),
        ("SamplingService/Sample", "json", json.dumps({"seeds": list(range(16))})),
    ):
        connection = http.client.HTTPConnection(address, timeout=30)
        headers = {"content-type": f"application/{kind}"}
        connection.request("POST", f"/mammoganesis.v1.{rpc}", content, headers)
        time.sleep(after)
        connection.close()


def logged(folder: Path) -> dict[Path, int]:
    """Bytes of every log."""
    return {
        path: path.stat().st_size for path in folder.rglob("*") if path.is_file() and path.suffix in (".log", ".err")
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("edge")
    parser.add_argument("studio")
    parser.add_argument("logs", type=Path)
    parser.add_argument("--calls", type=int, default=30, help="rounds")
    arguments = parser.parse_args()
    before = logged(arguments.logs)
    for _ in range(arguments.calls):
        vanish_from_edge(arguments.edge, random.uniform(0, 0.15))
        vanish_from_studio(arguments.studio, random.uniform(0, 0.1))
    time.sleep(3)
    levels: Counter[str] = Counter()
    for path in logged(arguments.logs):
        with path.open("rb") as file:
            file.seek(before.get(path, 0))
            for line in file.read().decode(errors="replace").splitlines():
                try:
                    record = json.loads(line)
                    levels[
                        f"{record['process']} {record['level']} {record['message']} {record.get('code', '')}".strip()
                    ] += 1
                    troubled = "traceback" in record or record["level"] == "error"
                except (ValueError, KeyError, TypeError):
                    troubled = "Traceback" in line or "ERROR" in line
                if troubled:
                    print(f"{path.relative_to(arguments.logs)}: {line[:600]}")
    for what, count in sorted(levels.items()):
        print(f"{count:6}  {what}")


if __name__ == "__main__":
    main()
