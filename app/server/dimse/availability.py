"""Instance Availability Notification as SCU (PS3.4 R)."""

import uuid
from collections.abc import Iterable
from itertools import groupby
from operator import attrgetter

from pydicom import Dataset

from app.domain.errors import UnavailableError
from app.server.dimse import identifier
from app.server.dimse.commands import CommandField
from app.server.dimse.proposals import Proposal
from app.server.dimse.requestor import Peer, associated
from app.server.dimse.status import Status
from app.server.store.retrieval import StoredObject

AVAILABILITY = "1.2.840.10008.5.1.4.33"
PROCEDURE_STEP = "1.2.840.10008.3.1.2.3.3"
SYNTAXES = ("1.2.840.10008.1.2.1", "1.2.840.10008.1.2")
TAKEN = frozenset({Status.SUCCESS, Status.DUPLICATE_INSTANCE})
"""A notification of the same UID was taken before, and its answer got lost."""


def notify(peer: Peer, calling: str, step_uid: str, objects: Iterable[StoredObject]) -> None:
    """Tell `peer`, study by study, that these objects of a step can be retrieved from `calling`.

    Safe to repeat. Raises UnavailableError that says what went wrong.
    """
    in_order = sorted(objects, key=attrgetter("study_uid", "series_uid", "sop_instance_uid"))
    with associated(peer, calling, [Proposal(AVAILABILITY, SYNTAXES)]) as requestor:
        context = requestor.context(AVAILABILITY)
        for study_uid, images in groupby(in_order, attrgetter("study_uid")):
            ds = _notice(calling, step_uid, study_uid, images)
            data = identifier.encode(ds, context.transfer_syntax_uid, "")
            name = f"{peer.ae_title} {step_uid} {study_uid}"
            uid = f"2.25.{uuid.uuid5(uuid.NAMESPACE_OID, name).int}"
            values = {0x0002: AVAILABILITY, 0x1000: uid}
            answer = requestor.final(context, CommandField.N_CREATE, values, data)
            status = answer.command.number(0x0900)
            if status not in TAKEN:
                reason = f"{peer.ae_title} answered the notification with 0x{status:04X}"
                raise UnavailableError(reason)


def _notice(calling: str, step_uid: str, study_uid: str, images: Iterable[StoredObject]) -> Dataset:
    """PS3.4 table R.3.2-1."""
    step = Dataset()
    step.ReferencedSOPClassUID = PROCEDURE_STEP
    step.ReferencedSOPInstanceUID = step_uid
    step.PerformedWorkitemCodeSequence = []
    ds = Dataset()
    ds.ReferencedPerformedProcedureStepSequence = [step]
    ds.StudyInstanceUID = study_uid
    ds.ReferencedSeriesSequence = [
        _series(calling, series_uid, of_series)
        for series_uid, of_series in groupby(images, attrgetter("series_uid"))
    ]
    return ds


def _series(calling: str, series_uid: str, images: Iterable[StoredObject]) -> Dataset:
    ds = Dataset()
    ds.SeriesInstanceUID = series_uid
    ds.ReferencedSOPSequence = [_image(calling, each) for each in images]
    return ds


def _image(calling: str, stored: StoredObject) -> Dataset:
    ds = Dataset()
    ds.ReferencedSOPClassUID = stored.sop_class_uid
    ds.ReferencedSOPInstanceUID = stored.sop_instance_uid
    ds.InstanceAvailability = "ONLINE"
    ds.RetrieveAETitle = calling
    return ds
