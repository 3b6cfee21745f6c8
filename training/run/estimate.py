"""What a run will take, before it is started: arithmetic, memory and time.

The loop's own step runs once on fake tensors (`training.run.metering`), so the figures follow the code: precision,
gradient accumulation, losses.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensorMode

from training.accelerators import Device
from training.configs.options import TrainingOptions
from training.loop import phases as loop
from training.loop import state
from training.networks.projected import ProjectedDiscriminator
from training.run.metering import Meter, MeteredDevice, fake_state
from training.run.progress import duration

GIB = 2**30
# Dense TFLOP/s by part of the GPU's name, makers' data sheets: float32 without TF32, and bfloat16 or float16.
PEAKS = {
    "B200": (80.0, 2250.0),
    "H200": (67.0, 989.0),
    "H100": (67.0, 989.0),
    "A100": (19.5, 312.0),
    "L40S": (91.6, 362.0),
    "A10": (31.2, 125.0),
    "L4": (30.3, 121.0),
    "RTX 4090": (82.6, 165.0),
    "RTX 3090": (35.6, 71.0),
    "V100": (15.7, 125.0),
    "T4": (8.1, 65.0),
}
# Share of the peak that training reaches. 16 bits: NVIDIA's published 41 s per kimg at 512x512 on an A100 are 13 % of
# its peak, 72 s on a V100 18 %; the paper's TPU v3-8 reached 11 %. 32 bits: convolutions without tensor cores.
SHARE_32, SHARE_16, SHARE_CPU = 0.4, 0.13, 0.4
MATRIX = 512  # rows and columns of the product that tells what a CPU can do; some take seconds for larger ones


@dataclass(frozen=True)
class Phase:
    """One part of a training step."""

    name: str
    gflop: float  # per image that takes part
    images: float  # that take part, per real image shown, lazy phases averaged
    memory_gib: float  # beyond networks and optimisers, at its peak, per process


@dataclass(frozen=True)
class Estimate:
    """What a run takes. GFLOP are 10^9 operations, 2 per multiply-add; GiB are per process."""

    device: str
    precision: str
    kimg: float  # length of the run
    share: int  # images per process and step
    micro: int  # images in memory at once
    processes: int
    generator_parameters: int
    discriminator_parameters: int
    generator_gflop: float  # one image forward
    discriminator_gflop: float  # one image forward
    projected: str  # a line on the projected discriminator; empty without one
    phases: tuple[Phase, ...]
    networks_gib: float  # both networks, the averaged generator, buffers
    optimizers_gib: float
    images_per_second: float | None  # all processes together; None: not known
    speed_source: str  # where that figure is from

    @property
    def gflop(self) -> float:
        """Of all phases, per real image shown."""
        return sum(phase.gflop * phase.images for phase in self.phases)

    @property
    def peak_gib(self) -> float:
        """Tensors at the worst moment of a step."""
        return self.networks_gib + self.optimizers_gib + max(phase.memory_gib for phase in self.phases)

    @property
    def hours(self) -> float | None:
        """For the whole run; None: not known."""
        return None if not self.images_per_second else self.kimg * 1000 / self.images_per_second / 3600

    def __str__(self) -> str:
        return self.describe()

    def describe(self) -> str:
        """Some fifteen lines for people."""
        g, d = self.generator_parameters / 1e6, self.discriminator_parameters / 1e6
        lines = [
            f"parameters       generator {g:.2f} M, discriminator {d:.2f} M",
            f"forward          generator {self.generator_gflop:.4g}, discriminator {self.discriminator_gflop:.4g} "
            "GFLOP per image",
            *([self.projected] if self.projected else []),
            f"{'phase':16s} {'GFLOP/image':>12s} {'images':>8s} {'GiB':>8s}    images: per real image shown",
            *(f"{p.name:16s} {p.gflop:12.4g} {p.images:8.3f} {p.memory_gib:8.3g}" for p in self.phases),
            f"training         {self.gflop:.4g} GFLOP per real image",
            f"memory           {self.networks_gib:.3g} GiB networks, {self.optimizers_gib:.3g} optimisers, "
            f"{self.peak_gib:.3g} with the largest phase, per process",
            f"                 for {self.micro} of {self.share} images at once in {self.precision}; allocator and "
            "runtime come on top",
        ]
        if self.images_per_second is None or self.hours is None:
            return "\n".join([*lines, f"time             not known: {self.speed_source}"])
        return "\n".join(
            [
                *lines,
                f"speed            {self.images_per_second:.3g} images/s on {self.processes} x {self.device}",
                f"                 {self.speed_source}",
                f"time             {duration(3600 * self.hours)} for {self.kimg:g} kimg, without metrics and grids",
            ]
        )


def _metered_batch(options: TrainingOptions, share: int, micro: int) -> int:
    """As few parts of a batch as show every phase at its full size."""
    batch = micro * min(share // micro, options.pl_batch_shrink)
    return share if batch > options.mbstd_group and batch % options.mbstd_group else batch


def _step_batch(options: TrainingOptions, count: int, seed: int = 0) -> tuple[Tensor, Tensor]:
    """What `loop.train_on` takes: uint8 noise as images, and labels of which nothing is known."""
    config = options.generator
    shape = (count, config.image_channels, config.resolution, config.resolution)
    images = np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)
    return torch.from_numpy(images), torch.zeros(count, config.c_dim)


def _forward_gflop(meter: Meter, network: Callable[[], Any]) -> float:
    before = meter.flops
    with torch.no_grad():
        network()
    return (meter.flops - before) / 1e9


def _projected(meter: Meter, network: ProjectedDiscriminator, shape: tuple[int, ...]) -> str:
    gflop = _forward_gflop(meter, lambda: network(network.features(torch.empty(shape))))
    return f"projected        heads {_parameters(network) / 1e6:.2f} M, {gflop:.4g} GFLOP per image, all forward"


def _parameters(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def estimate(options: TrainingOptions, device: Device, steps: int = 0) -> Estimate:
    """Estimate a run.

    Args:
        options: what would be trained.
        device: where; with several processes each of them must call this if `steps` is above 0.
        steps: if above 0, the speed is measured on the device by this many steps of every kind, else it is an estimate
            from the device's peak. Measuring seeds the random generators anew and needs the memory.
    """
    options = dataclasses.replace(options, projected_start=0.0, generator_start=0.0)  # what it takes once all take part
    share, micro = options.share(device.world)
    batch = _metered_batch(options, share, micro)
    shrink = min(options.pl_batch_shrink, batch)
    metered = dataclasses.replace(options, batch=batch, batch_per_device=micro, pl_batch_shrink=shrink)
    with FakeTensorMode(allow_non_fake_inputs=True), Meter() as meter:
        place = MeteredDevice(torch.device("cpu"), options.precision, meter=meter)
        fake = fake_state(metered, place)
        networks = meter.live
        config = options.generator
        shape = (1, config.image_channels, config.resolution, config.resolution)
        generator_gflop = _forward_gflop(meter, lambda: fake.generator(torch.empty(1, config.z_dim)))
        discriminator_gflop = _forward_gflop(meter, lambda: fake.discriminator(torch.empty(shape)))
        projected = "" if fake.projected is None else _projected(meter, fake.projected.discriminator, shape)
        place.begin()
        loop.train_on(fake, *_step_batch(metered, batch), loop.Statistics())
        parameters = _parameters(fake.generator), _parameters(fake.discriminator)
        optimizers = sum(
            value.untyped_storage().nbytes()
            for _, optimizer in state.trained(fake).values()
            for values in optimizer.state.values()
            for value in values.values()
        )
    speed, source = _measured(options, device, steps) if steps else (None, "")
    phases = _phases(options, place.phases, batch, max(1, batch // shrink))
    if speed is None:
        speed, source = _expected(sum(p.gflop * p.images for p in phases), options, device)
    return Estimate(
        device=_name(device),
        precision=options.precision,
        kimg=options.kimg,
        share=share,
        micro=micro,
        processes=device.world,
        generator_parameters=parameters[0],
        discriminator_parameters=parameters[1],
        generator_gflop=generator_gflop,
        discriminator_gflop=discriminator_gflop,
        projected=projected,
        phases=phases,
        networks_gib=networks / GIB,
        optimizers_gib=optimizers / GIB,
        images_per_second=speed,
        speed_source=source,
    )


def _phases(options: TrainingOptions, noted: list[tuple[int, int]], batch: int, pl_count: int) -> tuple[Phase, ...]:
    """The phases of a step in which all of them take place, in the order of `loop.train_on`."""
    kinds = [("generator", batch, 1.0)]
    if options.pl_weight > 0:
        kinds.append(("path length", pl_count, 1 / options.pl_interval))
    kinds.append(("discriminator", batch, 1.0))
    if options.r1_gamma > 0:
        kinds.append(("R1 and R2" if options.loss == "rpgan" else "R1", batch, 1 / options.r1_interval))
    return tuple(
        Phase(name, flops / count / 1e9, count / batch * rate, memory / GIB)
        for (name, count, rate), (flops, memory) in zip(kinds, noted, strict=False)  # the moving average comes after
    )


def _name(device: Device) -> str:
    if device.torch_device.type == "cuda":
        return torch.cuda.get_device_name(device.torch_device)
    return (
        f"{device.torch_device} with {torch.get_num_threads()} thread(s)"
        if _on_cpu(device)
        else str(device.torch_device)
    )


def _on_cpu(device: Device) -> bool:
    return device.torch_device.type == "cpu"


def _expected(gflop: float, options: TrainingOptions, device: Device) -> tuple[float | None, str]:
    """Images per second of all processes from the device's peak, and what was assumed."""
    single = options.precision == "float32"
    name = _name(device)
    if _on_cpu(device):
        peak, share = _matrix_rate(torch.bfloat16 if options.precision == "bfloat16" else torch.float32), SHARE_CPU
        origin = "a matrix product just measured"
    elif device.torch_device.type == "cuda" and (known := [k for k in PEAKS if k in name]):
        peak, share = PEAKS[known[0]][0 if single else 1], SHARE_32 if single else SHARE_16
        origin = "the maker's figure"
    else:
        return None, f"no peak rate is known of {name}"
    rate = peak * 1e3 * share / gflop * device.world
    return rate, f"an estimate: {share:.0%} of {peak:.3g} TFLOP/s ({origin}); small networks are slower"


def _matrix_rate(dtype: torch.dtype) -> float:
    """TFLOP/s of a large matrix product on the CPU."""
    x = torch.ones(MATRIX, MATRIX, dtype=dtype)
    best = 0.0
    for _ in range(4):  # the first one warms up
        start = time.perf_counter()
        _ = x @ x
        best = max(best, 2 * MATRIX**3 / (time.perf_counter() - start) / 1e12)
    return best


def _measured(options: TrainingOptions, device: Device, steps: int) -> tuple[float, str]:
    """Images per second of all processes: steps without lazy phases, with each of them, and their weighted sum."""
    training = state.create(options, device)
    share, _ = options.share(device.world)
    images, labels = _step_batch(options, share)

    def seconds(path_lengths: bool = False, gradients: bool = False) -> float:
        """Of a step with these lazy phases."""
        training.options = dataclasses.replace(
            options,
            pl_weight=options.pl_weight if path_lengths else 0.0,
            r1_gamma=options.r1_gamma if gradients else 0.0,
        )
        times = []
        for count in (1, steps):  # the first one warms up
            statistics = loop.Statistics()
            start = time.perf_counter()
            for _ in range(count):
                training.step = 0
                loop.train_on(training, images, labels, statistics)
            statistics.read(device)  # waits for the device
            times.append((time.perf_counter() - start) / count)
        return times[-1]

    main = seconds()
    total = main
    if options.pl_weight > 0:
        total += max(0.0, seconds(path_lengths=True) - main) / options.pl_interval
    if options.r1_gamma > 0:
        total += max(0.0, seconds(gradients=True) - main) / options.r1_interval
    return options.batch / total, f"measured over {steps} step(s) of every kind, on noise"
