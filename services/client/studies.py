"""The client's methods for reader studies: what a command line does with them. The rest is for pages."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from mammoganesis.v1 import studies_pb2
from mammoganesis.v1.study_design_pb2 import StudyDesign, StudyReal
from services.client.cases import PIECE_BYTES, uploaded
from services.client.transport import Transport


@dataclass(frozen=True)
class StudyFile:
    """A file of a closed study. `name` says of which study, such as "turing_test_report.html"."""

    name: str
    data: bytes


class StudyCalls:
    """ReaderStudyService; see `services.client.Client`. A server has it, a local client has not."""

    _transport: Transport

    def create_study(self, design: StudyDesign) -> studies_pb2.CreateStudyResponse:
        """A draft, and what should be known about its design."""
        return self._transport.unary("CreateStudy", studies_pb2.CreateStudyRequest(design=design))

    def add_real(self, study_id: str, real: StudyReal, data: bytes) -> int:
        """Adds a real image to a draft; how many it has then."""
        request = studies_pb2.AddRealRequest(study_id=study_id, real=real)
        if len(data) <= PIECE_BYTES:
            request.data = data
        else:
            request.upload_id = uploaded(self._transport, data)
        return self._transport.unary("AddReal", request).reals

    def studies(self) -> Iterator[studies_pb2.Study]:
        """All studies, the newest first."""
        page = ""
        while True:
            answer = self._transport.unary("ListStudies", studies_pb2.ListStudiesRequest(page_token=page))
            yield from answer.studies
            page = answer.next_page_token
            if not page:
                return

    def study(self, study_id: str) -> studies_pb2.GetStudyResponse:
        """A study with its design, remarks and readers."""
        return self._transport.unary("GetStudy", studies_pb2.GetStudyRequest(study_id=study_id))

    def prepare_study(self, study_id: str) -> Iterator[studies_pb2.PrepareStudyResponse]:
        """How far the preparation is; the last answer holds the study."""
        yield from self._transport.stream("PrepareStudy", studies_pb2.PrepareStudyRequest(study_id=study_id))

    def open_study(self, study_id: str, protocol_hash: str) -> studies_pb2.Study:
        """Readers may begin from now on."""
        request = studies_pb2.OpenStudyRequest(study_id=study_id, protocol_hash=protocol_hash)
        return self._transport.unary("OpenStudy", request).study

    def close_study(self, study_id: str) -> studies_pb2.Study:
        """For good."""
        return self._transport.unary("CloseStudy", studies_pb2.CloseStudyRequest(study_id=study_id)).study

    def invite_reader(self, study_id: str, name: str, ends_at: datetime | None = None) -> tuple[str, str]:
        """A new reader: what they are called in every table, and the token of their link, which is told this once."""
        request = studies_pb2.InviteReaderRequest(study_id=study_id, name=name)
        if ends_at is not None:
            request.ends_at.FromDatetime(ends_at)
        answer = self._transport.unary("InviteReader", request)
        return answer.reader.pseudonym, answer.token

    def export_study(
        self, study_id: str, kind: studies_pb2.StudyFileFormat = studies_pb2.STUDY_FILE_FORMAT_ZIP, language: str = ""
    ) -> StudyFile:
        """A file of a closed study; `language` that of the report in it, "" for English."""
        request = studies_pb2.ExportStudyRequest(study_id=study_id, format=kind, language=language)
        pieces = list(self._transport.stream("ExportStudy", request))
        return StudyFile(pieces[0].file_name, b"".join(piece.data for piece in pieces))
