"""Clients that do not read their streams, beside others of the same application."""

from __future__ import annotations

import json
import urllib.request

import grpc
import pytest

from mammoganesis.v1 import model_pb2, model_pb2_grpc, sampling_pb2, sampling_pb2_grpc
from mammoganesis.v1.images_pb2 import IMAGE_ENCODING_RAW_FLOAT32, ImageFormat
from tests.e2e.system import System, until
from tests.e2e.test_faults import ENGINE, busy

pytestmark = pytest.mark.cluster

READERS = 4
RAW = ImageFormat(encoding=IMAGE_ENCODING_RAW_FLOAT32)  # fills what is between in fewer images
FEW_BYTES = [("grpc.http2.bdp_probe", 0), ("grpc.http2.lookahead_bytes", 2**14), ("grpc.use_local_subchannel_pool", 1)]


def test_clients_that_read_nothing_hold_up_nobody(system: System) -> None:
    engine = system.pid(ENGINE)
    channels = [grpc.insecure_channel(system.address, FEW_BYTES) for _ in range(READERS)]
    streams = []
    for k, channel in enumerate(channels):
        seeds = sampling_pb2.SeedRange(first=10**7 * (k + 1), count=10_000)
        request = sampling_pb2.StreamSamplesRequest(seed_range=seeds, format=RAW)
        metadata = (("x-request-id", f"slow-{k}"),)
        streams.append(sampling_pb2_grpc.SamplingServiceStub(channel).StreamSamples(request, metadata=metadata))
        next(streams[-1])
    until(lambda: not busy(engine))  # everything between it and the clients is full
    with system.channel() as channel:
        sampling = sampling_pb2_grpc.SamplingServiceStub(channel)
        model = model_pb2_grpc.ModelServiceStub(channel)
        for seed in range(20):
            assert sampling.Sample(sampling_pb2.SampleRequest(seeds=[2 * 10**6 + seed]), timeout=60).images
            assert model.GetModel(model_pb2.GetModelRequest(), timeout=60).name
        flowing = sampling.StreamSamples(
            sampling_pb2.StreamSamplesRequest(seed_range=sampling_pb2.SeedRange(first=3 * 10**6, count=50)), timeout=60
        )
        assert [answer.index for answer in flowing] == list(range(50))
    asked = urllib.request.Request(
        f"{system.studio_url}/mammoganesis.v1.SamplingService/Sample",
        b'{"seeds": [4000000]}',
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(asked, timeout=60) as answer:
        assert json.load(answer)["images"]
    for stream in streams:  # each still has what is its own, in order
        assert [next(stream).index for _ in range(5)] == [1, 2, 3, 4, 5]
        stream.cancel()
    for opened in channels:
        opened.close()
    ids = [f"slow-{k}" for k in range(READERS)]
    until(lambda: len(system.codes(ids)) == READERS)
    assert set(system.codes(ids)) == {"CANCELLED"}
