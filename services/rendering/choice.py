"""What the networks run on: what was asked for, what this machine offers, and what the golden cases say of it.

    asked            auto                                float32        bfloat16              float16
    auto             CUDA; else bfloat16 on OpenVINO     CUDA, or       OpenVINO              CUDA
                     where the CPU has a unit for it,    ONNX Runtime
                     else ONNX Runtime in float32
    onnxruntime      float32                             float32        refused               refused
    openvino         bfloat16 as above, else float32     float32        bfloat16, or refused  refused
    cuda             float16 where the bundle has it     float32        refused               float16

`attempts` is that table, without a machine; `open_networks` tries one attempt after the other. Whatever opens is held
against the golden cases first. Never is anything else taken than what was asked for, and of `auto` the choice says why.

Left to choose, bfloat16 is taken only where it also draws an image faster than what would be taken otherwise: both are
opened, and processor time decides. Where so little is drawn that this would take longer than it wins (FEW_PIXELS),
`auto` of both stays with float32.
"""

from __future__ import annotations

import logging
import math
import time
from dataclasses import dataclass, replace

import numpy as np

from mammoganesis.bundle import openvino_networks
from mammoganesis.bundle.bundle import Bundle
from mammoganesis.bundle.golden import (
    LEAST_DECIBELS,
    check_golden_images,
    check_golden_masked,
    check_golden_previews,
    golden_feeds,
)
from mammoganesis.bundle.runtimes import BFLOAT16, CPU, CUDA, FLOAT16, FLOAT32, OPENVINO, Runtime
from mammoganesis.bundle.sessions import Session, has_cuda
from mammoganesis.errors import BundleError, FailedPrecondition
from services.process.arithmetic import AUTO
from services.process.config import Config

logger = logging.getLogger(__name__)

LEAST_GAIN = 1.1
"""Times as fast as in float32 that bfloat16 must be to be chosen; below, what it loses buys nothing."""
_LEAST_ROUNDS, _MOST_ROUNDS, _SECONDS = 5, 50, 0.5
FEW_PIXELS = 2**23
"""Whoever draws fewer has them sooner in float32 than bfloat16 is compiled and measured: 128 images of 256x256 pixels,
32 of 512x512."""
WITHOUT_BFLOAT16 = "this CPU has neither AMX nor AVX512-BF16"
WITHOUT_OPENVINO = "OpenVINO is not installed"


@dataclass(frozen=True)
class Offers:
    """What a machine and a bundle have."""

    cuda: bool  # of ONNX Runtime
    openvino: bool  # the package
    bfloat16: str  # what the CPU multiplies bfloat16 with; "": nothing
    float16_network: bool  # of the bundle

    @classmethod
    def here(cls, float16_network: bool) -> Offers:
        """Of this machine."""
        installed = openvino_networks.installed()
        return cls(has_cuda(), installed, openvino_networks.bfloat16_unit(), float16_network)


@dataclass(frozen=True)
class Attempt:
    """A provider and a precision, and why they are taken."""

    provider: str
    precision: str
    reason: str


@dataclass(frozen=True, eq=False)
class Networks:
    """What draws."""

    synthesis: Session
    preview: Session | None
    masked: Session | None
    reason: str  # why these, for people


def attempts(provider: str, precision: str, offers: Offers, few: str = "") -> list[Attempt]:
    """What to try, in order; at least one.

    Args:
        provider: "auto", "onnxruntime", "openvino" or "cuda".
        precision: "auto", "float32", "bfloat16" or "float16".
        offers: what there is.
        few: why nothing is looked for that is faster to draw and slower to open; "": it is.

    Raises:
        FailedPrecondition: there is nothing of what was asked for.
    """
    _refuse(provider, precision, offers)
    found: list[Attempt] = []
    if provider in (AUTO, "cuda") and precision != BFLOAT16 and offers.cuda:
        half = precision != FLOAT32 and offers.float16_network
        found.append(Attempt(CUDA, FLOAT16 if half else FLOAT32, "ONNX Runtime has CUDA"))
    if provider == "cuda" or precision == FLOAT16:
        return found
    lacking = "" if offers.openvino else WITHOUT_OPENVINO
    lacking = lacking if offers.bfloat16 else WITHOUT_BFLOAT16
    lacking = few if few and provider == precision == AUTO else lacking
    if provider in (AUTO, "openvino") and precision in (AUTO, BFLOAT16) and not lacking:
        found.append(Attempt(OPENVINO, BFLOAT16, f"this CPU has {offers.bfloat16}"))
    if precision != BFLOAT16:
        reason = lacking if provider != "onnxruntime" and precision == AUTO else ""
        found.append(Attempt(OPENVINO if provider == "openvino" else CPU, FLOAT32, reason))
    return found


def _refuse(provider: str, precision: str, offers: Offers) -> None:
    if provider == "cuda" and not offers.cuda:
        raise FailedPrecondition("execution provider cuda: this ONNX Runtime has none; install mammoganesis[gpu]")
    if precision == FLOAT16:
        if not offers.float16_network:
            text = "this bundle has no such network; export it with --fp16"
            raise FailedPrecondition(f"synthesis precision float16: {text}")
        if provider not in (AUTO, "cuda") or not offers.cuda:
            raise FailedPrecondition("synthesis precision float16: it is for CUDA only; take float32 or auto")
    if precision == BFLOAT16 and provider in ("onnxruntime", "cuda"):
        text = f"it is for openvino only, not for {provider}; take float32 or auto"
        raise FailedPrecondition(f"synthesis precision bfloat16: {text}")
    if (provider == "openvino" or precision == BFLOAT16) and not offers.openvino:
        named = "execution provider openvino" if provider == "openvino" else "synthesis precision bfloat16"
        raise FailedPrecondition(f"{named}: {WITHOUT_OPENVINO}; install mammoganesis[openvino]")
    if precision == BFLOAT16 and not offers.bfloat16:
        raise FailedPrecondition(f"synthesis precision bfloat16: {WITHOUT_BFLOAT16}; take float32 or auto")


def open_networks(bundle: Bundle, config: Config, offers: Offers | None = None, images: int | None = None) -> Networks:
    """The networks that draw, opened and held against the golden cases.

    Args:
        bundle: that they are of.
        config: what is asked for.
        offers: None: what there is here.
        images: that will be drawn; None: any number.

    Raises:
        BundleError: a network is damaged or gives other images than the golden ones.
        FailedPrecondition: what was asked for is not there, or in bfloat16 gives other images.
    """
    provider, precision = config.execution_provider, config.synthesis_precision
    left = attempts(provider, precision, offers or Offers.here(bundle.has_float16), few_of(bundle, images))
    passed_over: list[str] = []
    while True:
        attempt = left.pop(0)
        try:
            networks = _opened(bundle, attempt, config.intra_op_threads, passed_over)
            if attempt.precision == BFLOAT16 and left:
                return _if_faster(bundle, networks, left[0], config.intra_op_threads)
            return networks
        except _NotHereError as refusal:
            if not left:
                asked = "execution provider" if provider != AUTO else "synthesis precision"
                value = provider if provider != AUTO else precision
                raise FailedPrecondition(f"{asked} {value}: {refusal}") from refusal
            logger.warning("%s; going on without", refusal)
            passed_over.append(str(refusal))


def few_of(bundle: Bundle, images: int | None) -> str:
    """Why no more is looked for than float32, for so few images; "": they are many, or nobody knows how many."""
    enough = math.ceil(FEW_PIXELS / bundle.manifest.dimensions.resolution**2)
    return f"for fewer than {enough} images nothing faster is looked for" if (images or enough) < enough else ""


def times_as_fast(bundle: Bundle, session: Session, other: Session) -> float:
    """Processor time that `other` takes for one image, in that of `session`: the least of several rounds in
    alternation, so that it matters little what else the machine does."""
    feeds = {name: np.ascontiguousarray(values[:1]) for name, values in golden_feeds(bundle, session).items()}
    seconds: dict[Session, list[float]] = {session: [], other: []}
    began = time.process_time()
    for done in range(1 + _MOST_ROUNDS):  # the first warms up
        if done > _LEAST_ROUNDS and time.process_time() - began > _SECONDS:
            break
        for one, taken in seconds.items():
            start = time.process_time()
            one.run(feeds, ["image"])
            taken.append(time.process_time() - start)
    return min(seconds[other][1:]) / min(seconds[session][1:])


def _if_faster(bundle: Bundle, networks: Networks, otherwise: Attempt, threads: int) -> Networks:
    """The networks, which draw faster than what would be taken otherwise; else raises _NotHereError."""
    other = bundle.open_synthesis(Runtime(otherwise.provider, otherwise.precision, threads))
    ratio = times_as_fast(bundle, networks.synthesis, other)
    told = f"{ratio:.1f} times as fast as {otherwise.precision}"
    if ratio < LEAST_GAIN:
        raise _NotHereError(f"bfloat16 is only {told} here (at least {LEAST_GAIN:g})")
    return replace(networks, reason=f"{networks.reason}; it is {told}")


class _NotHereError(Exception):
    """An attempt that has come to nothing; the message says why."""


def _opened(bundle: Bundle, attempt: Attempt, threads: int, passed_over: list[str]) -> Networks:
    runtime = Runtime(attempt.provider, attempt.precision, threads)
    try:
        synthesis = bundle.open_synthesis(runtime)
        if synthesis.provider != attempt.provider:
            raise _NotHereError("ONNX Runtime could not load CUDA; its log says why")
        if synthesis.precision != attempt.precision:
            raise _NotHereError(f"OpenVINO computes in {synthesis.precision} here, not in {attempt.precision}")
        least = check_golden_images(bundle, synthesis)
        preview = bundle.open_preview(runtime) if bundle.has_preview else None
        if preview is not None:
            least = min(least, check_golden_previews(bundle, preview))
        masked = bundle.open_masked(runtime) if bundle.has_masked else None
        if masked is not None:
            least = min(least, check_golden_masked(bundle, masked))
    except BundleError as error:
        if attempt.precision != BFLOAT16:
            raise
        raise _NotHereError(f"bfloat16: {error.reason}") from error
    reasons = [*passed_over, attempt.reason]
    if attempt.precision == BFLOAT16:
        reasons.append(f"the golden cases agree to {least:.1f} dB (at least {LEAST_DECIBELS:g})")
    return Networks(synthesis, preview, masked, "; ".join(filter(None, reasons)) or "as asked for")
