"""Entries tagged: a classifier that knows nothing of Django, what it learns from, and the glue that stores what it says."""
