"""Whether copies of training images are kept in, as the configuration says."""

from __future__ import annotations

from mammoganesis.bundle.bundle import Bundle
from mammoganesis.bundle.guard import Guard
from mammoganesis.bundle.v1.manifest_pb2 import BundleManifest
from mammoganesis.errors import FailedPrecondition
from services.process.config import Config, variable


def is_guarded(manifest: BundleManifest, config: Config) -> bool:
    """Whether images of a bundle that are too near to a training image are refused.

    Raises:
        FailedPrecondition: it is asked for, and the bundle has no guard.
    """
    if config.guard == "off":
        return False
    if not manifest.HasField("guard"):
        raise FailedPrecondition(
            f"{variable('guard')} is on, and the bundle {manifest.name} {manifest.version} has no guard; export it "
            "with --guard, or set it to off"
        )
    return True


def guard_of(bundle: Bundle, config: Config) -> Guard | None:
    """The guard, open; None where none is asked for.

    Raises:
        BundleError: it is damaged, or computes something else than where it was exported.
        FailedPrecondition: as `is_guarded`.
    """
    return bundle.open_guard() if is_guarded(bundle.manifest, config) else None
