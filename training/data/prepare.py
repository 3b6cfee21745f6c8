"""Turn mammograms into a training set: shards that are memory-mapped, and index.json.

DATASET/index.json          see `index.py`: resolution, labels, shards with digests, one row per image, no names
DATASET/shard-00000.npy     [n, 1, resolution, resolution] uint8 or uint16, rows in the order of the index
DATASET/report.html         what came in, what stayed out, what to look at; see `report`
DATASET/preparing/          only while it is prepared: journal and the shard that is being filled, see `journal.py`
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from mammoganesis import files
from mammoganesis.errors import DataError
from mammoganesis.files import Location
from mammoganesis.terminal.progress import progress
from training.data import accounts, patients, pseudonyms, reading
from training.data.collection import account_of, fields_of
from training.data.earlier import open_earlier
from training.data.index import NAME, written
from training.data.journal import Journal
from training.data.listing import collect
from training.data.mammogram import attempt, labels_of, lost
from training.data.options import PrepareOptions
from training.data.preparation import Preparation
from training.data.report import page
from training.data.source import LeftOut, Listing, SourceImage
from training.data.workers import in_order

WORK = "preparing"
OWN_FOLDER = "~/.local/share/mammoganesis"  # where other users of the machine cannot put anything in its place


def prepare(folders: Sequence[Location], out: Location, options: PrepareOptions | None = None) -> dict[str, Any]:
    """Prepare a training set, or go on with one whose process has died.

    Args:
        folders: source folders, see `listing.collect`.
        out: the folder to write; must not hold a finished set unless it is to be replaced.
        options: how; None for the defaults.

    Returns:
        the account of it: index.json, and what is only for whoever prepares the set, by the names of the files.

    Raises:
        ConfigurationError: the key of pseudonyms or the table of all files would lie inside the set.
        DataError: a source is not usable, the set cannot be split or labelled as asked for, or nothing is left.
        DiskFull: there is no room; what is done is kept, and the same call goes on.
        FailedPrecondition: another process is preparing this set.
    """
    options = options or PrepareOptions()
    if options.accounts is not None:
        accounts.check_place(options.accounts, out)
    _check_free(out, options)
    listing = collect(folders, options.csv_files, options.labels)
    _check_early(listing, options)
    key, said = pseudonyms.key_of(options.pseudonym_key, out)
    earlier = open_earlier(options.extends, key)
    work = _work_folder(out)
    with Journal(work, out, _fingerprint(listing.sources, options), anew=options.replace) as journal:
        try:
            _check_free(out, options)  # another process may have ended one while the sources were listed
        except DataError:
            journal.remove()
            raise
        if options.replace:
            _remove_set(out)
        with contextlib.closing(Preparation(journal, out, options)) as preparation:
            try:
                _read_all(listing.sources, preparation, options)
            except DataError:
                preparation.remove()
                raise
            shards = preparation.finish()
        preparation.found.left_out += listing.others
        preparation.found.digests += earlier.seen(preparation.found.known)
        account = account_of(preparation.found, shards, key, earlier.sides, options)
        account["notes"] = [*listing.notes, *([said] if said else []), *account["notes"]]
        files.write(out / page.NAME, page.html(account, out).encode())
        if options.accounts is not None:
            accounts.write(options.accounts, account)
        files.write(out / NAME, (json.dumps(written(account), indent=1) + "\n").encode())
        files.remove(work)
    return account


def _work_folder(out: Location) -> Path:
    """On this machine: of a set of this machine inside of it, else in the user's own folder."""
    if isinstance(out, Path):
        return out / WORK
    name = hashlib.sha256(str(out).encode()).hexdigest()[:16]
    return Path(OWN_FOLDER).expanduser() / f"{WORK}-{name}"


def _check_free(out: Location, options: PrepareOptions) -> None:
    if not options.replace and (out / NAME).exists():
        raise DataError(f"{out}: already holds a training set ({NAME}); choose another folder, or --replace it")


def _remove_set(out: Location) -> None:
    """Take away a set, its index first, and nothing else that is in its folder."""
    names = (NAME, page.NAME)
    found = [path for path in out.iterdir() if _is_ours(path.name)] if out.is_dir() else []
    for path in sorted(found, key=lambda path: path.name not in names):
        path.unlink()


def _is_ours(name: str) -> bool:
    return name in (NAME, page.NAME) or (name.startswith("shard-") and name.endswith(".npy"))


def _fingerprint(sources: Sequence[SourceImage], options: PrepareOptions) -> str:
    """Of the files, and of how each of them is read."""
    asked = (options.resolution, options.bits, options.invert, options.keep_near_duplicates)
    grey, taken = options.reading.grey, sorted(options.reading.taken)
    digest = hashlib.sha256(repr((*asked, options.accept_identified, options.labels, grey, taken)).encode())
    for source in sources:
        state: tuple[int, int] | None = None
        if isinstance(source.path, Path) and source.path.exists():
            found = source.path.stat()
            state = found.st_size, found.st_mtime_ns
        known = (source.name, source.patient, source.side, source.view, sorted(source.labels.items()), state)
        digest.update(repr(known).encode())
    return digest.hexdigest()


def _check_early(listing: Listing, options: PrepareOptions) -> None:
    """Refuse before anything is read what no file can mend: raster files know of no patient, side or view."""
    if options.strict and (wrong := next((one for one in listing.others if not one.reason.is_expected), None)):
        raise DataError(f"{wrong.name}: {wrong.sentence}")
    if any(reading.states_patient(source.path) for source in listing.sources):
        return
    owners = [() if patients.is_placeholder(source.patient) else (source.patient,) for source in listing.sources]
    patients.check_split(owners, options.fraction, options.test_fraction is not None)
    rows = [{"labels": labels_of(one, one.side, one.view, options.labels)} for one in listing.sources]
    fields_of(rows, options.labels)


def _read_all(sources: Sequence[SourceImage], preparation: Preparation, options: PrepareOptions) -> None:
    """Every source that no process has read yet, in their order."""
    rest = itertools.islice(sources, preparation.done, None)
    workers = 0 if any(_is_of_this_process(source.path) for source in sources) else options.workers
    named = partial(lost, limits=options.limits)
    with progress(len(sources), "prepare") as bar:
        bar.update(preparation.done)
        for outcome in in_order(partial(attempt, options=options), rest, workers, named, options.limits):
            if isinstance(outcome, LeftOut) and options.strict and not outcome.reason.is_expected:
                raise DataError(f"{outcome.name}: {outcome.sentence}")
            preparation.take(outcome)
            bar.update()
    if not preparation.found.rows:
        first = preparation.found.left_out[0]
        raise DataError(
            f"none of the {len(sources)} images could be prepared; the first reason: {first.name}: {first.sentence}"
        )


def _is_of_this_process(path: Location) -> bool:
    """Whether other processes have no way to it."""
    return not isinstance(path, Path) and path.protocol == "memory"
