"""Routing rules: what is sent on, where to and when, tried out before it is kept."""
