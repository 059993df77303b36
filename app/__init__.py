"""Klinika Pro: a radiology workstation with its own PACS."""

__version__ = "0.1.0"
