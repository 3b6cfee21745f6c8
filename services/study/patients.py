"""Whose a real image is, where nobody has said it."""

from __future__ import annotations

import hashlib
import hmac

from mammoganesis.pictures.kinds import kind_of
from services.study.design import MAX_PATIENT

_DIGITS = 16  # hexadecimal, of a pseudonym


def patient_of(name: str, data: bytes, secret: bytes) -> str:
    """Of a DICOM file with a PatientID a pseudonym: the same for all files of one PatientID and its issuer, in this
    study alone. Any other image counts as a patient of its own, who is called as it is.

    Args:
        name: of the image, unique within its study.
        data: its file, which can be read.
        secret: of the study.
    """
    if kind_of(data) == "a DICOM":
        from mammoganesis.pictures.dicom import read_data_set  # not at the top: it is slow, and few studies need it

        found = read_data_set(data)
        patient, issuer = (str(found.get(key) or "").strip() for key in ("PatientID", "IssuerOfPatientID"))
        if patient:
            digest = hmac.new(secret, f"patient/{issuer}/{patient}".encode(), hashlib.sha256).hexdigest()
            return f"patient-{digest[:_DIGITS]}"
    return name if len(name) <= MAX_PATIENT else hashlib.sha256(name.encode()).hexdigest()
