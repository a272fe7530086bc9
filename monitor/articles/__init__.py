"""Entries' own pages: read for their text and date, or pasted by a person."""
