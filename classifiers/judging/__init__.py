"""Entries judged: their features, the probabilities that a model gives by them, and the reasons for these."""
