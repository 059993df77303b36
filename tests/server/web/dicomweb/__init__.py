"""Tests of DICOMweb."""
