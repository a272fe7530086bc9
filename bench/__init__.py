"""Measurements: `make bench` prints them all. Figures are ratios within one run wherever machines differ."""
