"""ReaderStudyService as a whole."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from weakref import WeakValueDictionary

from services.records.calls.study_authoring import AuthoringCalls
from services.records.calls.study_closing import ClosingCalls
from services.records.calls.study_preparing import PreparingCalls
from services.records.calls.study_shared import KEPT_STUDIES
from services.records.pictures import Pictures
from services.records.sql.database import Database


class StudyServicer(AuthoringCalls, PreparingCalls, ClosingCalls):
    """All of ReaderStudyService."""

    def __init__(self, database: Database, pictures: Pictures) -> None:
        super().__init__(database, pictures)
        self._preparing = WeakValueDictionary()
        self._results = lru_cache(KEPT_STUDIES)(self._results_of)
        self._computing = ThreadPoolExecutor(1, thread_name_prefix="results")
