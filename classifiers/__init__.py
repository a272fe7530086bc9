"""Entries in, tags out: a classifier that knows nothing of Django, and the glue that stores what it says."""
