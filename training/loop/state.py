"""What a training run is made of, how it starts, and how it goes into a checkpoint and comes back."""

from __future__ import annotations

import copy
import dataclasses
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from mammoganesis.errors import CheckpointError, ConfigurationError
from mammoganesis.files import Location
from training.accelerators import Device
from training.augment import Augment
from training.checkpoints import checkpoint
from training.checkpoints.digest import generator_digest
from training.checkpoints.origin import ancestors_with
from training.configs.options import TrainingOptions
from training.data.labels import LabelFields
from training.loop import compiled, growth
from training.loop.projected import Projected, create_projected
from training.loop.relabelling import relabelled
from training.loop.widening import widened
from training.networks import Discriminator, Generator, half

ADAM_EPSILON = 1e-8
FUSED = ("cpu", "cuda")  # devices that have Adam as one kernel


@dataclass
class TrainingState:
    """Everything that changes during training."""

    options: TrainingOptions
    device: Device
    generator: Generator
    generator_ema: Generator
    discriminator: Discriminator
    generator_optimizer: torch.optim.Adam
    discriminator_optimizer: torch.optim.Adam
    augment: Augment
    pl_mean: Tensor  # scalar, running mean path length
    sign_sum: Tensor  # scalar, sum of the signs of the logits of real images since p was adjusted
    projected: Projected | None = None  # a second discriminator, on a frozen network
    teachers: frozenset[str] = frozenset()  # frozen networks behind it, and behind what the run began from
    step: int = 0  # steps done
    images_seen: int = 0  # real images shown
    dataset_digest: str = ""  # of the training set; empty where it is not known
    data: dict[str, Any] = field(default_factory=dict)  # facts of the training set; see training.data.index.facts_of
    ancestors: tuple[dict[str, Any], ...] = ()  # what it began from, the oldest first; see training.checkpoints.origin


def adam(module: torch.nn.Module, learning_rate: float, interval: int) -> torch.optim.Adam:
    """Adam, corrected for the extra regularisation step every `interval` steps (Karras et al. 2020, appendix B)."""
    ratio = interval / (interval + 1)
    parameters = list(module.parameters())
    fused = parameters[0].device.type in FUSED
    return torch.optim.Adam(
        parameters,
        lr=learning_rate * ratio,
        betas=(0.0, 0.99**ratio),
        eps=ADAM_EPSILON,
        fused=fused,
        foreach=not fused,
    )


def create(options: TrainingOptions, device: Device) -> TrainingState:
    """A fresh state; a function of `options.seed`."""
    options.share(device.world)  # an impossible split is refused before anything is built
    device.seed(options.seed)
    target = device.torch_device

    def place(module: torch.nn.Module) -> Any:
        return module.to(target, memory_format=torch.channels_last)  # type: ignore[call-overload]

    generator: Generator = place(Generator(options.generator))
    discriminator: Discriminator = place(Discriminator(options.discriminator))
    second = create_projected(options, place)
    for module in (generator, discriminator, *([] if second is None else [second.discriminator])):
        device.broadcast(module)
    augment = Augment(options.augment).to(target)
    augment.p.fill_(options.ada_initial if options.ada_target is not None else 0.0)
    generator_ema = copy.deepcopy(generator).eval().requires_grad_(False)
    if options.precision == "float16":
        half.check_float16(target)
        half.use_float16(generator)
        half.use_float16(discriminator)
    if options.compile:
        compiled.check(target)
        compiled.compile_networks((generator.mapping, generator.synthesis, discriminator, augment))
    return TrainingState(
        options=options,
        device=device,
        generator=generator,
        generator_ema=generator_ema,
        discriminator=discriminator,
        generator_optimizer=adam(generator, options.generator_learning_rate, options.pl_interval),
        discriminator_optimizer=adam(discriminator, options.discriminator_learning_rate, options.r1_interval),
        augment=augment,
        pl_mean=torch.zeros((), device=target),
        sign_sum=torch.zeros((), device=target),
        projected=second,
        teachers=frozenset({options.projected} - {"none"}),
    )


def trained(state: TrainingState) -> dict[str, tuple[torch.nn.Module, torch.optim.Adam]]:
    """What has an optimiser, by its name in a checkpoint."""
    pairs: dict[str, tuple[torch.nn.Module, torch.optim.Adam]] = {
        "generator": (state.generator, state.generator_optimizer),
        "discriminator": (state.discriminator, state.discriminator_optimizer),
    }
    if state.projected is not None:
        pairs["projected"] = state.projected.discriminator, state.projected.optimizer
    return pairs


def _optimizer_tensors(prefix: str, module: torch.nn.Module, optimizer: torch.optim.Adam) -> dict[str, Tensor]:
    tensors = {}
    for name, parameter in module.named_parameters():
        for key, value in optimizer.state.get(parameter, {}).items():
            tensors[f"{prefix}/{name}/{key}"] = value
    return tensors


def _restore_optimizer(
    prefix: str, module: torch.nn.Module, optimizer: torch.optim.Adam, tensors: dict[str, Tensor]
) -> None:
    for name, parameter in module.named_parameters():
        keys = [k for k in ("step", "exp_avg", "exp_avg_sq") if f"{prefix}/{name}/{k}" in tensors]
        for key in keys:
            value = tensors[f"{prefix}/{name}/{key}"]
            if key == "step":
                value = value.to(parameter.device if optimizer.defaults["fused"] else "cpu")
            else:
                if value.shape != parameter.shape:
                    raise CheckpointError(f"optimizers: {prefix}/{name}/{key} has the shape {tuple(value.shape)}")
                value = torch.empty_like(parameter, requires_grad=False).copy_(value)  # keeps the memory layout
            optimizer.state[parameter][key] = value


def save(state: TrainingState, run: Location) -> Location:
    """Write a checkpoint into RUN/checkpoints. Every process must call it; the main one writes.

    Returns:
        the checkpoint's folder.
    """
    random, pairs = state.device.gather_random_states(), trained(state)
    optimizers = {"pl_mean": state.pl_mean, "sign_sum": state.sign_sum, "ada_p": state.augment.p}
    for name, (module, optimizer) in pairs.items():
        optimizers |= _optimizer_tensors(name, module, optimizer)
    folder = checkpoint.new_folder(run, state.images_seen)
    if state.device.is_main:
        checkpoint.write(
            folder,
            {
                **{name: module.state_dict() for name, (module, _) in pairs.items()},
                "generator_ema": state.generator_ema.state_dict(),
                "optimizers": optimizers,
                "random": random,
            },
            {
                "generator": state.options.to_dict()["generator"],
                "training_options": state.options.to_dict(),
                "teachers": sorted(state.teachers),
                "dataset_digest": state.dataset_digest,
                "data": state.data,
                "ancestors": list(state.ancestors),
                "step": state.step,
                "images_seen": state.images_seen,
                "ada_p": float(state.augment.p),
                "pl_mean": float(state.pl_mean),
            },
        )
    state.device.barrier()
    return folder


def restore(state: TrainingState, folder: Location, *, allow_other_data: bool = False) -> list[str]:
    """Continue exactly where a checkpoint was written.

    Args:
        state: a fresh one with the same networks; `dataset_digest` is compared if both are known.
        folder: the checkpoint.
        allow_other_data: go on although the training set is another one.

    Returns:
        lines that say what could not be continued exactly.

    Raises:
        ConfigurationError: the training set is another one.
        CheckpointError: the checkpoint is damaged or has other networks.
    """
    content = checkpoint.read_content(folder)
    if checkpoint.generator_config(content, str(folder)) != state.options.generator:
        raise CheckpointError(f"{folder}: its generator has other sizes than this run: {content.get('generator')}")
    state.teachers |= checkpoint.teachers(content)
    state.ancestors = tuple(content.get("ancestors", ()))
    lines = _compare_data(content.get("dataset_digest", ""), state.dataset_digest, str(folder), allow_other_data)
    pairs, tensors = trained(state), checkpoint.read_tensors(folder, "optimizers")
    for name, module in {"generator_ema": state.generator_ema, **{n: m for n, (m, _) in pairs.items()}}.items():
        checkpoint.load_into(module, checkpoint.read_tensors(folder, name), f"{folder}/{name}")
    for name, (module, optimizer) in pairs.items():
        _restore_optimizer(name, module, optimizer, tensors)
    try:
        state.pl_mean.copy_(tensors["pl_mean"])
        state.sign_sum.copy_(tensors["sign_sum"])
        state.augment.p.copy_(tensors["ada_p"])
        state.step, state.images_seen = int(content["step"]), int(content["images_seen"])
    except KeyError as error:
        raise CheckpointError(f"{folder}: {error} is missing") from error
    except (TypeError, ValueError, RuntimeError) as error:
        raise CheckpointError(f"{folder}: its counters cannot be read ({error})") from error
    return lines + _restore_random(state.device, checkpoint.read_tensors(folder, "random"))


def _compare_data(saved: str, current: str, where: str, allowed: bool) -> list[str]:
    if not saved or not current or saved == current:
        return []
    difference = (
        f"{where}: was trained on the data set {saved[:16]}, this one is {current[:16]} (digests of index.json)"
    )
    if not allowed:
        raise ConfigurationError(f"{difference}; --allow-other-data goes on all the same")
    return [difference]


def _restore_random(device: Device, states: dict[str, Tensor]) -> list[str]:
    """Take up the random streams; the device reseeds those that it does not find, as a function of the others."""
    ranks = {int(name.partition("/")[0].removeprefix("rank")) if "/" in name else 0 for name in states}
    kinds = {name.rpartition("/")[2] for name in states}
    own = set(device.random_state())
    lines = []
    if own - kinds:
        lines.append(
            f"random state: the checkpoint has that of {', '.join(sorted(kinds))}, this device draws from "
            f"{', '.join(sorted(own))}; new streams, which are a function of the checkpoint"
        )
    elif kinds - own:
        lines.append(f"random state: that of {', '.join(sorted(kinds - own))} is left out, this device has none")
    if len(ranks) != device.world:
        lines.append(f"random state: the checkpoint has that of {len(ranks)} process(es), now there are {device.world}")
    if lines:
        lines.append("the run goes on reproducibly, but not as it would have on the old device")
    device.restore_random_state(states)
    return lines


def initialize_from(state: TrainingState, folder: Location) -> str:
    """Transfer learning: copy what matches by name and shape from another checkpoint, optimisers left fresh.

    Both generators start from the averaged one. The blocks of a lower resolution match those of a higher one. New
    toRGB layers then start at zero, so that the first images are the old ones, enlarged. A discriminator of twice the
    old one's resolution starts as the old one after downsampling (`training.loop.growth`). Networks with more channels
    start as the old ones (`training.loop.widening`); a discriminator does if it has as many as before at 4x4. Labels
    that the old networks did not have say nothing at first (`training.loop.relabelling`).

    Returns:
        one line that says what was copied.
    """
    content = checkpoint.read_content(folder)
    state.teachers |= checkpoint.teachers(content)
    state.ancestors = ancestors_with(content, generator_digest(folder))
    old, new = checkpoint.generator_config(content, str(folder)), state.options.generator
    same = (old.w_dim, old.image_channels) == (new.w_dim, new.image_channels)
    labels = (old.label_fields, new.label_fields)
    ema = relabelled(state.generator, checkpoint.read_tensors(folder, "generator_ema"), *labels)
    if same:
        ema = widened(state.generator, ema)
    copied, left = checkpoint.copy_matching(state.generator_ema, ema)
    checkpoint.copy_matching(state.generator, ema)
    weights = {name for name, value in state.generator.named_parameters() if value.dim() >= 2}
    if weights.isdisjoint(copied):
        raise CheckpointError(f"{folder}: no weight of its generator fits; are the widths the same?")
    with torch.no_grad():
        for generator in (state.generator, state.generator_ema):
            for name in left:
                if name.endswith((".torgb.weight", ".torgb.bias")):
                    generator.get_parameter(name).zero_()
    # What the old network did not have starts equal in both generators.
    fresh = {name: state.generator.state_dict()[name] for name in left}
    checkpoint.copy_matching(state.generator_ema, fresh)
    tensors = relabelled(state.discriminator, checkpoint.read_tensors(folder, "discriminator"), *labels)
    if same and old.channels(4) == new.channels(4):
        tensors = widened(state.discriminator, tensors)
    copied_d, left_d = checkpoint.copy_matching(state.discriminator, tensors)
    grown = _grow_discriminator(state, folder, tensors)
    heads = _copy_heads(state, folder, *labels)
    return (
        f"initialised from {folder}: {len(copied)} of {len(copied) + len(left)} generator tensors, "
        f"{len(copied_d)} of {len(copied_d) + len(left_d)} discriminator tensors{grown}{heads}"
    )


def _copy_heads(state: TrainingState, folder: Location, old: LabelFields, new: LabelFields) -> str:
    """Heads on the same features are of use at any resolution; where they do not fit they stay fresh."""
    if state.projected is None:
        return ""
    if not (folder / "projected.safetensors").is_file():
        return "; fresh heads"
    heads = state.projected.discriminator
    tensors = relabelled(heads, checkpoint.read_tensors(folder, "projected"), old, new)
    copied, left = checkpoint.copy_matching(heads, tensors)
    return f"; {len(copied)} of {len(copied) + len(left)} tensors of the heads"


def _grow_discriminator(state: TrainingState, folder: Location, tensors: dict[str, Tensor]) -> str:
    """Let the first block stand for the downsampling, where the resolution has doubled and the widths are the same."""
    config = state.options.discriminator
    old_config = dataclasses.replace(config, resolution=config.resolution // 2)
    old = Discriminator(old_config)
    tensors = widened(old, tensors)  # its fromrgb, which the new one does not have
    shapes = {name: value.shape for name, value in old.state_dict().items()}
    if shapes != {name: value.shape for name, value in tensors.items()}:
        return ""
    checkpoint.load_into(old, tensors, f"{folder}/discriminator")
    error = growth.grow(state.discriminator, old.to(state.device.torch_device))
    return f"; the discriminator's new block stands for the downsampling, within {error:.1%}"
