"""Benchmarks: each module's `run(place)` yields rows; `./klinika bench` prints them as a table."""
