"""The client: one method an RPC, Python values in, images out."""

import os
from types import TracebackType
from typing import Self, Unpack

from services.client.audit import AuditCalls
from services.client.cases import CaseCalls
from services.client.editing import EditingCalls
from services.client.jobs import JobCalls
from services.client.platforms import PlatformCalls
from services.client.quotas import QuotaCalls
from services.client.registry import RegistryCalls
from services.client.sampling import SamplingCalls
from services.client.status import StatusCalls
from services.client.studies import StudyCalls
from services.client.transport import ChannelTransport, LocalTransport
from services.client.way import Way, taken


class Client(
    SamplingCalls,
    EditingCalls,
    CaseCalls,
    StudyCalls,
    RegistryCalls,
    JobCalls,
    AuditCalls,
    PlatformCalls,
    QuotaCalls,
    StatusCalls,
):
    """A synchronous client; a context manager; safe to share between threads.

    Wherever a latent is asked for, any of these will do: a seed (int), a latent id ("lat_..."), a Recipe, an Image
    from an earlier answer, the path of one of our PNG files (pathlib.Path), or a code w [w_dim] or
    ws [num_ws, w_dim] (array).
    What else a call can ask for comes in groups: `Sampling` of seeds, `Picture` of images, `Budget` of transfers.
    Every method raises the errors of `mammoganesis.errors`: InvalidArgument (with field, value and range), NotFound,
    FailedPrecondition, ResourceExhausted, DeadlineExceeded, Unavailable, Unauthenticated.

    Example:
        >>> with Client.connect("127.0.0.1:50051") as client:
        ...     image = client.sample([7], sampling=Sampling(psi=0.8))[0]
        ...     denser = client.edit(image, [(0, 2.0)])
        ...     denser.save("denser.png")
    """

    @classmethod
    def connect(
        cls,
        address: str = "127.0.0.1:50051",
        *,
        deadline_seconds: float = 120.0,
        max_message_bytes: int = 64 * 2**20,
        background: bool = False,
        **way: Unpack[Way],
    ) -> Self:
        """A client of a running server; connects at the first call.

        Args:
            address: "host:port" of the edge.
            deadline_seconds: of one call without stream; a stream has five times as much.
            max_message_bytes: largest message either way.
            background: whether its images can wait until nobody else's do.
            way: TLS, and who the client says it is; the keywords of `services.client.way.Way`.

        Raises:
            InvalidArgument: a file is not what it has to be, or goes with one that is not given.
            FailedPrecondition: others could read the token on its way.
        """
        trust, token = taken(address, way)
        metadata = () if token is None else token.metadata
        return cls(ChannelTransport(address, deadline_seconds, max_message_bytes, background, metadata, trust))

    @classmethod
    def local(
        cls,
        bundle: str | os.PathLike[str] | None = None,
        *,
        intra_op_threads: int | None = None,
        max_batch_size: int | None = None,
        provider: str | None = None,
        precision: str | None = None,
        images: int | None = None,
    ) -> Self:
        """A client without a server: the same servicers, in this process.

        What is None comes from the configuration (`services.process.config`): the environment, or its defaults.

        Args:
            bundle: folder of the bundle.
            intra_op_threads: threads of one synthesis; 0 leaves it to the runtime.
            max_batch_size: images synthesised at once, 1 to 256.
            provider: what computes the images: "auto", "onnxruntime", "openvino" or "cuda".
            precision: of the synthesis: "auto", "float32", "bfloat16" or "float16".
            images: that will be drawn, where it is known: for few (fewer than 128 of 256x256 pixels, 32 of 512x512)
                "auto" takes float32, which opens soonest, instead of looking for what draws fastest.

        Raises:
            BundleError: the bundle is missing, damaged or of another format.
            FailedPrecondition: the provider or the precision is not there.
        """
        settings = {
            "intra_op_threads": intra_op_threads,
            "max_batch_size": max_batch_size,
            "execution_provider": provider,
            "synthesis_precision": precision,
        }
        return cls(LocalTransport(bundle, images, **settings))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None):
        self.close()

    def close(self) -> None:
        """Closes the connection, or ends the engine of a local client."""
        self._transport.close()
