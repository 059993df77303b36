"""The PACS: core use cases behind DICOM and HTTP adapters, without Qt and VTK."""
