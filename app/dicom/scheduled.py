"""An order as the answer of the modality worklist: all return keys of PS3.4 table K.6-1.

What nothing is known of is there without a value, as type 2 asks.
"""

from collections.abc import Sequence

from pydicom import Dataset

from app.domain.orders import Code, Order, OrderedPatient, RequestedProcedure, ScheduledStep


def scheduled(order: Order, station_ae_title: str) -> Dataset:
    """The whole answer; `station_ae_title` is who may do an order that has no station."""
    ds = Dataset()
    _add_patient(ds, order.content.patient)
    _add_procedure(ds, order.content.procedure)
    ds.StudyInstanceUID = order.study_uid
    ds.ScheduledProcedureStepSequence = [_step(order, order.content.step, station_ae_title)]
    return ds


def _add_patient(ds: Dataset, patient: OrderedPatient) -> None:
    ds.PatientName = patient.name
    ds.PatientID = patient.patient_id
    ds.IssuerOfPatientID = patient.issuer_of_patient_id
    ds.PatientBirthDate = f"{patient.birth_date:%Y%m%d}" if patient.birth_date else ""
    ds.PatientSex = patient.sex.value
    ds.PatientWeight = None if patient.weight_kg is None else f"{patient.weight_kg:.6g}"
    ds.MedicalAlerts = patient.medical_alerts
    ds.Allergies = patient.allergies
    ds.PregnancyStatus = patient.pregnancy_status
    ds.SpecialNeeds = patient.special_needs
    ds.PatientState = patient.state
    ds.ConfidentialityConstraintOnPatientDataDescription = patient.confidentiality
    ds.AdmissionID = patient.admission_id
    ds.CurrentPatientLocation = patient.location
    ds.ReferencedPatientSequence = []
    ds.OtherPatientIDsSequence = []


def _add_procedure(ds: Dataset, procedure: RequestedProcedure) -> None:
    ds.AccessionNumber = procedure.accession_number
    ds.RequestedProcedureID = procedure.procedure_id
    ds.RequestedProcedureDescription = procedure.description
    ds.RequestedProcedureCodeSequence = _codes(procedure.codes)
    ds.RequestedProcedurePriority = procedure.priority.value.upper()
    ds.ReasonForTheRequestedProcedure = procedure.reason
    ds.RequestedProcedureComments = procedure.comments
    ds.PatientTransportArrangements = procedure.transport
    ds.RequestingPhysician = procedure.requesting_physician
    ds.ReferringPhysicianName = procedure.referring_physician
    ds.ReferencedStudySequence = []


def _step(order: Order, step: ScheduledStep, station_ae_title: str) -> Dataset:
    ds = Dataset()
    ds.ScheduledStationAETitle = step.station_ae_title or station_ae_title
    ds.ScheduledStationName = step.station_name
    ds.ScheduledProcedureStepLocation = step.location
    ds.ScheduledProcedureStepStartDate = f"{step.starts_at:%Y%m%d}"
    ds.ScheduledProcedureStepStartTime = f"{step.starts_at:%H%M%S}"
    ds.Modality = step.modality
    ds.ScheduledPerformingPhysicianName = step.performing_physician
    ds.ScheduledProcedureStepDescription = step.description
    ds.ScheduledProtocolCodeSequence = _codes(step.protocol_codes)
    ds.PreMedication = step.pre_medication
    ds.RequestedContrastAgent = step.contrast_agent
    ds.ScheduledProcedureStepID = order.step_id
    ds.ScheduledProcedureStepStatus = order.status.value.upper()
    return ds


def _codes(codes: Sequence[Code]) -> list[Dataset]:
    items = []
    for code in codes:
        item = Dataset()
        item.CodeValue = code.value
        item.CodingSchemeDesignator = code.scheme
        if code.scheme_version:
            item.CodingSchemeVersion = code.scheme_version
        item.CodeMeaning = code.meaning
        items.append(item)
    return items
