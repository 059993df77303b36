"""Quarantine: objects that were put aside, and what becomes of them."""
