"""DICOMweb (PS3.18): thin adapters over the use cases, with the decisions in pure functions."""
