"""Kills HAProxy and its manager, in turn, while clients call: what they get, and for how long it shows.

    python bench/attacks/proxy.py --address 127.0.0.1:50051 --kills 3

The system runs on this machine, started by `mammoganesis serve`. Clients call one after the other, each over a
connection of its own and without repeating anything themselves.
"""

from __future__ import annotations

import itertools
import random
import threading
import time
from collections import Counter

import click
import grpc
import psutil

from mammoganesis.v1 import model_pb2, model_pb2_grpc, sampling_pb2, sampling_pb2_grpc

SEEDS = itertools.count(random.randrange(2**20) * 1000)
PROCESSES = {"HAProxy": "bin/haproxy", "its manager": "ray::HAProxyManager"}
DEADLINE_SECONDS = 60.0


class Clients:
    """Half of them sample, half ask for the model, until told to end."""

    def __init__(self, address: str, count: int) -> None:
        self.codes: Counter[str] = Counter()
        self.longest = 0.0
        self._address = address
        self._ended = threading.Event()
        self._threads = [threading.Thread(target=self._work, args=(k % 2 == 0,)) for k in range(count)]
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join()

    def _work(self, samples: bool) -> None:
        options = [("grpc.use_local_subchannel_pool", 1), ("grpc.enable_retries", 0)]
        with grpc.insecure_channel(self._address, options) as channel:
            sampling = sampling_pb2_grpc.SamplingServiceStub(channel)
            model = model_pb2_grpc.ModelServiceStub(channel)
            while not self._ended.wait(0.05):
                start = time.monotonic()
                try:
                    if samples:
                        request = sampling_pb2.SampleRequest(seeds=[next(SEEDS) % 2**32])
                        sampling.Sample(request, timeout=DEADLINE_SECONDS)
                    else:
                        model.GetModel(model_pb2.GetModelRequest(), timeout=DEADLINE_SECONDS)
                    code = "OK"
                except grpc.RpcError as error:
                    code = error.code().name  # type: ignore[attr-defined]
                self.codes[code] += 1
                self.longest = max(self.longest, time.monotonic() - start)


def pids(words: str) -> set[int]:
    """Processes whose command line holds `words`."""
    return {p.pid for p in psutil.process_iter(["cmdline"]) if words in " ".join(p.info["cmdline"] or ())}


@click.command(context_settings={"show_default": True})
@click.option("--address", default="127.0.0.1:50051", help="Of the edge.")
@click.option("--clients", default=4, type=click.IntRange(2))
@click.option("--kills", default=3, type=click.IntRange(1), help="Of each process.")
def main(address: str, clients: int, kills: int) -> None:
    """Print codes of the calls around each kill, the longest call, and when the process was there again."""
    for name, words in [item for item in PROCESSES.items() for _ in range(kills)]:
        running = Clients(address, clients)
        time.sleep(2)
        old, start = pids(words), time.monotonic()
        for pid in old:
            psutil.Process(pid).kill()
        while pids(words) <= old:
            time.sleep(0.1)
        back = time.monotonic() - start
        time.sleep(6)
        running.end()
        codes = ", ".join(f"{code} {count}" for code, count in running.codes.most_common())
        click.echo(f"{name:<12} another after {back:4.1f} s   longest call {running.longest:5.1f} s   {codes}")


if __name__ == "__main__":
    main()
