"""Small DICOM objects, made as a scanner would."""

import io
from datetime import date, time

import numpy as np
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian

ROOT = "1.2.826.0.1.3680043.10.1338"


def an_object(study=1, series=1, number=1, *, value=0, side=16, **elements) -> bytes:
    """A CT image as a Part 10 file; `elements` are keywords that replace or (None) remove."""
    ds = FileDataset("", {}, file_meta=FileMetaDataset(), preamble=bytes(128))
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.file_meta.MediaStorageSOPClassUID = CTImageStorage
    ds.file_meta.MediaStorageSOPInstanceUID = sop_uid(study, series, number)
    ds.SpecificCharacterSet = "ISO_IR 192"
    ds.SOPClassUID = CTImageStorage
    ds.SOPInstanceUID = sop_uid(study, series, number)
    ds.StudyInstanceUID = study_uid(study)
    ds.SeriesInstanceUID = series_uid(study, series)
    ds.PatientName = "Иванов^Пётр"
    ds.PatientID = "P-17"
    ds.Modality = "CT"
    ds.StudyDate = date(2026, 11, 24)
    ds.StudyTime = time(8, 30)
    ds.SeriesNumber = series
    ds.InstanceNumber = number
    ds.ImagePositionPatient = [0, 0, number]
    ds.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    ds.PixelSpacing = [1, 1]
    ds.Rows = ds.Columns = side
    ds.SamplesPerPixel = 1
    ds.PhotometricInterpretation = "MONOCHROME2"
    ds.BitsAllocated = ds.BitsStored = 16
    ds.HighBit = 15
    ds.PixelRepresentation = 0
    ds.RescaleSlope, ds.RescaleIntercept = 1, -1024
    ds.PixelData = np.full((side, side), value, np.uint16).tobytes()
    for keyword, replacement in elements.items():
        if replacement is None:
            del ds[keyword]
        else:
            setattr(ds, keyword, replacement)
    buffer = io.BytesIO()
    ds.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


def study_uid(study) -> str:
    return f"{ROOT}.{study}"


def series_uid(study, series) -> str:
    return f"{ROOT}.{study}.{series}"


def sop_uid(study, series, number) -> str:
    return f"{ROOT}.{study}.{series}.{number}"
