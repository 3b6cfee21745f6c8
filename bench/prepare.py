"""What preparing an archive costs, and what bounds it: drawn mammograms in files as large as those of an archive.

The parts of one image's time on one core; images per second by one process and by several, in one run; and the memory
of the command over few and many images.

    python bench/prepare.py                        # 24 DICOM files of 25 MB, uncompressed
    python bench/prepare.py --codec jpeg2000       # as many archives store them
"""

from __future__ import annotations

import dataclasses
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import click
import numpy as np
from pydicom import uid
from pydicom.dataset import Dataset, FileMetaDataset
from scipy import ndimage

from mammoganesis.terminal.progress import progress
from training.data import reading
from training.data.mammogram import prepare_one
from training.data.options import PrepareOptions
from training.data.prepare import prepare
from training.data.shards import Shards
from training.data.source import SourceImage
from training.data.workers import cores

ARCHIVE = 163_000  # images of a large one
CODECS = {
    "none": uid.ExplicitVRLittleEndian,
    "rle": uid.RLELossless,
    "jpeg2000": uid.JPEG2000Lossless,
    "jpegls": uid.JPEGLSLossless,
}
MEASURE = """
import re, sys
from pathlib import Path
from training.data.options import PrepareOptions
from training.data.prepare import prepare

if __name__ == "__main__":
    prepare([Path(sys.argv[1])], Path(sys.argv[2]), PrepareOptions(resolution=512, keep_near_duplicates=True))
    print(int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) // 1024)
"""


def stored(seed: int, height: int, width: int) -> np.ndarray:
    """A breast with a marker, as 12 bits of a detector with its noise: [height, width] uint16."""
    random = np.random.default_rng(seed)
    y, x = np.ogrid[:height, :width]
    inside = (x / (0.8 * width)) ** 2 + ((y - height / 2) / (0.45 * height)) ** 2 < 1
    coarse = ndimage.gaussian_filter(random.standard_normal((height // 16, width // 16)), 2)
    tissue = 1900 + 500 * np.kron(coarse / coarse.std(), np.ones((16, 16)))
    values = np.where(inside, tissue + random.normal(0, 25, (height, width)), random.normal(20, 3, (height, width)))
    values[100:300, -700:-300] = 4000
    return np.clip(values, 0, 4095).astype(np.uint16)


def write(path: Path, pixels: np.ndarray, codec: str) -> None:
    """A mammogram for presentation of these pixels."""
    data = Dataset()
    data.SOPClassUID, data.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.1.2", uid.generate_uid()
    data.Modality, data.PatientID, data.ImageLaterality, data.ViewPosition = "MG", f"P{path.stem}", "L", "CC"
    data.Rows, data.Columns = pixels.shape
    data.SamplesPerPixel, data.PhotometricInterpretation, data.PixelRepresentation = 1, "MONOCHROME2", 0
    data.BitsAllocated, data.BitsStored, data.HighBit = 16, 12, 11
    data.WindowCenter, data.WindowWidth = 2048, 4096
    data.PixelData = pixels.tobytes()
    data.file_meta = FileMetaDataset()
    data.file_meta.TransferSyntaxUID = uid.ExplicitVRLittleEndian
    if codec != "none":
        data.compress(CODECS[codec])
    data.save_as(path, enforce_file_format=True)


def seconds(work: Callable[[], object]) -> tuple[float, object]:
    """Processor time of a call, and what it gives."""
    start = time.process_time()
    result = work()
    return time.process_time() - start, result


def parts(files: list[Path], options: PrepareOptions, out: Path) -> dict[str, float]:
    """Median processor seconds of the parts of one image."""
    shards = Shards(out, out, (1, options.resolution, options.resolution), options.bits)
    found: dict[str, list[float]] = {}
    for path in files:
        read, _ = seconds(path.read_bytes)
        decoded, _ = seconds(lambda: reading.read(path))  # noqa: B023 called at once
        whole, one = seconds(lambda: prepare_one(SourceImage(path, path.name), path, options))  # noqa: B023
        written, _ = seconds(lambda: shards.add(one.image))  # type: ignore[attr-defined]  # noqa: B023
        for name, value in {
            "read from the disk": read,
            "decode, window and scale the grey values": decoded - read,
            "pose: markers, frame, side, size": whole - decoded,
            "write": written,
        }.items():
            found.setdefault(name, []).append(value)
    shards.close()
    return {name: median(values) for name, values in found.items()}


def rate(folder: Path, out: Path, options: PrepareOptions, workers: int) -> float:
    """Images per second of wall time, the start of the processes included."""
    start = time.perf_counter()
    account = prepare([folder], out, dataclasses.replace(options, workers=workers))
    return len(account["images"]) / (time.perf_counter() - start)


def memory(folder: Path, out: Path) -> int:
    """Most MiB of a process that does it all alone."""
    script = out.with_suffix(".py")
    script.write_text(MEASURE)
    run = subprocess.run(
        [sys.executable, str(script), str(folder), str(out)], check=True, capture_output=True, text=True
    )
    return int(run.stdout)


@click.command()
@click.option("--images", default=24, type=click.IntRange(16, 1000), help="Files to prepare.")
@click.option("--height", default=4096, type=click.IntRange(256, 8192), help="Of an image, pixels.")
@click.option("--width", default=3072, type=click.IntRange(256, 8192), help="Of an image, pixels.")
@click.option("--codec", default="none", type=click.Choice(list(CODECS)), help="How the pixels are stored.")
@click.option("--workers", default=cores, show_default="the processors", type=click.IntRange(1, 256))
@click.option("--small", default=500, type=click.IntRange(50, 5000), help="Small images for the measure of memory.")
def main(images: int, height: int, width: int, codec: str, workers: int, small: int) -> None:
    """Print what preparing costs on this machine."""
    options = PrepareOptions(resolution=512, test_fraction=0.0, keep_near_duplicates=True)
    with tempfile.TemporaryDirectory(prefix="bench-prepare-") as folder:
        large, out = Path(folder, "large"), Path(folder, "out")
        large.mkdir()
        with progress(images, "draw") as bar:
            for number in range(images):
                write(large / f"{number:04d}.dcm", stored(number, height, width), codec)
                bar.update()
        files = sorted(large.iterdir())
        size = sum(path.stat().st_size for path in files) / len(files) / 1e6
        click.echo(f"{images} DICOM files of {width}x{height} pixels, {size:.1f} MB each, codec {codec}")
        (out / "parts").mkdir(parents=True)
        costs = parts(files[:8], options, out / "parts")
        whole = sum(costs.values())
        for name, value in costs.items():
            click.echo(f"  {name:42} {1000 * value:7.1f} ms {value / whole:6.1%}")
        click.echo(f"  one core: {1 / whole:.2f} images/s of processor time, {size / whole:.0f} MB/s")
        rates = {count: rate(large, out / f"by{count}", options, count) for count in sorted({1, workers})}
        for count, value in rates.items():
            click.echo(f"  {count} process(es): {value:.2f} images/s, {value / rates[1]:.2f} times one")
        hours = ARCHIVE / rates[1] / 3600
        click.echo(f"  {ARCHIVE:,} such images: {hours:.1f} hours of one core, {hours / 16:.1f} of 16")
        click.echo(f"Memory of one process, at 512 pixels: {memory(large, out / 'memory')} MiB over these images")
        for count in (small // 10, small):
            tiny = Path(folder, f"small{count}")
            tiny.mkdir()
            for number in range(count):
                write(tiny / f"{number:04d}.dcm", stored(number, 640, 512), "none")
            click.echo(f"  {memory(tiny, out / f'memory{count}')} MiB over {count} images of 512x640 pixels")


if __name__ == "__main__":
    main()
