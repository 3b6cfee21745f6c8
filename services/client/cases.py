"""The client's methods for teaching cases: what a command line does with them. The rest is for pages and platforms."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mammoganesis.errors import InvalidArgument
from mammoganesis.v1 import cases_pb2
from services.client.transport import Transport

PIECE_BYTES = 2**20
FORMATS = {
    "zip": cases_pb2.CASE_FILE_FORMAT_ZIP,
    "json": cases_pb2.CASE_FILE_FORMAT_JSON,
    "dicom": cases_pb2.CASE_FILE_FORMAT_DICOM,
}


@dataclass(frozen=True)
class CaseFile:
    """An exported file: its name, and its bytes."""

    name: str
    data: bytes


def uploaded(transport: Transport, data: bytes) -> str:
    """The id under which a server holds a file for an hour."""
    upload_id = ""
    for offset in range(0, len(data), PIECE_BYTES):
        piece = data[offset : offset + PIECE_BYTES]
        request = cases_pb2.UploadPartRequest(upload_id=upload_id, offset=offset, data=piece)
        upload_id = transport.unary("UploadPart", request).upload_id
    return upload_id


class CaseCalls:
    """CaseService; see `services.client.Client`. A server has it, a local client has not."""

    _transport: Transport

    def cases(self, query: str = "") -> Iterator[cases_pb2.CaseSummary]:
        """All cases whose titles hold the words of `query`, saved last first."""
        page = ""
        while True:
            request = cases_pb2.ListCasesRequest(query=query, page_token=page)
            answer = self._transport.unary("ListCases", request)
            yield from answer.cases
            page = answer.next_page_token
            if not page:
                return

    def case(self, case_id: str, version: int = 0) -> cases_pb2.Case:
        """A case, in its newest version (0) or another."""
        request = cases_pb2.GetCaseRequest(case_id=case_id, version=version)
        return self._transport.unary("GetCase", request).case

    def export_cases(self, case_ids: Sequence[str] = (), collection_id: str = "", format: str = "zip") -> CaseFile:
        """Up to 100 cases, or those of a collection, as one file: "zip" with pictures, "json" without, or "dicom",
        studies in a ZIP, which cannot be imported again."""
        if format not in FORMATS:
            raise InvalidArgument("format", format, " | ".join(FORMATS))
        request = cases_pb2.ExportCasesRequest(case_ids=case_ids, collection_id=collection_id, format=FORMATS[format])
        pieces = list(self._transport.stream("ExportCases", request))
        return CaseFile(pieces[0].file_name, b"".join(piece.data for piece in pieces))

    def import_cases(self, data: bytes) -> list[cases_pb2.CaseSummary]:
        """New cases from an exported file; all of them or none."""
        if not data:
            raise InvalidArgument("data", "an empty file", "an exported file, ZIP or JSON")
        request = cases_pb2.ImportCasesRequest(upload_id=uploaded(self._transport, data))
        return list(self._transport.unary("ImportCases", request).cases)
