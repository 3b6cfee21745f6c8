"""What a client says where something is wrong: arguments, files, servers that are not there or die."""

from __future__ import annotations

import socket
import threading
from concurrent import futures
from pathlib import Path

import grpc
import numpy as np
import pytest

from mammoganesis import errors
from mammoganesis.v1 import model_pb2, model_pb2_grpc
from services.client import Budget, Client, Image, Picture, Sampling
from services.wire.statuses import STATUS_CODES, error_of, status_of
from tests.support.patience import WAIT_SECONDS
from tests.support.serving import TINY, Copy


@pytest.mark.parametrize(
    ("call", "field"),
    [
        (lambda client: client.sample([-1]), "seeds[0]"),
        (lambda client: client.sample([2**70]), "seeds[0]"),
        (lambda client: client.sample([]), "seeds and latents"),
        (lambda client: client.sample(range(65)), "seeds and latents"),
        (lambda client: client.sample([1], sampling=Sampling(psi=float("nan"))), "truncation.psi"),
        (lambda client: client.sample([1], sampling=Sampling(noise="loud")), "noise.mode"),
        (lambda client: client.sample([1], picture=Picture("gif")), "format"),
        (lambda client: client.edit(1, [(8, 1.0)]), "edits[0].index"),
        (lambda client: client.edit(1, [(-1, 1.0)]), "component"),
        (lambda client: client.edit(1, [(0, 1.0, 3, 2)]), "edits[0].layer_end"),
        (lambda client: list(client.sweep(1, 0, steps=1)), "steps"),
        (lambda client: client.transfer(1, 2, [9]), "regions[0].index"),
        (lambda client: client.transfer(1, 2, 0, budget=Budget(epsilon=-1)), "epsilon"),
        (lambda client: client.segment(np.full(96, np.inf)), "latent.w.values[0]"),
    ],
)
def test_bad_arguments_name_field_and_range(client: Client, call: object, field: str) -> None:
    with pytest.raises(errors.InvalidArgument) as caught:
        call(client)  # type: ignore[operator]
    assert caught.value.field == field
    assert caught.value.allowed
    assert "allowed: " in str(caught.value)


def test_an_unknown_latent_id_is_not_found(client: Client) -> None:
    with pytest.raises(errors.NotFound, match="send the recipe"):
        client.edit("lat_" + "0" * 32, [(0, 1.0)])


def test_a_damaged_bundle_is_refused(tmp_path: Path) -> None:
    copy = Copy(tmp_path / "bundle")
    (copy.folder / "affine.onnx").write_bytes(b"damaged")
    with pytest.raises(errors.BundleError, match=r"affine\.onnx"):
        Client.local(copy.folder)


def test_nobody_there_is_unavailable() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
        with Client.connect(address) as client, pytest.raises(errors.Unavailable) as caught:
            client.model()
    assert str(caught.value) == f"no answer from {address}: nothing serves there, or it has gone"


def test_no_words_of_the_library_reach_the_user(edge: str) -> None:
    with Client.connect(edge, max_message_bytes=5000) as client, pytest.raises(errors.ResourceExhausted) as caught:
        client.sample(range(64), picture=Picture("raw"))
    assert "this client takes 5000; take StreamSamples" in str(caught.value)
    server = grpc.server(futures.ThreadPoolExecutor(1))  # of something else
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        with Client.connect(f"127.0.0.1:{port}") as client, pytest.raises(errors.MammoganesisError) as caught:
            client.model()
    finally:
        server.stop(None)
    assert str(caught.value) == f"UNIMPLEMENTED: 127.0.0.1:{port} does not answer as a MammoGANesis server does"


def test_an_address_without_port_is_refused() -> None:
    with pytest.raises(errors.InvalidArgument, match="address"):
        Client.connect("localhost")


class Flaky(model_pb2_grpc.ModelServiceServicer):
    """Dies twice, answers then; or takes its time."""

    def __init__(self) -> None:
        self.calls = 0
        self.released = threading.Event()

    def GetModel(self, request: model_pb2.GetModelRequest, context: grpc.ServicerContext):  # noqa: N802
        self.calls += 1
        if self.calls <= 2:
            context.abort(grpc.StatusCode.UNAVAILABLE, "a replica has died")
        if self.calls > 3:
            self.released.wait(WAIT_SECONDS)
        return model_pb2.GetModelResponse(name="third")


def test_a_dying_replica_is_asked_again_and_a_deadline_ends_the_wait() -> None:
    servicer = Flaky()
    server = grpc.server(futures.ThreadPoolExecutor(2))
    model_pb2_grpc.add_ModelServiceServicer_to_server(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        with Client.connect(f"127.0.0.1:{port}", deadline_seconds=60) as client:
            assert client.model().name == "third"
            assert servicer.calls == 3
        with (
            Client.connect(f"127.0.0.1:{port}", deadline_seconds=0.2) as client,
            pytest.raises(errors.DeadlineExceeded),
        ):
            client.model()
    finally:
        servicer.released.set()
        server.stop(None)


def test_every_error_of_ours_survives_the_wire() -> None:
    samples = [
        errors.InvalidArgument("edits[0].sigmas", 21.0, "-20 to 20"),
        errors.NotFound("gone"),
        errors.FailedPrecondition("no regions"),
        errors.Aborted("another was faster"),
        errors.ResourceExhausted("full"),
        errors.DeadlineExceeded("late"),
        errors.Unavailable("starting"),
        errors.Unauthenticated("no token"),
        errors.PermissionDenied("your roles: reader"),
    ]
    assert {type(error) for error in samples} == set(STATUS_CODES)
    for error in samples:
        back = error_of(*status_of(error))
        assert type(back) is type(error)
        assert str(back) == str(error)
        assert getattr(back, "field", None) == getattr(error, "field", None)
        assert getattr(back, "allowed", None) == getattr(error, "allowed", None)
    unknown = error_of(grpc.StatusCode.INTERNAL, "internal error 12ab")
    assert type(unknown) is errors.MammoganesisError
    assert "INTERNAL" in str(unknown)


def test_a_closed_local_client_may_be_closed_again() -> None:
    client = Client.local(TINY)
    assert isinstance(client.sample([1])[0], Image)
    client.close()
    client.close()
