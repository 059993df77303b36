"""What a modality says of a procedure step it performs."""

from pydicom import Dataset

from app.domain.orders import Order
from tests.server.samples import series_uid, sop_uid

CT_IMAGE = "1.2.840.10008.5.1.4.1.1.2"


def a_beginning(*orders: Order, **elements: object) -> Dataset:
    """An N-CREATE for `orders`, or for a step nobody ordered; None removes an element."""
    ds = Dataset()
    ds.SpecificCharacterSet = "ISO_IR 192"
    ds.PatientName = "Иванов^Пётр^Сергеевич"
    ds.PatientID = "P-17"
    ds.PatientBirthDate = "19610305"
    ds.PatientSex = "M"
    ds.PerformedProcedureStepID = "PPS1"
    ds.PerformedStationAETitle = "SCANNER"
    ds.PerformedProcedureStepStartDate = "20261128"
    ds.PerformedProcedureStepStartTime = "093211.5"
    ds.PerformedProcedureStepStatus = "IN PROGRESS"
    ds.PerformedProcedureStepDescription = "Голова, спираль"
    ds.Modality = "CT"
    ds.ScheduledStepAttributesSequence = [_named(each) for each in orders] or [_unnamed()]
    return _changed(ds, elements)


def an_end(status: str = "COMPLETED", *, images: int = 2, **elements: object) -> Dataset:
    """An N-SET that ends a step with some images of series 1 of study 1."""
    ds = Dataset()
    ds.SpecificCharacterSet = "ISO_IR 192"
    ds.PerformedProcedureStepStatus = status
    ds.PerformedProcedureStepEndDate = "20261128"
    ds.PerformedProcedureStepEndTime = "0941"
    series = Dataset()
    series.SeriesInstanceUID = series_uid(1, 1)
    series.SeriesDescription = "Голова 1 мм"
    series.ProtocolName = "Голова"
    series.ReferencedImageSequence = [_image(number) for number in range(1, images + 1)]
    series.ReferencedNonImageCompositeSOPInstanceSequence = []
    ds.PerformedSeriesSequence = [series]
    return _changed(ds, elements)


def _image(number: int) -> Dataset:
    item = Dataset()
    item.ReferencedSOPClassUID = CT_IMAGE
    item.ReferencedSOPInstanceUID = sop_uid(1, 1, number)
    return item


def _named(order: Order) -> Dataset:
    item = Dataset()
    item.StudyInstanceUID = order.study_uid
    item.ReferencedStudySequence = []
    item.AccessionNumber = order.content.procedure.accession_number
    item.RequestedProcedureID = order.content.procedure.procedure_id
    item.ScheduledProcedureStepID = order.step_id
    return item


def _unnamed() -> Dataset:
    item = Dataset()
    item.StudyInstanceUID = "1.2.3.4"
    item.AccessionNumber = ""
    item.ScheduledProcedureStepID = ""
    return item


def _changed(ds: Dataset, elements: dict[str, object]) -> Dataset:
    for keyword, value in elements.items():
        if value is None:
            del ds[keyword]
        else:
            setattr(ds, keyword, value)
    return ds
