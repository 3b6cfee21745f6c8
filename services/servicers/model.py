"""ModelService: GetModel."""

from __future__ import annotations

from mammoganesis.bundle.loading import Bundle
from mammoganesis.v1.model_pb2 import GetModelRequest, GetModelResponse, LabelField, ModelDimensions, ServerLimits
from services.process.config import Config
from services.rendering.calls import CallContext


class ModelServicer:
    """What is being served."""

    def __init__(self, bundle: Bundle, config: Config) -> None:
        manifest, dims, limits = bundle.manifest, bundle.manifest.dimensions, bundle.limits(config.call_limits)
        self._model = GetModelResponse(
            name=manifest.name,
            version=manifest.version,
            bundle_digest=bundle.digest,
            dimensions=ModelDimensions(
                z_dim=dims.z_dim,
                w_dim=dims.w_dim,
                num_ws=dims.num_ws,
                num_styles=dims.num_styles,
                resolution=dims.resolution,
                channels=dims.channels,
                num_components=limits.num_components,
                num_regions=limits.num_regions,
                preview_resolution=limits.preview_resolution,
            ),
            intended_use=manifest.intended_use,
            attribution=manifest.attribution,
            licence=manifest.licence,
            limits=ServerLimits(
                max_images_per_call=limits.calls.max_images_per_call,
                max_images_per_stream=config.max_images_per_stream,
                max_batch_size=config.max_batch_size,
                max_queued_images=config.max_queued_images,
                max_message_bytes=config.max_message_bytes,
                max_deadline_seconds=config.max_deadline_seconds,
                max_stream_seconds=config.max_stream_seconds,
            ),
            label_fields=[LabelField(name=name, values=values) for name, values in limits.label_fields.items()],
        )

    async def GetModel(self, request: GetModelRequest, call: CallContext) -> GetModelResponse:  # noqa: N802
        """Dimensions, digest, intended use, attribution, licence and the limits of the server."""
        return self._model
