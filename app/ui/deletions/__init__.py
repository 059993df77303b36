"""Deleting studies and series: one person asks, another agrees, and for a while it is undone."""
