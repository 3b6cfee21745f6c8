"""Under which terms the training images may be used: said at export, with the data, or not at all."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from mammoganesis.errors import ConfigurationError
from training.checkpoints.origin import Training
from training.data.index import facts_of, read_index
from training.export.bundle import BundleTexts
from training.export.model_card import NO_LICENCE


def with_data(training: Training, data: Path | None) -> Training:
    """The origin of a checkpoint that does not know its training set, with the facts of that set.

    Raises:
        ConfigurationError: it is another set than the checkpoint was trained on.
        DataError: it is none.
    """
    if data is None:
        return training
    facts = facts_of(read_index(data))
    if training.data_digest not in ("", facts["digest"]):
        raise ConfigurationError(
            f"--data {data}: has the data digest {facts['digest'][:12]}..., the checkpoint was trained on "
            f"{training.data_digest[:12]}..."
        )
    return replace(training, data=facts, data_digest=facts["digest"])


def with_terms(texts: BundleTexts, training: Training, without: bool) -> BundleTexts:
    """Texts with licence and attribution: what was given, else what the training set says.

    Args:
        without: whether the bundle may go without a licence; its card then says so.

    Raises:
        ConfigurationError: none is stated, or one is although there is to be none.
    """
    licence = texts.licence.strip() or training.data.get("licence") or training.terms.get("licence", "")
    attribution = texts.attribution.strip() or training.data.get("attribution") or training.terms.get("attribution", "")
    if licence and without:
        raise ConfigurationError(f"--no-licence is given, but the licence is stated: {licence!r}; leave the option out")
    if not (licence or without):
        raise ConfigurationError(
            "no licence of the training images is stated; give --licence (an SPDX identifier or a sentence), which "
            "`prepare --licence` keeps with a set, or --no-licence for a bundle whose card says that it has none"
        )
    return replace(texts, licence=licence or NO_LICENCE, attribution=attribution)
