"""The body-weight SUV factor of a PET image, by the vendor-neutral rules of QIBA's SUV note.

SUV = modality value × factor. It is None whenever a needed attribute is missing or implausible:
a missing SUV is better than a wrong one.
"""

from datetime import datetime, timedelta

from app.dicom.values import Values, join, parse_datetime, seconds_between

SUV_TYPE = 0x00541006
PHILIPS = "Philips PET Private Group"
MAX_DECAY = timedelta(hours=24)


def factor(values: Values) -> float | None:
    """g/ml for each unit of the modality value, or None."""
    if values.code(0x00080060) != "PT":
        return None
    units = values.code(0x00541001)
    if units == "GML":
        return 1.0 if values.code(SUV_TYPE) in ("", "BW") else None
    corrections = values.codes(0x00280051)
    if "ATTN" not in corrections or "DECY" not in corrections:
        return None
    if units == "CNTS":
        return _from_philips(values)
    return _from_dose(values) if units == "BQML" else None


def _from_philips(values: Values) -> float | None:
    """Philips' own SUV scale factor, where the private block is theirs."""
    if values.code(0x70530010).upper() != PHILIPS.upper():
        return None
    return values.decimal(0x70531000) or None


def _from_dose(values: Values) -> float | None:
    weight = values.decimal(0x00101030)
    drug = values.first_item(0x00540016)
    if drug is None or not weight or weight <= 0:
        return None
    dose, half_life = drug.decimal(0x00181074), drug.decimal(0x00181075)
    if not dose or dose <= 0 or not half_life or half_life <= 0:
        return None
    decay = _decay_seconds(values, drug)
    if decay is None:
        return None
    return float(weight * 1000 / (dose * 2 ** (-decay / half_life)))


def _decay_seconds(values: Values, drug: Values) -> float | None:
    """Seconds from the injection to the time the pixels are decay corrected to."""
    correction = values.code(0x00541102)
    if correction == "ADMIN":
        return 0.0
    scan = _scan_start(values)
    if correction != "START" or scan is None:
        return None
    injected = parse_datetime(drug.code(0x00181078))
    if injected is None:
        injected = join(scan.date(), drug.time(0x00181072))
        if injected and injected > scan:
            injected -= timedelta(days=1)
    if injected is None or not timedelta(0) <= scan - injected <= MAX_DECAY:
        return None
    return seconds_between(injected, scan)


def _scan_start(values: Values) -> datetime | None:
    """The series' time, unless a post-processed series is dated after its acquisition."""
    series = join(values.date(0x00080021), values.time(0x00080031))
    acquisition = join(values.date(0x00080022), values.time(0x00080032))
    if series and acquisition and series > acquisition:
        return acquisition
    return series
