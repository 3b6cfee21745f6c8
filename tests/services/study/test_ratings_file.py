"""Tables of ratings as people have them: every way of writing one is read the same, and a bad cell is named."""

import io
import random
import tracemalloc
import zipfile

import numpy as np
import openpyxl
import openpyxl.styles
import pytest

from mammoganesis.errors import InvalidArgument
from services.study import ratings_file
from services.study.ratings_file import MAX_GROUPS, read_ratings
from tests.support.observer_data import IMRMC

PLAIN = "reader,case,truth,rating\nA,c1,1,5.5\nA,c2,0,2\nB,c1,1,4\nB,c2,0,4.25\n"
GERMAN = PLAIN.replace(",", ";").replace(".", ",")


def _workbook(rows: list[list[object]]) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        PLAIN.encode(),
        PLAIN.encode("utf-8-sig"),
        PLAIN.replace("\n", "\r\n").encode(),
        PLAIN.replace("\n", "\r").encode(),
        PLAIN.replace("\n", "\n\n").encode() + b",,,\n",
        PLAIN.replace(",", "\t").encode("utf-16"),
        ("sep=;\n" + GERMAN).encode(),
        GERMAN.encode("utf-8-sig"),
        PLAIN.replace("A", '"A"').replace(",", " , ").replace("reader", "Reader").encode(),
        PLAIN.replace("reader", "readerID").replace("rating", "Score").encode(),
        _workbook(
            [
                ["Reader", "Case", "Truth", "Rating"],
                ["A", "c1", 1, 5.5],
                ["A", "c2", 0, 2],
                [],
                ["B", "c1", True, 4.0],
                ["B", "c2", False, 4.25],
            ]
        ),
    ],
    ids=["plain", "bom", "crlf", "cr", "empty-lines", "utf-16", "sep", "german", "quoted", "other-names", "excel"],
)
def test_every_way_of_writing_it_is_the_same_table(content: bytes) -> None:
    found = read_ratings(content, "r.csv").readings
    assert found.reader.tolist() == ["A", "A", "B", "B"]
    assert found.case.tolist() == ["c1", "c2", "c1", "c2"]
    assert found.truth.tolist() == [True, False, True, False]
    assert found.rating.tolist() == [5.5, 2, 4, 4.25]
    assert set(found.treatment.tolist()) == {"all"}
    assert np.isnan(found.seconds).all()
    assert found.decision is None


def test_a_name_with_an_umlaut_in_windows_letters() -> None:
    found = read_ratings(PLAIN.replace("A", "Müller").encode("cp1252"), "r.csv").readings
    assert found.reader[0] == "Müller"


def test_optional_columns_and_groups() -> None:
    text = (
        "case,rating,truth,reader,Treatment,repeat,decision,seconds,view\n"
        "c1,5,1,A,after,,1,12.5,MLO\nc2,2,0,A,after,0,0,,CC\nc2,3,0,A,after,1,1,3,CC\n"
    )
    found = read_ratings(text.encode(), "r.csv").readings
    assert found.treatment.tolist() == ["after"] * 3
    assert found.repeat.tolist() == [0, 0, 1]
    assert found.decision is not None
    assert found.decision.tolist() == [True, False, True]
    np.testing.assert_equal(found.seconds, [12.5, np.nan, 3])
    assert found.groups["view"].tolist() == ["MLO", "CC", "CC"]


def test_a_column_with_a_value_of_its_own_in_every_line_is_no_group() -> None:
    lines = [f"A,c{n},{n % 2},1,remark {n}" for n in range(MAX_GROUPS + 1)]
    found = read_ratings("\n".join(["reader,case,truth,rating,remark", *lines]).encode(), "r.csv")
    assert found.left_out == ("remark",)
    assert found.readings.groups == {}


def test_the_example_of_imrmc() -> None:
    found = read_ratings(IMRMC.read_bytes(), "example.imrmc").readings
    assert len(found) == 800
    assert set(found.treatment.tolist()) == {"testA", "testB"}
    assert len(set(found.reader.tolist())) == 5
    assert found.truth.sum() == 400


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("c1,1,5.5", "c1,2,5.5", ["line 2", "column truth", "'2'", "1 for the positive class"]),
        ("c1,1,5.5", "c1,1,high", ["line 2", "column rating", "'high'", "finite number"]),
        ("c1,1,5.5", "c1,1,nan", ["line 2", "column rating", "'nan'"]),
        ("c1,1,5.5", "c1,1,1_0", ["line 2", "column rating", "'1_0'"]),
        ("c1,1,5.5", "c1,1,1e999", ["line 2", "column rating"]),
        ("c1,1,5.5", "c1,1", ["line 2", "column rating", "nothing"]),
        ("c1,1,5.5", "c1,1,5,5", ["line 2", "5 cells", "4 cells"]),
        ("A,c1", ",c1", ["line 2", "column reader", "nothing", "1 to 200"]),
        ("B,c1,1", "B,c1,0", ["line 4", "column truth", "one truth a case", "c1"]),
        ("B,c1", "A,c1", ["line 4", "column case", "once a reader"]),
        ("truth,", "group,", ["line 1", "reader, case, truth, rating"]),
        ("truth,", "truth,Truth ,", ["line 1", "column truth twice"]),
        ("0,", "1,", ["column truth", "both 1 and 0"]),
        ("c1,1,5.5", 'c1,1,"5.5', ["line", "column rating"]),
    ],
)
def test_what_is_wrong_is_named_by_line_and_column(old: str, new: str, words: list[str]) -> None:
    with pytest.raises(InvalidArgument) as refusal:
        read_ratings(PLAIN.replace(old, new).encode(), "r.csv")
    assert refusal.value.message.startswith("r.csv: ")
    for word in words:
        assert word in refusal.value.message


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "columns reader, case, truth, rating"),
        (b"reader,case,truth,rating\n", "below the head"),
        (b"\xd0\xcf\x11\xe0" + bytes(500), "Excel 97"),
        (b"PK\x03\x04" + bytes(50), "Excel workbook"),
        (b"\x00\x01\x02\x03" * 40, "no text"),
        (b"BEGIN DATA:\ntruth,c1,truth,1\ntruth,c2,truth,0\nr,c3,A,2\n", "line 4, column case"),
        (b"BEGIN DATA:\ntruth,c1,truth\n", "line 2"),
    ],
)
def test_files_of_another_kind_are_told(content: bytes, word: str) -> None:
    with pytest.raises(InvalidArgument, match=word):
        read_ratings(content, "r.csv")


TABLE = [["Reader", "Case", "Truth", "Rating"], ["A", "c1", 1, 5.5], ["A", "c2", 0, 2], ["B", "c1", 1, 4]]


def test_a_workbook_that_ends_far_below_its_table_is_no_larger() -> None:
    """Somebody has coloured a cell there."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in TABLE:
        sheet.append(row)
    sheet.cell(1000, 16384).fill = openpyxl.styles.PatternFill("solid", "FF0000")
    file = io.BytesIO()
    book.save(file)
    tracemalloc.start()
    try:
        assert read_ratings(file.getvalue(), "r.xlsx").readings.rating.tolist() == [5.5, 2, 4]
        assert tracemalloc.get_traced_memory()[1] < 2**25
    finally:
        tracemalloc.stop()


@pytest.mark.filterwarnings("error")
def test_a_damaged_workbook_is_refused_in_one_line() -> None:
    """Bytes changed in the file, and in what is packed in it."""
    chance, whole, refused = random.Random(1), _workbook(TABLE), 0

    def changed(content: bytes, count: int) -> bytes:
        damaged = bytearray(content)
        for _ in range(count):
            damaged[chance.randrange(4, len(damaged))] = chance.randrange(256)
        return bytes(damaged)

    def packed_again() -> bytes:
        file = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(whole)) as source, zipfile.ZipFile(file, "w") as target:
            for name in source.namelist():
                target.writestr(name, changed(source.read(name), 2))
        return file.getvalue()

    for content in [*(changed(whole, 2) for _ in range(80)), *(packed_again() for _ in range(80))]:
        try:
            read_ratings(content, "r.xlsx")
        except InvalidArgument as error:
            refused += "Excel workbook" in error.message
    assert refused > 40


def test_a_workbook_that_unpacks_to_more_than_is_read_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ratings_file, "MAX_UNPACKED_BYTES", 1000)
    with pytest.raises(InvalidArgument, match="bytes, unpacked' is not allowed; allowed: at most 1000"):
        read_ratings(_workbook(TABLE), "r.xlsx")


@pytest.mark.parametrize("kind", ["workbook", "CSV", "iMRMC"])
def test_a_table_of_more_cells_than_are_read_is_refused(monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    """Where the bound is passed, not behind the last of them."""
    monkeypatch.setattr(ratings_file, "MAX_CELLS", 8)
    content = {
        "workbook": _workbook([["reader", "case", "truth", "rating"], *([["a", "b", 1, 2]] * 9)]),
        "CSV": b"reader,case,truth,rating\n" + b"a,b,1,2\n" * 9,
        "iMRMC": b"BEGIN DATA:\n" + b"a,b,1,2\n" * 9,
    }[kind]
    with pytest.raises(InvalidArgument, match=r"format: '(12|9) cells in the first 3 lines' .*: at most 8"):
        read_ratings(content, "r.xlsx")
