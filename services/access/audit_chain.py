"""The chain of the audit log: every entry is bound to the one before, and checkpoints hold on to places in it.

The hash of an entry is the SHA-256 of its text (`audit_entries.numbered`), which holds the hash of the entry before. So
one hash that is known from elsewhere proves all entries up to it: a checkpoint signed by the operator's key, the last
line of an export, a line of records' log.

A log is checked as what it is, a sequence: `Chain` is told of its checkpoints and entries in their order, whether they
come from the database or from an exported file.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from mammoganesis.json_text import NotJson, read_json
from mammoganesis.pictures.signature import SignatureState, Signer, check_statement
from services.access.audit_entries import LOST, canonical, moment

CHECKPOINT_EVERY = 1000
"""Entries; so a missing checkpoint is found as well."""
BEGINNING_HASH = "0" * 64
MAX_PROBLEMS = 20
_PURPOSE = "mammoganesis audit checkpoint 1"


@dataclass(frozen=True)
class Checkpoint:
    """A place in the log.

    Attributes:
        number: of the entry; 0: before the first.
        hash: its hash.
        at: when this was noted, microseconds since 1970.
        pruned: whether the entries up to it were removed.
        signature: by the operator's key; "" for none.
    """

    number: int
    hash: str
    at: int = 0
    pruned: bool = False
    signature: str = ""

    def statement(self) -> bytes:
        """What is signed."""
        values = {"at": moment(self.at), "hash": self.hash, "number": self.number, "pruned": self.pruned}
        return canonical(values | {"purpose": _PURPOSE}).encode()

    def signed(self, signer: Signer | None) -> Checkpoint:
        """The same with a signature, where there is a key."""
        return self if signer is None else replace(self, signature=signer.sign_statement(self.statement()))


BEGINNING = Checkpoint(0, BEGINNING_HASH)


def hash_of(text: str) -> str:
    """Of an entry."""
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass
class Chain:
    """Checks a log.

    Args:
        keys: public keys of checkpoints by their names (`signature.by_id`); none: signatures are not judged.
        known: places that were noted elsewhere.
    """

    keys: Mapping[str, bytes] = field(default_factory=dict)
    known: Iterable[Checkpoint] = ()
    problems: list[str] = field(default_factory=list)
    first: int = 0  # the first entry
    entries: int = 0
    checkpoints: int = 0  # that fit
    signed: int = 0  # of these
    lost: int = 0  # entries, by the log's own account
    _head: Checkpoint | None = None
    _noted: dict[int, str] = field(init=False)
    _signed_since: float = math.inf
    _unsigned: list[Checkpoint] = field(default_factory=list)
    _awaits: bool = False  # a checkpoint

    def __post_init__(self) -> None:
        self._noted = {}
        for place in self.known:
            if self._noted.setdefault(place.number, place.hash) != place.hash:
                self.wrong(f"two different hashes of entry {place.number} were noted")

    @property
    def head(self) -> Checkpoint:
        """The last place that was seen."""
        return self._head or BEGINNING

    def checkpoint(self, checkpoint: Checkpoint) -> None:
        """The next in the log is a checkpoint. One at the very beginning says what stood before."""
        number, head = checkpoint.number, self._head
        self._awaits = False
        self._judge_signature(checkpoint)
        if head is None:
            self._head = checkpoint
            self._compare_with_noted(checkpoint)
            if not number and checkpoint.hash != BEGINNING_HASH:
                self.wrong("the beginning has another hash than a beginning")
        elif number > head.number:
            self.wrong(f"the entries {head.number + 1} to {number} are gone: there is a checkpoint of the last")
            self._head = checkpoint
        elif number < head.number:
            self.wrong(f"the checkpoint of entry {number} stands after entry {head.number}")
        elif checkpoint.hash != head.hash:
            self.wrong(f"entry {number} is another than the one that its checkpoint was made of")
        else:
            self.checkpoints += 1

    def entry(self, text: str, hash: str) -> None:
        """The next in the log is an entry: its text and the hash that it is said to have."""
        head = self.head
        found = hash_of(text)
        if self._awaits:
            self._awaits = False
            self.wrong(f"the checkpoint of entry {head.number} is missing")
        try:
            values = read_json(text)
            number, previous, action, count = (values[name] for name in ("number", "previous", "action", "count"))
            number, count = int(number), int(count)
        except (NotJson, KeyError, TypeError, ValueError):
            self.wrong(f"what follows entry {head.number} is no entry")
            return
        if found != hash:
            self.wrong(f"entry {number} was changed: it has not the hash that stands beside it")
        if number != head.number + 1:
            self.wrong(_out_of_order(number, head.number))
        elif previous != head.hash:
            self.wrong(f"entry {number} does not follow entry {head.number}: one of them was changed or put in")
        place = Checkpoint(number, hash)
        self._compare_with_noted(place)
        self._head, self.first, self.entries = place, self.first or number, self.entries + 1
        self._awaits = number % CHECKPOINT_EVERY == 0
        self.lost += count if action == LOST else 0

    def end(self) -> None:
        """There is nothing more."""
        if self._awaits:
            self.wrong(f"the checkpoint of entry {self.head.number} is missing")
        for checkpoint in self._unsigned:
            if checkpoint.at > self._signed_since:
                self.wrong(f"the checkpoint of entry {checkpoint.number} is not signed, and earlier ones are")
        for number in self._noted:
            if number > self.head.number:
                self.wrong(f"entry {number}, which was noted, is not there: the log ends with {self.head.number}")

    def wrong(self, sentence: str) -> None:
        """Something is wrong; the first MAX_PROBLEMS sentences are kept."""
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(sentence)

    @property
    def unbroken(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems

    def _compare_with_noted(self, place: Checkpoint) -> None:
        if self._noted.get(place.number, place.hash) != place.hash:
            self.wrong(f"entry {place.number} is another than the one that was noted")

    def _judge_signature(self, checkpoint: Checkpoint) -> None:
        if not self.keys:
            return
        state = check_statement(checkpoint.signature, checkpoint.statement(), self.keys).state
        if state is SignatureState.RIGHT:
            self._signed_since = min(self._signed_since, checkpoint.at)
            self.signed += 1
        elif state is not SignatureState.NONE:
            self.wrong(f"the checkpoint of entry {checkpoint.number}: {state.value}")
        else:
            self._unsigned.append(checkpoint)


def _out_of_order(number: int, before: int) -> str:
    if number <= before:
        return f"entry {number} stands after entry {before}: it was moved or put in"
    gone = f"entry {before + 1} is" if number == before + 2 else f"the entries {before + 1} to {number - 1} are"
    return f"{gone} gone"
