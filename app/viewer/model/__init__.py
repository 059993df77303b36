"""Viewer state: frozen values, intents, pure resolution."""
