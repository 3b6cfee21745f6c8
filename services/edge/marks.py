"""Who may not take images without the visible mark gets them with it, whatever they ask for."""

from __future__ import annotations

from google.protobuf.message import Message

from mammoganesis.v1.images_pb2 import IMAGE_ENCODING_RAW_FLOAT32, ImageFormat
from services.access.permissions import Action, check_action, may
from services.edge.identification import Caller


def hold_to_marks(request: Message, caller: Caller) -> bool:
    """Has the mark burnt into the images of a request where its caller may not take them without.

    The default of a request is no mark, so it is no wish to be refused; what cannot have one, and what says that it
    wants none, is.

    Returns:
        whether the request was changed.

    Raises:
        PermissionDenied: raw numbers, or a DICOM file without the mark.
    """
    if caller.is_ours or may(caller.principal, Action.TAKE_UNMARKED):
        return False
    changed = False
    for field in request.DESCRIPTOR.fields:
        if field.message_type is not ImageFormat.DESCRIPTOR:
            continue
        wanted: ImageFormat = getattr(request, field.name)
        if wanted.unmarked or wanted.encoding == IMAGE_ENCODING_RAW_FLOAT32:
            check_action(caller.principal, Action.TAKE_UNMARKED)
        if not wanted.burn_in_mark:
            wanted.burn_in_mark = changed = True
    return changed
