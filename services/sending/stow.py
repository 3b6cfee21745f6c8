"""DICOMweb: STOW-RS stores, QIDO-RS says what is there. The door of dicomweb-client.

Name and password of a server stand in its address, or better in the file that .netrc is, which nobody else reads.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import requests
from dicomweb_client import DICOMwebClient

from mammoganesis.errors import FailedPrecondition, Unavailable
from services.sending.instances import Instance
from services.sending.waiting import waited_out

SECONDS = 30  # until a server has answered
MAX_PAGES = 100  # of one study's list
INSTANCE_UID = "00080018"  # SOPInstanceUID in DICOM JSON


@dataclass(frozen=True)
class StowServer:
    """A server by the address of its DICOMweb root."""

    url: str = field(repr=False)

    @property
    def place(self) -> str:
        parts = urlsplit(self.url)
        return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()

    @contextmanager
    def connected(self) -> Iterator[_Stow]:
        """As `servers.Server.connected`; a connection is made with the first request."""
        with requests.Session() as session:
            yield _Stow(self.place, DICOMwebClient(self.url, session=session, timeout=SECONDS))


class _Stow:
    def __init__(self, place: str, client: DICOMwebClient) -> None:
        self._place, self._client = place, client
        client.set_http_retry_params(retry=False)

    def store(self, instance: Instance) -> str:
        try:
            with self._answering():
                answer = self._client.store_instances([instance.load()])
        except requests.HTTPError as error:
            return _status(error)
        failed = list(answer.get("FailedSOPSequence") or [])
        return f"failure reason {failed[0].get('FailureReason')}" if failed else ""

    def found(self, instances: list[Instance]) -> set[str]:
        there: set[str] = set()
        for study in {instance.study_uid for instance in instances}:
            there |= self._listed(study, {each.instance_uid for each in instances if each.study_uid == study})
        return there

    def _listed(self, study: str, wanted: set[str]) -> set[str]:
        """Instances of a study, page by page, until all that are wanted are among them, or the server has no more."""
        there: set[str] = set()
        listed = 0
        for _ in range(MAX_PAGES):
            try:
                with self._answering():
                    page = self._client.search_for_instances(study_instance_uid=study, offset=listed)
                    new = {value for item in page for value in item.get(INSTANCE_UID, {}).get("Value", ())} - there
            except requests.HTTPError as error:
                if error.response is not None and error.response.status_code == 404:
                    break  # it does not know the study, or has no such page
                raise FailedPrecondition(f"{self._place}: asked what is there, it answers {_status(error)}") from None
            there |= new
            listed += len(page)
            if not new or wanted <= there:  # a server that knows no offset gives the same page again
                break
        return there

    @contextmanager
    def _answering(self) -> Iterator[None]:
        try:
            yield
        except requests.HTTPError as error:
            if error.response is not None and error.response.status_code in (401, 403):
                raise FailedPrecondition(f"{self._place}: it answers {_status(error)}: name or password") from None
            raise
        except requests.ReadTimeout:
            raise waited_out(self._place, SECONDS) from None
        except (requests.ConnectionError, requests.Timeout):
            raise Unavailable(f"{self._place}: no DICOMweb server answers there") from None
        except Exception:  # what dicomweb-client raises of an answer that is none of DICOMweb
            raise FailedPrecondition(f"{self._place}: what answers there is no DICOMweb server") from None


def _status(error: requests.HTTPError) -> str:
    """Such as "HTTP 409 Conflict"."""
    if error.response is None:
        return "no HTTP answer"
    return f"HTTP {error.response.status_code} {str(error.response.reason)[:60]}".strip()
