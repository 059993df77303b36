"""Orders as a registration desk makes them."""

from dataclasses import replace
from datetime import date, datetime

from app.domain.orders import (
    Code,
    OrderContent,
    OrderedPatient,
    RequestedProcedure,
    ScheduledStep,
    Sex,
)

HEAD_CT = Code("CTHEAD", "99LOCAL", "КТ головы без контраста")


def an_order(
    *,
    patient: dict[str, object] | None = None,
    procedure: dict[str, object] | None = None,
    **step: object,
) -> OrderContent:
    """A head CT of Иванов on 28 Nov 2026; the arguments replace fields."""
    content = OrderContent(
        patient=OrderedPatient(
            name="Иванов^Пётр^Сергеевич",
            patient_id="P-17",
            issuer_of_patient_id="КЛИНИКА",
            birth_date=date(1961, 3, 5),
            sex=Sex.MALE,
            weight_kg=82.5,
            allergies="йод",
        ),
        procedure=RequestedProcedure(
            description="КТ головы",
            codes=(HEAD_CT,),
            reason="травма",
            requesting_physician="Смирнова^Ольга",
        ),
        step=ScheduledStep(
            modality="CT",
            starts_at=datetime(2026, 11, 28, 9, 30),  # noqa: DTZ001 - the clinic's own time
            station_ae_title="CT1",
            description="Голова, спираль",
            performing_physician="Кузнецов^Иван",
            protocol_codes=(HEAD_CT,),
        ),
    )
    return OrderContent(
        patient=replace(content.patient, **(patient or {})),  # type: ignore[arg-type] # fields
        procedure=replace(content.procedure, **(procedure or {})),  # type: ignore[arg-type] # fields
        step=replace(content.step, **step),  # type: ignore[arg-type] # fields
    )
