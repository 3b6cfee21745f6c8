"""ModelService: GetModel."""

from __future__ import annotations

from mammoganesis.bundle.bundle import Bundle
from mammoganesis.bundle.golden import BFLOAT16_ROOT_MEAN_SQUARE, LARGEST_IN_BFLOAT16
from mammoganesis.editing.labels import known_labels
from mammoganesis.errors import DeadlineExceeded, Unavailable
from mammoganesis.pictures.pixels import MARK_LINES
from mammoganesis.pictures.signature import key_id, known_keys, signer_of
from mammoganesis.recipe import limits as ranges
from mammoganesis.v1.model_pb2 import (
    EditingDefaults,
    GetModelRequest,
    GetModelResponse,
    ImageTolerance,
    LabelCombination,
    LabelField,
    ModelDimensions,
    ModelGuard,
    ReachEvidence,
    ServerLimits,
    SigningKey,
    Synthesis,
)
from services.process.config import Config
from services.rendering.calls import CallContext
from services.rendering.guarding import is_guarded
from services.rendering.jobs import Engine


class ModelServicer:
    """What is being served."""

    def __init__(self, bundle: Bundle, engine: Engine, config: Config) -> None:
        self._engine = engine
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
                max_request_bytes=config.max_request_bytes,
            ),
            label_fields=[LabelField(name=name, values=values) for name, values in limits.label_fields.items()],
            label_mixture=_label_mixture(bundle),
            image_tolerance=ImageTolerance(
                float32=manifest.golden_tolerance.image,
                float16=manifest.golden_tolerance.image_float16,
                bfloat16=LARGEST_IN_BFLOAT16,
                bfloat16_root_mean_square=BFLOAT16_ROOT_MEAN_SQUARE,
            ),
            editing=_editing_defaults(limits),
            max_style_sets=limits.style_sets,
            reach_evidence=_reach_evidence(bundle),
            signing_keys=_signing_keys(config),
            guard=_guard(bundle, config),
        )

    async def GetModel(self, request: GetModelRequest, call: CallContext) -> GetModelResponse:  # noqa: N802
        """Dimensions, digest, intended use, attribution, licence, limits of the server, and what computes images."""
        answer = GetModelResponse()
        answer.CopyFrom(self._model)
        try:
            found = await self._engine.describe()
        except (Unavailable, DeadlineExceeded):
            return answer  # the rest is known without an engine
        answer.synthesis.CopyFrom(
            Synthesis(execution_provider=found.provider, precision=found.precision, reason=found.reason)
        )
        return answer


def _label_mixture(bundle: Bundle) -> list[LabelCombination]:
    if not bundle.manifest.HasField("label_mixture"):
        return []
    return [
        LabelCombination(labels=known_labels(bundle.label_fields, values), images=images)
        for values, images in bundle.label_mixture.counts
    ]


def _reach_evidence(bundle: Bundle) -> ReachEvidence | None:
    if not bundle.manifest.HasField("reach_evidence"):
        return None
    found = bundle.manifest.reach_evidence
    return ReachEvidence(
        images_within=found.images_within,
        unlike_within=found.unlike_within,
        images_beyond=found.images_beyond,
        unlike_beyond=found.unlike_beyond,
    )


def _editing_defaults(limits: ranges.Limits) -> EditingDefaults:
    start, end = ranges.DEFAULT_SIGMAS
    return EditingDefaults(
        psi=ranges.DEFAULT_PSI,
        max_psi=ranges.MAX_PSI,
        rho=ranges.DEFAULT_RHO,
        epsilon=limits.default_epsilon,
        low_resolution_epsilon=limits.low_resolution_epsilon,
        max_epsilon=ranges.MAX_EPSILON,
        strength=ranges.DEFAULT_STRENGTH,
        max_sigmas=ranges.MAX_SIGMAS,
        sigmas_start=start,
        sigmas_end=end,
        sweep_steps=ranges.DEFAULT_SWEEP_STEPS,
        max_sweep_steps=ranges.MAX_SWEEP_STEPS,
        interpolation_steps=ranges.DEFAULT_INTERPOLATION_STEPS,
        max_interpolation_steps=ranges.MAX_INTERPOLATION_STEPS,
        max_component_edits=ranges.MAX_COMPONENT_EDITS,
        max_style_transfers=ranges.MAX_STYLE_TRANSFERS,
        max_regions=ranges.MAX_REGIONS,
        max_noise_seeds=ranges.MAX_NOISE_SEEDS,
        max_seed=ranges.MAX_SEED,
        name_pattern=ranges.NAME_PATTERN,
        mark_lines=MARK_LINES,
    )


def _guard(bundle: Bundle, config: Config) -> ModelGuard | None:
    if not is_guarded(bundle.manifest, config):
        return None
    said = bundle.manifest.guard
    return ModelGuard(
        images=said.images,
        limit=said.limit,
        control=said.control,
        controls=said.controls,
        controls_below=said.controls_below,
    )


def _signing_keys(config: Config) -> list[SigningKey]:
    """The key that signs, and those that have signed before, each once."""
    signer = signer_of(config.signing_key_file)
    keys = known_keys(signer, config.signing_public_keys_file)
    signing = None if signer is None else signer.public_key
    return [SigningKey(key_id=key_id(key), public_key=key, signs=key == signing) for key in keys]
