"""Where the weights of a checkpoint come from, as its checkpoint.json says: data, options, what it began from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from mammoganesis.errors import ConfigurationError
from training import configs
from training.configs.options import OPTIONS, TrainingOptions

LEFT_OUT = ("generator", "compile", "verify_data", "keep_checkpoints")  # what says nothing of the weights, or more


@dataclass(frozen=True)
class Training:
    """Where the weights come from. Empty where nothing is known."""

    digest: str  # SHA-256 of generator_ema.safetensors, 64 hexadecimal digits
    kimg: float  # images shown to the discriminator, in thousands
    label_dropout: float = 0.0  # share of the images, field by field, whose labels were withheld, 0 to 1
    data: dict[str, Any] = field(default_factory=dict)  # see training.data.index.facts_of
    data_digest: str = ""  # of the training set, also where no more is known of it
    command: str = ""  # options of `train`, no paths
    ancestors: tuple[dict[str, Any], ...] = ()  # what it began from, the oldest first; see `ancestors_with`
    imported: str = ""  # whose file it was made of, where it was not trained here
    terms: dict[str, str] = field(default_factory=dict)  # licence and attribution, as far as such a file says them


def training_of(content: dict[str, Any], digest: str) -> Training:
    """The origin of a checkpoint.

    Args:
        content: of its checkpoint.json.
        digest: SHA-256 of its generator_ema.safetensors.
    """
    options, imported = content.get("training_options") or {}, content.get("imported") or {}
    data = content.get("data") or {}
    return Training(
        digest=digest,
        kimg=int(content.get("images_seen", 0)) / 1000,
        label_dropout=float(options.get("label_dropout", 0.0)),
        data=data,
        data_digest=content.get("dataset_digest") or data.get("digest", ""),
        command=_command(options),
        ancestors=tuple(content.get("ancestors", ())),
        imported=_imported(imported) if imported else "",
        terms={name: imported[name] for name in ("licence", "attribution") if imported.get(name)},
    )


def _imported(imported: dict[str, Any]) -> str:
    said = [f"licence {imported['licence']}"] if imported.get("licence") else []
    said += [imported["attribution"]] if imported.get("attribution") else []
    images = f" (of its training images: {'; '.join(said)})" if said else ""
    return f"{imported['kind']} {imported.get('file', '')}, SHA-256 {imported['sha256']}{images}"


def _command(options: dict[str, Any]) -> str:
    """The command of stored options; empty where there are none, or none that this version knows."""
    try:
        return command_of(TrainingOptions.from_dict(options)) if options else ""
    except ConfigurationError:
        return ""


def ancestors_with(content: dict[str, Any], digest: str) -> tuple[dict[str, Any], ...]:
    """The ancestors of what begins from a checkpoint: its own and itself.

    Args:
        content: of its checkpoint.json.
        digest: SHA-256 of its generator_ema.safetensors.
    """
    own = training_of(content, digest)
    itself = {"digest": digest, "kimg": own.kimg, "command": own.command, "imported": own.imported}
    return (*own.ancestors, itself | {"data_digest": own.data_digest, "data": own.data})


def command_of(options: TrainingOptions) -> str:
    """The options of `train` that give these, from the known run that is nearest; without data and folders."""
    known = {name: _differences(configs.load(name), options) for name in configs.NAMES}
    nearest = min(known, key=lambda name: len(known[name]))
    given, others = [f"--config {nearest}"], []
    for name, value in known[nearest].items():
        (given if name in OPTIONS else others).append(_typed(name, value))
    labels = [name for name, _ in options.generator.label_fields]
    given += [f"--labels {','.join(labels)}"] if labels else []
    command = f"mammoganesis-training train {' '.join(given)}"
    return f"{command}  # and in the configuration: {', '.join(others)}" if others else command


def _differences(known: TrainingOptions, options: TrainingOptions) -> dict[str, Any]:
    """Fields in which options differ from a known run, with their values; those of the generator by dotted names."""
    old, new = known.to_dict(), options.to_dict()
    found = {name: value for name, value in new.items() if name not in LEFT_OUT and value != old[name]}
    for name, value in new["generator"].items():
        if not name.startswith("label_") and value != old["generator"][name]:
            found[f"generator.{name}"] = value
    return found


def _typed(name: str, value: Any) -> str:
    """A field as it is typed, or as it would stand in a configuration."""
    if isinstance(value, list):
        value = ",".join(map(str, value))
    text = f"{value:g}" if isinstance(value, float) else str(value)
    return f"{OPTIONS[name]} {text}" if name in OPTIONS else f"{name} = {text}"
