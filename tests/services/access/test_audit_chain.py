"""An exported audit log: whatever is done to it is found, by the product and by a second implementation."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from mammoganesis.errors import InvalidArgument
from mammoganesis.pictures.signature import Signer, by_id
from services.access.audit_chain import BEGINNING, CHECKPOINT_EVERY, Chain, Checkpoint, hash_of
from services.access.audit_entries import Entry, Image, microseconds, moment, numbered
from services.access.audit_file import check_lines, checkpoint_line, entry_line
from tests.support.audit_chain import broken_at
from tests.support.keys import new_key

LENGTH = CHECKPOINT_EVERY + 7


def log(signer: Signer | None = None, length: int = LENGTH, start: Checkpoint = BEGINNING) -> list[bytes]:
    """An export's lines."""
    lines = [checkpoint_line(start.signed(signer))]
    head = start
    for i in range(head.number + 1, head.number + length + 1):
        image = Image(f"lat_{i:032x}", f"{i:064x}")
        entry = Entry(f"{i:032x}", i, "issuer|häns", "CaseService/SaveCase", targets=(f"case_id:{i}",), images=(image,))
        text = numbered(entry, i, 10 * i, head.hash)
        head = Checkpoint(i, hash_of(text), i)
        lines.append(entry_line(text, head.hash))
        if i % CHECKPOINT_EVERY == 0:
            lines.append(checkpoint_line(head.signed(signer)))
    lines.append(checkpoint_line(head.signed(signer)))
    return [line.encode() for line in lines]


def judged(lines: list[bytes], chain: Chain | None = None) -> Chain:
    chain = chain or Chain()
    check_lines(lines, chain)
    return chain


@pytest.fixture
def signer(tmp_path: Path) -> Signer:
    return Signer(new_key(tmp_path, "key")[0])


def test_a_whole_log_is_whole_to_both(signer: Signer) -> None:
    lines = log(signer)
    chain = judged(lines, Chain(by_id([signer.public_key])))
    assert chain.problems == []
    assert (chain.first, chain.entries, chain.head.number) == (1, LENGTH, LENGTH)
    assert (chain.checkpoints, chain.signed) == (2, 3)
    assert broken_at(b"".join(lines), signer.public_key) is None
    part = log(signer, 5, Checkpoint(41, "ab" * 32, 9, pruned=True))
    assert judged(part, Chain(by_id([signer.public_key]))).unbroken
    assert broken_at(b"".join(part), signer.public_key) is None


def _changed(lines: list[bytes]) -> list[bytes]:
    lines[500] = lines[500].replace(b"SaveCase", b"GetCases")
    return lines


def _changed_with_its_hash(lines: list[bytes]) -> list[bytes]:
    text = lines[500].decode().split(',"hash":')[0].removeprefix('{"entry":').replace("SaveCase", "GetCases")
    lines[500] = entry_line(text, hash_of(text)).encode()
    return lines


def _removed(lines: list[bytes]) -> list[bytes]:
    return lines[:500] + lines[501:]


def _inserted(lines: list[bytes]) -> list[bytes]:
    return [*lines[:500], lines[500], *lines[500:]]


def _forged_in_between(lines: list[bytes]) -> list[bytes]:
    before = json.loads(lines[499])
    text = numbered(Entry("f" * 32, 1, "a|b", "login"), before["entry"]["number"] + 1, 10, before["hash"])
    return [*lines[:500], entry_line(text, hash_of(text)).encode(), *lines[500:]]


def _exchanged(lines: list[bytes]) -> list[bytes]:
    lines[500], lines[501] = lines[501], lines[500]
    return lines


def _cut_at_the_end(lines: list[bytes]) -> list[bytes]:
    return [*lines[:-4], lines[-1]]


def _cut_at_the_beginning(lines: list[bytes]) -> list[bytes]:
    return [lines[0], *lines[4:]]


def _without_a_checkpoint(lines: list[bytes]) -> list[bytes]:
    return [line for i, line in enumerate(lines) if i != CHECKPOINT_EVERY + 1]


DAMAGES = {
    _changed: "entry 500 was changed",
    _changed_with_its_hash: "entry 501 does not follow entry 500",
    _removed: "entry 500 is gone",
    _inserted: "entry 500 stands after entry 500",
    _forged_in_between: "stands after entry 500",
    _exchanged: "entry 500 is gone",
    _cut_at_the_end: f"the entries {LENGTH - 2} to {LENGTH} are gone",
    _cut_at_the_beginning: "the entries 1 to 3 are gone",
    _without_a_checkpoint: f"the checkpoint of entry {CHECKPOINT_EVERY} is missing",
}


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__.lstrip("_"))
def test_damage_is_found_by_both(damage: Callable[[list[bytes]], list[bytes]]) -> None:
    lines = damage(log())
    chain = judged(lines)
    assert not chain.unbroken
    assert DAMAGES[damage] in "\n".join(chain.problems)
    assert broken_at(b"".join(lines)) is not None


def test_a_log_written_anew_without_the_key_is_found(signer: Signer) -> None:
    other = [line for line in log() if b'"checkpoint"' not in line]
    signed = [line for line in log(signer) if b'"checkpoint"' in line]
    rewritten = [
        entry_line(line.decode().split(',"hash":')[0].removeprefix('{"entry":'), json.loads(line)["hash"]).encode()
        for line in other
    ]
    # All hashes are right, but of another person; the signed checkpoints cannot be made anew.
    head, lines = json.loads(signed[0])["checkpoint"]["hash"], [signed[0]]
    for line in rewritten:
        values = json.loads(line)["entry"] | {"previous": head, "who": "issuer|another"}
        text = json.dumps(values, sort_keys=True, separators=(",", ":"))
        head = hash_of(text)
        lines.append(entry_line(text, head).encode())
        if values["number"] == CHECKPOINT_EVERY:
            lines.append(checkpoint_line(Checkpoint(CHECKPOINT_EVERY, head, 10**15)).encode())
    chain = judged([*lines], Chain(by_id([signer.public_key])))
    assert chain.problems == [f"the checkpoint of entry {CHECKPOINT_EVERY} is not signed, and earlier ones are"]
    kept = [*lines[: CHECKPOINT_EVERY + 1], signed[1], *lines[CHECKPOINT_EVERY + 2 :]]
    chain = judged(kept, Chain(by_id([signer.public_key])))
    assert chain.problems[0] == f"entry {CHECKPOINT_EVERY} is another than the one that its checkpoint was made of"


def test_a_forged_and_a_foreign_signature_are_told_apart(signer: Signer, tmp_path: Path) -> None:
    lines = log(signer, 3)
    moved = json.loads(lines[-1])
    moved["checkpoint"]["at"] = moment(5)
    wrong = [*lines[:-1], json.dumps(moved).encode()]
    assert judged(wrong, Chain(by_id([signer.public_key]))).problems == [
        "the checkpoint of entry 3: the signature is wrong"
    ]
    other = Signer(new_key(tmp_path, "other")[0])
    problems = judged(lines, Chain(by_id([other.public_key]))).problems
    assert problems[0] == "the checkpoint of entry 0: signed with a key that is not known here"


def test_what_was_noted_elsewhere_must_be_there() -> None:
    lines = log(length=20)
    at_seven = json.loads(lines[7])["hash"]
    assert judged(lines, Chain(known=[Checkpoint(7, at_seven)])).unbroken
    assert judged(lines, Chain(known=[Checkpoint(7, "0" * 64)])).problems == [
        "entry 7 is another than the one that was noted"
    ]
    assert judged(lines, Chain(known=[Checkpoint(21, at_seven)])).problems == [
        "entry 21, which was noted, is not there: the log ends with 20"
    ]


@pytest.mark.parametrize("line", [b"{}", b"no json", b"[1]", b'{"entry":1}', b'{"checkpoint":{"number":1}}', b"1"])
def test_what_is_no_line_of_a_log_is_named(line: bytes) -> None:
    with pytest.raises(InvalidArgument, match="file: line 2"):
        judged([log(length=1)[0], line])


def test_times_are_exact() -> None:
    for at in (0, 1, 1_764_439_271_123_456, 253_402_300_799_999_999):
        assert microseconds(moment(at)) == at
