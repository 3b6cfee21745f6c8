"""How a training run goes into a checkpoint and comes back."""

from __future__ import annotations

import torch
from torch import Tensor

from mammoganesis.errors import CheckpointError, ConfigurationError
from mammoganesis.files import Location
from training.accelerators import Device
from training.checkpoints import checkpoint
from training.loop.state import TrainingState, trained


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
        CheckpointError: the checkpoint is damaged, has other networks, or is no state of a run.
    """
    content = checkpoint.read_content(folder)
    if "published_from" in content or "imported" in content:
        kind = "published" if "published_from" in content else "imported"
        raise CheckpointError(
            f"{folder}: is {kind}, without the state of a run; begin from it with --config and --initialize-from"
        )
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
