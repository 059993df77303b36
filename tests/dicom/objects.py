"""Objects the tests store: small, valid, made with pydicom."""

import io

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.filewriter import dcmwrite
from pydicom.uid import UID, CTImageStorage, ExplicitVRLittleEndian, generate_uid

from app.dicom.header import read_object


def a_ct(*, frames: int = 1, rows: int = 16, columns: int = 12) -> Dataset:
    """A CT slice with a Cyrillic name; its pixel values count up."""
    ct = Dataset()
    ct.SpecificCharacterSet = "ISO_IR 192"
    ct.SOPClassUID = CTImageStorage
    ct.SOPInstanceUID = generate_uid()
    ct.StudyInstanceUID = generate_uid()
    ct.SeriesInstanceUID = generate_uid()
    ct.Modality = "CT"
    ct.PatientName = "Иванов^Иван"
    ct.PatientID = "7"
    ct.StudyDate = "20260131"
    ct.StudyTime = "101500"
    ct.InstanceNumber = 3
    ct.ImagePositionPatient = [-10, -20, 30]
    ct.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    ct.PixelSpacing = [0.5, 0.75]
    ct.Rows, ct.Columns = rows, columns
    ct.SamplesPerPixel = 1
    ct.PhotometricInterpretation = "MONOCHROME2"
    ct.BitsAllocated = ct.BitsStored = 16
    ct.HighBit = 15
    ct.PixelRepresentation = 1
    ct.RescaleSlope, ct.RescaleIntercept = 1, -1024
    if frames > 1:
        ct.NumberOfFrames = frames
    values = np.arange(frames * rows * columns, dtype="<i2") - 50
    ct.PixelData = values.tobytes()
    return ct


def encoded(dataset: Dataset, syntax: UID = ExplicitVRLittleEndian) -> bytes:
    """A Part 10 file of `dataset`."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    meta.TransferSyntaxUID = syntax
    dataset.file_meta = meta
    buffer = io.BytesIO()
    is_little = syntax != "1.2.840.10008.1.2.2"
    if "PixelData" in dataset and not is_little:
        dataset = _big_endian(dataset)
    dcmwrite(
        buffer,
        dataset,
        implicit_vr=syntax == "1.2.840.10008.1.2",
        little_endian=is_little,
        enforce_file_format=True,
    )
    return buffer.getvalue()


def as_stored(data: bytes) -> bytes:
    """`data` as the archive keeps it."""
    parsed = read_object(data)
    return parsed.head + data[parsed.data_start :]


def _big_endian(dataset: Dataset) -> Dataset:
    swapped = Dataset(dataset)
    swapped.file_meta = dataset.file_meta
    swapped.PixelData = np.frombuffer(dataset.PixelData, "<i2").astype(">i2").tobytes()
    return swapped
