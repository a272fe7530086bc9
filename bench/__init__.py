"""Measurements: `make bench` prints those of `bench.__main__`, `python -m bench.NAME` any other.

Figures are ratios within one run wherever machines differ.
"""
