"""`mammoganesis-training prepare`."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mammoganesis import files
from mammoganesis.pictures.exclusions import CAN_BE_TAKEN, Reason
from mammoganesis.terminal.gathering import gathered
from training.data import pseudonyms
from training.data.workers import LIMITS, Limits, cores

if TYPE_CHECKING:
    from training.data.prepare import PrepareOptions

MOST_LINES = 40  # of one kind on the screen


@dataclass(frozen=True)
class Preparing:
    """The options of `training.data.prepare` as they are typed; its module, which is slow to import, checks them."""

    csv_files: tuple[str, ...]
    resolution: int
    test_fraction: float | None
    labels: tuple[str, ...]
    voi: str
    stretch: bool
    include: tuple[str, ...]
    invert: bool
    keep_near_duplicates: bool
    strict: bool
    bits: int
    workers: int
    file_seconds: float
    file_memory: float
    replace: bool
    accounts: str | None
    accept_identified: bool
    pseudonym_key: Path | None
    extends: Path | None
    licence: str
    attribution: str

    def options(self) -> PrepareOptions:
        """The same, checked. Raises DataError and ConfigurationError."""
        from mammoganesis.pictures.dicom_transform import GreyOptions
        from training.data.dicom import ReadOptions
        from training.data.fields import parse_labels
        from training.data.prepare import PrepareOptions

        values: dict[str, Any] = {**vars(self), "labels": parse_labels(self.labels)}
        grey = GreyOptions(values.pop("voi"), values.pop("stretch"))
        values["reading"] = ReadOptions(grey, frozenset(map(Reason, values.pop("include"))))
        values["limits"] = Limits(values.pop("file_seconds"), int(values.pop("file_memory") * 2**30))
        values["csv_files"] = tuple(map(files.location, self.csv_files))
        values["accounts"] = None if self.accounts is None else files.location(self.accounts)
        return PrepareOptions(**values)


@click.command()
@click.argument("sources", metavar="SOURCE...", nargs=-1, required=True)
@click.option(
    "--out",
    required=True,
    help="Folder to write the training set to; like SOURCE a path, or an address such as s3://...",
)
@click.option(
    "--csv",
    "csv_files",
    multiple=True,
    help="CSV with the columns file, patient, side, view (synonyms such as patient_id, laterality are known); once per "
    "SOURCE, in the same order. Without it a manifest.csv inside SOURCE is used, which names files below SOURCE alone, "
    "else every image below SOURCE.",
)
@click.option(
    "--resolution",
    default=512,
    type=click.Choice([8, 16, 32, 64, 128, 256, 512, 1024]),
    help="Height and width of the training images, pixels.",
)
@click.option(
    "--test-fraction",
    type=click.FloatRange(0, 1),
    help="Share of the patients kept out of training. Images without a patient are used for training.  [default: 0.1, "
    "where patients are known]",
)
@click.option(
    "--label",
    "labels",
    multiple=True,
    help="Label to store for conditional training: view, or NEW=COLUMN such as density='Breast density'; can be given "
    "several times. view and side come from the CSV or from DICOM, any other from the CSV column of that name.",
)
@click.option(
    "--voi",
    default="first",
    metavar="first|none|window:N|lut:N",
    help="Which of a DICOM file's transformations for viewing: its first window, or without one its first table; the "
    "N-th window or table, where there are so many; or none, and the image's own range.",
)
@click.option("--stretch", is_flag=True, help="Map the range of each DICOM image to the whole grey range afterwards.")
@click.option(
    "--include",
    multiple=True,
    type=click.Choice(sorted(reason.value for reason in CAN_BE_TAKEN)),
    help="Take DICOM images that are left out for this reason; can be given several times.",
)
@click.option("--invert", is_flag=True, help="Turn images whose background is bright, instead of refusing them.")
@click.option(
    "--keep-near-duplicates",
    is_flag=True,
    help="Keep images that are nearly the same, on one side of the split; those that are equal are left out.",
)
@click.option(
    "--strict",
    is_flag=True,
    help="Stop at the first file that is damaged, missing or no mammogram by its pixels, instead of leaving it out.",
)
@click.option("--skip-unreadable", is_flag=True, hidden=True, expose_value=False, help="What is done anyway.")
@click.option(
    "--bits",
    default=8,
    type=click.Choice([8, 16]),
    help="Of a grey value in the set: 16 keep what 12-bit detectors give.",
)
@click.option(
    "--workers",
    default=cores,
    show_default="the processors",
    type=click.IntRange(0, 256),
    help="Processes that read. The set is the same, to the byte, whatever their number. 0: none but this one, which "
    "nothing protects from files that end it.",
)
@click.option(
    "--file-seconds",
    default=LIMITS.seconds,
    show_default=True,
    type=click.FloatRange(1),
    help="Within which a file is read, or left out.",
)
@click.option(
    "--file-memory",
    default=LIMITS.memory_bytes / 2**30,
    show_default=True,
    type=click.FloatRange(0.25),
    help="GiB that a process may take for a file, which is left out otherwise (on Linux).",
)
@click.option(
    "--replace",
    is_flag=True,
    help="Replace the set that is at --out, finished or not, instead of refusing.",
)
@click.option(
    "--accounts",
    help="CSV file that says what became of every file, by its name: outside the set, which has no names.  [default: "
    "OUT.accounts.csv beside the set; none where that is an address]",
)
@click.option(
    "--accept-identified",
    is_flag=True,
    help="Take DICOM files that say who the patient is: names, birth dates, addresses and the like, burned-in "
    "annotation, private tags. Without it only those of them are taken that state PatientIdentityRemoved YES.",
)
@click.option(
    "--pseudonym-key",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File of the key that makes pseudonyms of patients, outside the set; made where there is none. Sets of the "
    f"same key have the same pseudonyms.  [default: {pseudonyms.DEFAULT_FILE}]",
)
@click.option(
    "--extends",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Earlier set, made with the same key: its patients and images stay on their sides of the split.",
)
@click.option(
    "--licence", default="", help="Licence of the images, as an SPDX identifier or a sentence, for the model card."
)
@click.option("--attribution", default="", help="Whom the licence asks to be named, for the model card.")
@gathered(Preparing, "preparing")
def prepare(sources: tuple[str, ...], out: str, preparing: Preparing) -> None:
    """Turn folders of PNG, JPEG, TIFF or DICOM mammograms into a training set.

    SOURCE is a folder, a DICOMDIR, or an address of fsspec such as s3://bucket/folder. What cannot be used is left out
    and counted; report.html in the set shows what came of it. A run that was stopped goes on with the same command.

    Empty columns are cut off, burned-in labels and film frames blacked out, every chest wall is brought to the right
    edge, the height is scaled to the resolution and the side opposite the chest wall is filled with black. An image
    that is there twice is kept once.
    """
    from training.data import accounts
    from training.data.prepare import prepare as run
    from training.data.report.page import NAME

    place, options = files.location(out), preparing.options()
    if options.accounts is None:
        options = dataclasses.replace(options, accounts=accounts.beside(place))
    account = run([files.location(source) for source in sources], place, options)
    for line in [*summary(place, account), f"{place / NAME}: what to look at before training"]:
        click.echo(line)
    skipped = [f"skipped: {reason}" for reason in account["skipped"]]
    for line in [*shortened(skipped, options.accounts), *shortened(notes(account), options.accounts)]:
        click.echo(line, err=True)


def shortened(lines: list[str], accounts: files.Location | None) -> list[str]:
    """The first of many lines, and where the others stand."""
    if len(lines) <= MOST_LINES:
        return lines
    where = f"; {accounts} has all files" if accounts is not None else ""
    return [*lines[:MOST_LINES], f"... and {len(lines) - MOST_LINES} more{where}"]


def summary(out: files.Location, index: dict[str, Any]) -> list[str]:
    """What a set holds, for a person."""
    rows, size = index["images"], index["resolution"]
    test = sum(row["split"] == "test" for row in rows)
    mirrored = sum(row["mirrored"] for row in rows)
    lines = [
        f"{out}: {len(rows)} images of {size}x{size}, {len(rows) - test} for training, {test} held out, "
        f"{mirrored} mirrored, {len(index['skipped'])} skipped"
    ]
    left_out = [copy["how"] for copy in index["duplicates"] if not copy["kept"]]
    counts = {
        "left out, because the set has them already": sum(how != "texture" for how in left_out),
        "left out, because they are nearly the same as others; --keep-near-duplicates keeps them, on one side of the "
        "split": sum(how == "texture" for how in left_out),
        "inverted": sum(row["inverted"] for row in rows),
        "freed of a film frame": sum(row["frame_removed"] for row in rows),
    }
    lines += [f"{count} {what}" for what, count in counts.items() if count]
    for field in index.get("label_fields", []):
        known = sum(field["name"] in row["labels"] for row in rows)
        unknown = f", unknown of {len(rows) - known}" if known < len(rows) else ""
        lines.append(f"label {field['name']}: {', '.join(field['values'])}; known of {known} images{unknown}")
    return lines


HOW = {"pixels": "equal to", "instance": "the DICOM instance of", "texture": "nearly the same as"}


def notes(index: dict[str, Any]) -> list[str]:
    """What was seen on the way and may be wrong."""
    lines = [f"note: {note}" for note in index["notes"]]
    for copy in index["duplicates"]:
        kept = ", kept on the same side" if copy["kept"] else ", left out"
        lines.append(f"duplicate: {copy['source']} is {HOW[copy['how']]} {copy['same_as']}{kept}")
    for row in index["images"]:
        if row["side"] and row["mirrored"] != (row["side"] == "L"):
            lines.append(f"note: {row['source']}: labelled {row['side']}, but its pixels show the other side")
    return lines
