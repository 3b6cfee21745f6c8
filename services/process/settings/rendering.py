"""What draws: the engine, its queue and the cache of latents."""

from __future__ import annotations

from typing import Any, Self

from pydantic import BaseModel, field_validator, model_validator

from mammoganesis.errors import InvalidArgument
from mammoganesis.recipe.limits import CallLimits
from services.process.arithmetic import AUTO, PRECISIONS, PROVIDERS
from services.process.fields import integer, one_of, seconds, variable


class RenderingSettings(BaseModel):
    """What draws: the engine, its queue and the cache of latents."""

    max_batch_size: int = integer("Images synthesised at once.", 8, 1, 256, "images")
    max_batch_seconds: float = seconds(
        "An engine that is at one batch for longer hangs, and its process is replaced.", 120.0, 0.1, 86_400
    )
    max_queued_images: int = integer("Images that may wait in the engine's queue.", 256, 1, 100_000, "images")
    max_images_per_call: int = integer(
        "Images in one call; where `max_queued_images` is lower, that is the limit.",
        CallLimits.max_images_per_call,
        1,
        64,
        "images",
    )
    max_images_per_stream: int = integer("Images in one stream.", CallLimits.max_images_per_stream, 1, 10_000, "images")
    max_message_bytes: int = integer("Bytes of one answer.", CallLimits.max_message_bytes, 2**16, 2**30, "bytes")
    cache_ttl_seconds: int = integer("How long Redis keeps a latent.", 7 * 86_400, 1, 31_536_000, "seconds")
    redis_timeout_seconds: float = seconds(
        "Limit of a Redis command; what takes longer is a miss, and Redis is left alone for a while.",
        0.2,
        0.01,
        10,
        option=False,
    )
    redis_max_connections: int = integer(
        "Connections of one process to Redis.", 16, 1, 1_000, "connections", option=False
    )
    local_cache_entries: int = integer(
        "Latents kept in the process itself.", 4096, 0, 1_000_000, "entries (0: off)", option=False
    )
    intra_op_threads: int = integer("Threads of one synthesis.", 0, 0, 1_024, "threads (0: the runtime decides)")
    execution_provider: str = one_of(
        "Where the networks run; auto: CUDA where it is there, else OpenVINO where that is faster and agrees with the "
        "golden cases, else ONNX Runtime. cpu is another name of onnxruntime.",
        *PROVIDERS,
        "cpu",
        default=AUTO,
        short="provider",
    )
    synthesis_precision: str = one_of(
        "Of the synthesis; auto: float16 on CUDA where the bundle has such a network, bfloat16 on OpenVINO where the "
        "CPU has AMX or AVX512-BF16, it is faster and agrees with the golden cases, else float32. float16 needs CUDA, "
        "bfloat16 OpenVINO.",
        *PRECISIONS,
        default=AUTO,
        short="precision",
    )
    guard: str = one_of(
        "Whether images that are too near to a training image are refused; on needs a bundle that was exported with "
        "--guard.",
        "off",
        "on",
        default="off",
    )

    @field_validator("execution_provider", "synthesis_precision", "guard", mode="before")
    @classmethod
    def _words_in_any_capitals(cls, value: Any) -> Any:
        return value.lower() if isinstance(value, str) else value

    @field_validator("execution_provider")
    @classmethod
    def _one_name(cls, value: str) -> str:
        return "onnxruntime" if value == "cpu" else value

    @model_validator(mode="after")
    def _a_batch_fits(self) -> Self:
        if self.max_queued_images < self.max_batch_size:
            allowed = f"at least {variable('max_batch_size')} ({self.max_batch_size} images)"
            raise InvalidArgument(variable("max_queued_images"), self.max_queued_images, allowed)
        return self

    @property
    def call_limits(self) -> CallLimits:
        """What one call may ask for. A call goes to the engine as a whole: more than its queue holds would never be
        taken."""
        return CallLimits(
            max_images_per_call=min(self.max_images_per_call, self.max_queued_images),
            max_images_per_stream=self.max_images_per_stream,
            max_message_bytes=self.max_message_bytes,
        )

    @property
    def stream_window_images(self) -> int:
        """Images of one stream that are in the making at a time: one batch is drawn while another is encoded and
        sent."""
        return min(2 * self.max_batch_size, self.max_queued_images)
